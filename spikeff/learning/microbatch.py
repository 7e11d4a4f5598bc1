"""A batch in pieces: all cores, and memory that does not grow with the number of steps.

A layer's change is a sum over samples, and nothing changes before the batch is over, so a batch
may be worked off a few samples at a time, with the states of all steps of these few in cache. How
it is cut, and the order in which the changes are added, do not depend on the number of cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import torch

from spikeff.learning.reduce import Changes
from spikeff.parallel import in_order

Result = TypeVar("Result")

# Steps x presentations of a piece, here and on a GPU. A single sample is never cut.
PIECE_ROWS = 600
GPU_PIECE_ROWS = 2**17


def over_pieces(
    work: Callable[[slice], Result],
    samples: int,
    rows_per_sample: int,
    device: torch.device,
    alone: bool = False,
) -> Iterator[tuple[Result, float]]:
    """What ``work`` makes of each piece, in order, and the piece's share of the samples.

    alone : one piece after the other, for ``work`` with a state of its own.
    """
    pieces = in_pieces(samples, rows_per_sample, device)
    on_cores = device.type == "cpu" and not alone
    results = in_order(work, pieces) if on_cores else map(work, pieces)
    for piece, result in zip(pieces, results, strict=True):
        yield result, (piece.stop - piece.start) / samples


def in_pieces(samples: int, rows_per_sample: int, device: torch.device) -> list[slice]:
    """Consecutive samples, evenly shared among as few pieces as the limit on rows allows."""
    limit = PIECE_ROWS if device.type == "cpu" else GPU_PIECE_ROWS
    count = -(-samples // max(1, limit // rows_per_sample))
    size = -(-samples // count)
    return [slice(low, min(low + size, samples)) for low in range(0, samples, size)]


def add_up(total: Changes, changes: Changes) -> Changes:
    """``total`` with ``changes`` added; the first ones are taken as they are."""
    if not total:
        return changes
    for sums, layer in zip(total, changes, strict=True):
        for part, change in zip(sums, layer, strict=True):
            part.add_(change)
    return total
