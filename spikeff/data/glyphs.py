"""Handwritten glyphs of which tasks are made: MNIST's at a quarter of their pixels, or digits'.

From ``--data DIR`` with MNIST's files come its digits, averaged over squares of 2 x 2 pixels;
without a directory the 8 x 8 digits that scikit-learn brings along.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.images import load_digits, load_idx
from spikeff.errors import DataError
from spikeff.ir.arrays import Array


@dataclass(frozen=True, eq=False)
class Glyphs:
    """Pictures by what they show.

    Attributes:
        images: uint8 (glyphs, rows, columns).
        labels: int64 (glyphs,).
    """

    images: Array
    labels: Array

    @classmethod
    def of(cls, split: Split) -> Glyphs:
        """The samples of ``split`` as they are."""
        return cls(split.whole().reshape(-1, *split.shape), split.labels)

    @property
    def side(self) -> tuple[int, int]:
        """Rows and columns of one."""
        return self.images.shape[1], self.images.shape[2]

    def halved(self) -> Glyphs:
        """The mean over squares of 2 x 2 pixels; an odd row or column at the end is left out."""
        count, rows, columns = self.images.shape
        even = self.images[:, : rows // 2 * 2, : columns // 2 * 2]
        squares = even.reshape(count, rows // 2, 2, columns // 2, 2)
        return Glyphs(squares.mean((2, 4)).round().astype(np.uint8), self.labels)

    def drawn(self, kinds: Array, rng: np.random.Generator) -> Array:
        """A random picture for each of ``kinds``, uint8 (glyphs, rows, columns).

        Args:
            kinds: Labels.
            rng: Of the choice.

        Raises:
            DataError: No picture shows one of them.
        """
        chosen = np.empty(len(kinds), np.int64)
        for kind in np.unique(kinds):
            rows, shown = np.flatnonzero(kinds == kind), np.flatnonzero(self.labels == kind)
            if not len(shown):
                raise DataError(f"the glyphs hold no picture of {kind}; the task needs some.")
            chosen[rows] = rng.choice(shown, len(rows))
        return self.images[chosen]


def load_glyphs(split: str, directory: Path | None, halved: bool = True) -> Glyphs:
    """The glyphs of "train" or "test".

    Args:
        split: Tasks of different splits share no glyph.
        directory: That of MNIST's files; None for scikit-learn's digits.
        halved: Whether MNIST's are averaged; scikit-learn's never are.

    Raises:
        DataError: A file is missing or damaged.
    """
    if directory is None:
        return Glyphs.of(load_digits(split, None))
    whole = Glyphs.of(load_idx("mnist", split, directory))
    return whole.halved() if halved else whole
