"""Coincident pairs of spikes, and what remains of them when spike times are shuffled."""

from __future__ import annotations

import torch
from torch import Tensor

from spikeff.ir.goodness import in_columns


def shuffle_in_time(spikes: Tensor, generator: torch.Generator) -> Tensor:
    """Move each neuron's spikes to uniformly drawn steps of the same sample, keeping its counts.

    Selection sampling (Knuth, TAOCP 2, 3.4.2, S) for each neuron that spiked: a step takes one of
    the ``k`` spikes left with probability k / (steps left).

    Args:
        spikes: (steps, samples, neurons), 0 or 1.
        generator: Of the steps, on the CPU.
    """
    counts = spikes.sum(0).flatten()
    spiked = counts.nonzero()[:, 0]
    left = counts[spiked]
    shuffled = torch.zeros_like(spikes, memory_format=torch.contiguous_format)
    for step, row in enumerate(shuffled.flatten(1)):
        uniform = torch.rand(left.shape, generator=generator).to(spikes.device)
        taken = (uniform * (len(spikes) - step) < left).to(spikes.dtype)
        row[spiked] = taken
        left -= taken
    return shuffled


def coincident_pairs(spikes: Tensor, column_size: int) -> Tensor:
    """Ordered pairs of spikes of different neurons in one column and one step.

    Args:
        spikes: (steps, samples, neurons).
        column_size: Neurons per column.

    Returns:
        Number of pairs, (samples, columns).
    """
    together = in_columns(spikes, column_size) @ spikes.new_ones(column_size)
    pairs: Tensor = (together * (together - 1)).sum(0)
    return pairs


def pairs_by_chance(spikes: Tensor, column_size: int) -> Tensor:
    """Expected :func:`coincident_pairs` after :func:`shuffle_in_time`, (samples, columns).

    Neurons with counts a and b coincide in a * b / steps steps on average.
    """
    counts = in_columns(spikes, column_size).sum(0)
    expected: Tensor = (counts.sum(2) ** 2 - (counts**2).sum(2)) / len(spikes)
    return expected
