"""Split: the samples of one half of a data set, in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikeff.errors import DataError
from spikeff.ir.arrays import Array


@dataclass(frozen=True, eq=False)
class Split:
    """images uint8 (samples, pixels), labels int64 (samples,), shape (rows, columns).

    Spike trains are images of 0 and 255 whose rows are steps and whose columns are channels.
    """

    images: Array
    labels: Array
    shape: tuple[int, int]
    classes: int

    def __len__(self) -> int:
        return len(self.labels)

    def head(self, count: int | None) -> Split:
        """The first ``count`` samples; all where None. Raises DataError where fewer exist."""
        if count is None:
            return self
        if not 1 <= count <= len(self):
            raise DataError(f"{count} samples asked for; this split holds 1 to {len(self)}.")
        return Split(self.images[:count], self.labels[:count], self.shape, self.classes)

    def take(self, rows: Array) -> Split:
        """The samples at ``rows``, int or bool, in that order."""
        return Split(self.images[rows], self.labels[rows], self.shape, self.classes)


def held_out(split: Split, share: float, seed: int) -> tuple[Split, Split]:
    """Part ``split`` into samples to learn from and ``share`` of every class to judge by.

    Which ones is decided by ``seed`` alone; both parts keep the order of ``split``.

    Raises DataError where a part would be empty.
    """
    generator = np.random.default_rng(seed)
    judge = np.zeros(len(split), bool)
    for label in range(split.classes):
        rows = np.flatnonzero(split.labels == label)
        judge[generator.permutation(rows)[: round(share * len(rows))]] = True
    if not 0 < judge.sum() < len(split):
        raise DataError(
            f"{share:g} of each class of {len(split)} samples leaves nothing to "
            f"{'judge by' if not judge.any() else 'learn from'}; use more samples."
        )
    return split.take(~judge), split.take(judge)
