"""A batch in pieces: memory that does not grow with the number of steps.

A layer's change is a sum over samples, and nothing changes before the batch is over, so a batch
may be worked off a few samples at a time, with the states of all steps of these few in cache.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from spikeff.learning_rule import LocalAdam

# Steps x presentations of a piece. A single sample is never cut.
PIECE_ROWS = 2048


def in_pieces(samples: int, rows_per_sample: int) -> list[slice]:
    """Consecutive samples, as many in each as ``PIECE_ROWS`` allows."""
    size = max(1, PIECE_ROWS // rows_per_sample)
    return [slice(low, min(low + size, samples)) for low in range(0, samples, size)]


class Changes:
    """Weight changes of every layer, added up over the pieces of a batch."""

    def __init__(self, optimisers: Sequence[LocalAdam]) -> None:
        self._optimisers = optimisers
        self._sums: list[list[Tensor]] = [[] for _ in optimisers]

    def add(self, depth: int, changes: list[Tensor]) -> None:
        """Add the changes of the layer at ``depth``, one for each part of its weights."""
        if not self._sums[depth]:
            self._sums[depth] = changes
            return
        for total, change in zip(self._sums[depth], changes, strict=True):
            total.add_(change)

    def ascend(self, rate: float) -> None:
        """Move all weights along their changes."""
        for optimiser, changes in zip(self._optimisers, self._sums, strict=True):
            optimiser.ascend(changes, rate)
