"""Split: the samples of one half of a data set, in memory or on the disk."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from spikeff.data.stored import StoredImages, rows_of
from spikeff.errors import DataError
from spikeff.ir.arrays import Array


@dataclass(frozen=True, eq=False)
class Split:
    """The samples of one half of a data set.

    Spike trains are images of 0 and 255 whose rows are steps and whose columns are channels.

    Attributes:
        images: uint8 (samples, pixels); where they do not fit the memory, what reads as such.
        labels: int64 (samples,).
        shape: Rows and columns of an image, planes below each other.
        classes: Number of classes.
        planes: Planes of an image, such as its colours.
    """

    images: Array | StoredImages
    labels: Array
    shape: tuple[int, int]
    classes: int
    planes: int = 1

    def __len__(self) -> int:
        return len(self.labels)

    def head(self, count: int | None) -> Split:
        """The first ``count`` samples; all where None.

        Raises:
            DataError: There are fewer.
        """
        if count is None:
            return self
        if not 1 <= count <= len(self):
            raise DataError(f"{count} samples asked for; this split holds 1 to {len(self)}.")
        return self.take(slice(count))

    def take(self, rows: Array | slice) -> Split:
        """The samples at ``rows``, int or bool, in that order; stored ones stay on the disk."""
        return replace(self, images=rows_of(self.images, rows), labels=self.labels[rows])

    def read(self, rows: Array | slice) -> Split:
        """As :meth:`take`, in memory."""
        return replace(self, images=self.images[rows], labels=self.labels[rows])

    def whole(self) -> Array:
        """All images, uint8 (samples, pixels), in memory."""
        return np.asarray(self.images)


def held_out(split: Split, share: float, seed: int) -> tuple[Split, Split]:
    """Split off ``share`` of every class for validation; ``seed`` alone decides which samples.

    Both parts keep the order of ``split``.

    Args:
        split: The samples.
        share: Of the samples of every class, 0 to 1.
        seed: Of the choice.

    Returns:
        The samples to train on and those to validate on.

    Raises:
        DataError: A part would be empty.
    """
    generator = np.random.default_rng(seed)
    held = np.zeros(len(split), bool)
    for label in range(split.classes):
        rows = np.flatnonzero(split.labels == label)
        held[generator.permutation(rows)[: round(share * len(rows))]] = True
    if not 0 < held.sum() < len(split):
        raise DataError(
            f"{share:g} of each class of {len(split)} samples leaves nothing to "
            f"{'judge by' if not held.any() else 'learn from'}; use more samples."
        )
    return split.take(~held), split.take(held)
