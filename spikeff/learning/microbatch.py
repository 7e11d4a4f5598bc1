"""Gradient accumulation: a batch in pieces, on all cores, with memory bounded by the piece.

A layer's change is a sum over samples, and weights stay the same until the batch is over, so a
batch can be processed a few samples at a time, with the states of all their steps in cache. How it
is split, and the order in which the changes are added, do not depend on the number of cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import torch

from spikeff.learning.reduce import Changes
from spikeff.parallel import in_order

Result = TypeVar("Result")

# Steps x presentations of a piece on CPU and GPU. A single sample is never split.
PIECE_ROWS = 600
GPU_PIECE_ROWS = 2**17


def over_pieces(
    work: Callable[[slice], Result],
    samples: int,
    rows_per_sample: int,
    device: torch.device,
    alone: bool = False,
    own: Callable[[Sequence[slice]], Sequence[slice]] = lambda pieces: pieces,
) -> Iterator[tuple[Result, float]]:
    """Results of ``work`` for each piece, in order, with the piece's share of the samples.

    Args:
        work: Called with the samples of a piece.
        samples: Of the batch.
        rows_per_sample: Steps x presentations of each.
        device: On which ``work`` computes.
        alone: Whether to run one piece after the other, for ``work`` with a state of its own.
        own: Chooses the pieces that this process works off.
    """
    pieces = own(in_pieces(samples, rows_per_sample, device))
    on_cores = device.type == "cpu" and not alone
    results = in_order(work, pieces) if on_cores else map(work, pieces)
    for piece, result in zip(pieces, results, strict=True):
        yield result, (piece.stop - piece.start) / samples


def in_pieces(samples: int, rows_per_sample: int, device: torch.device) -> list[slice]:
    """Consecutive samples, split evenly into as few pieces as the limit on rows allows."""
    limit = PIECE_ROWS if device.type == "cpu" else GPU_PIECE_ROWS
    count = -(-samples // max(1, limit // rows_per_sample))
    size = -(-samples // count)
    return [slice(low, min(low + size, samples)) for low in range(0, samples, size)]


def add_up(total: Changes, changes: Changes) -> Changes:
    """``total`` with ``changes`` added in place; ``changes`` itself if there is no total yet."""
    if not total:
        return changes
    for sums, layer in zip(total, changes, strict=True):
        for part, change in zip(sums, layer, strict=True):
            part.add_(change)
    return total
