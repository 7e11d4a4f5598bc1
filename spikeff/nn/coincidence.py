"""Coincident pairs of spikes, and how many spike counts alone lead one to expect."""

from __future__ import annotations

from torch import Tensor

from spikeff.ir.goodness import in_columns


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
    """Expected :func:`coincident_pairs` after the shuffle in time, (samples, columns).

    Neurons with counts a and b coincide in a * b / steps steps on average.
    """
    counts = in_columns(spikes, column_size).sum(0)
    expected: Tensor = (counts.sum(2) ** 2 - (counts**2).sum(2)) / len(spikes)
    return expected
