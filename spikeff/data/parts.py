"""Tasks of parts: one whose meaning its neighbours decide, and two that make a whole or do not.

``context``   an ambiguous glyph above its two neighbours, all below each other, the glyph first.
              A circle or a line is the letter O or I between letters, the number 0 or 1 between
              numbers. Letters are other digits turned on their side. Label: 0 letter, 1 number,
              of which the glyph by itself says nothing.
``relation``  a nose above a mouth, each at one of ``PLACES`` columns. Label 1: the mouth stands
              right below the nose; 0: anywhere else. Nose and mouth by themselves stand everywhere
              as often in both classes, so that only their relation tells them apart.

Glyphs come from MNIST's files in ``--data DIR`` or from scikit-learn's digits, see
``spikeff.data.glyphs``; what is put together is drawn from fixed seeds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.glyphs import Glyphs, load_glyphs
from spikeff.ir.arrays import Array

SAMPLES = {"train": 8000, "test": 2000}
SEEDS = {"train": 1, "test": 2}

AMBIGUOUS = (0, 1)
AROUND = (3, 4, 7)  # digits of which the neighbours are made
MEANINGS = 2

NOSE, MOUTH = 1, 0
PLACES, GAP = 5, 2  # columns of places, and pixels from one to the next


def load_context(split: str, directory: Path | None) -> Split:
    """The task ``context``; see ``spikeff.data.registry.load_split``."""
    return context(load_glyphs(split, directory), SAMPLES[split], SEEDS[split])


def load_relation(split: str, directory: Path | None) -> Split:
    """The task ``relation``; see ``spikeff.data.registry.load_split``."""
    return relation(load_glyphs(split, directory), SAMPLES[split], SEEDS[split])


def context(glyphs: Glyphs, samples: int, seed: int) -> Split:
    """Samples of ``context`` from ``glyphs``, every label as often."""
    rng = np.random.default_rng([seed, 0])
    labels = rng.permutation(samples) % MEANINGS
    glyph = glyphs.drawn(rng.choice(AMBIGUOUS, samples), rng)
    around = [glyphs.drawn(rng.choice(AROUND, samples), rng) for _ in range(2)]
    letter = (labels == 0)[:, None, None]
    turned = [np.where(letter, np.rot90(z, axes=(1, 2)), z) for z in around]
    stacked = np.concatenate([glyph, *turned], 1)
    return _split(stacked, labels, MEANINGS)


def relation(glyphs: Glyphs, samples: int, seed: int) -> Split:
    """Samples of ``relation`` from ``glyphs``, every label as often."""
    rng = np.random.default_rng([seed, 1])
    labels = rng.permutation(samples) % 2
    nose = rng.integers(PLACES, size=samples)
    elsewhere = (nose + rng.integers(1, PLACES, size=samples)) % PLACES
    mouth = np.where(labels == 1, nose, elsewhere)
    halves = [
        _placed(glyphs.drawn(np.full(samples, kind), rng), place * GAP)
        for kind, place in ((NOSE, nose), (MOUTH, mouth))
    ]
    return _split(np.concatenate(halves, 1), labels, 2)


def _placed(images: Array, columns: Array) -> Array:
    """Each picture on a wider field, so many columns from its left edge."""
    samples, rows, width = images.shape
    field = np.zeros((samples, rows, width + (PLACES - 1) * GAP), np.uint8)
    at = columns[:, None] + np.arange(width)
    np.put_along_axis(field, np.broadcast_to(at[:, None], images.shape), images, 2)
    return field


def _split(images: Array, labels: Array, classes: int) -> Split:
    samples, rows, columns = images.shape
    flat = np.ascontiguousarray(images).reshape(samples, rows * columns)
    return Split(flat, labels.astype(np.int64), (rows, columns), classes)
