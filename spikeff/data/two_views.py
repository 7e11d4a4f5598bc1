"""Two views of one scene, the second below the first: what they share is the digit.

Each view shows the same digit, shifted by up to ``SHIFT`` pixels along both axes, with a rectangle
of up to a quarter of it blanked. In the split "test" both show the digit itself: features are read
of whole images, as contrastive learning does. The label is that of the digit; negatives ``views``
put the second view of another sample in the place of its own, so that layers can learn without
labels what belongs together.

Digits come from MNIST's files in ``--data DIR`` or from scikit-learn's, see
``spikeff.data.glyphs``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.glyphs import Glyphs, load_glyphs
from spikeff.ir.arrays import Array

SEED = 1
CLASSES, VIEWS = 10, 2
SHIFT = 2  # pixels, of MNIST's digits; of smaller ones in proportion
WHOLE = 28  # rows of MNIST's digits


def load_two_views(split: str, directory: Path | None) -> Split:
    """Every sample of "train" or "test" once; see ``spikeff.data.registry.load_split``."""
    glyphs = load_glyphs(split, directory, halved=False)
    return two_views(glyphs, SEED) if split == "train" else twice(glyphs)


def two_views(glyphs: Glyphs, seed: int) -> Split:
    """Two views of each of ``glyphs``, in their order."""
    rng = np.random.default_rng([seed, 3])
    return _one_below_the_other(glyphs, [_view(glyphs.images, rng) for _ in range(VIEWS)])


def twice(glyphs: Glyphs) -> Split:
    """Each of ``glyphs`` twice, whole and in its place."""
    return _one_below_the_other(glyphs, [glyphs.images] * VIEWS)


def _one_below_the_other(glyphs: Glyphs, images: list[Array]) -> Split:
    rows, columns = glyphs.side
    views = np.concatenate(images, 1)
    flat = views.reshape(len(views), VIEWS * rows * columns)
    return Split(flat, glyphs.labels, (VIEWS * rows, columns), CLASSES)


def _view(images: Array, rng: np.random.Generator) -> Array:
    samples, rows, columns = images.shape
    reach = -(-SHIFT * rows // WHOLE)
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach)))
    top, left = (rng.integers(2 * reach + 1, size=samples) for _ in range(2))
    row, column = (o[:, None] + np.arange(n) for o, n in ((top, rows), (left, columns)))
    shifted = padded[np.arange(samples)[:, None, None], row[:, :, None], column[:, None]]
    covered = _span(rows, samples, rng)[:, :, None] & _span(columns, samples, rng)[:, None]
    return np.asarray(np.where(covered, np.uint8(0), shifted))


def _span(length: int, samples: int, rng: np.random.Generator) -> Array:
    """Up to half of a length, bool (samples, length)."""
    extent = rng.integers(length // 2 + 1, size=samples)
    first = rng.integers(length - extent + 1)
    place = np.arange(length)
    return (place >= first[:, None]) & (place < (first + extent)[:, None])
