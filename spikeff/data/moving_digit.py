"""One digit that bounces about a square, of which every frame shows little.

A digit moves over a field of ``FIELD`` x ``FIELD`` pixels at a constant speed and bounces at its
edges. Each frame is one step of spikes, and either half covered or noisy, whichever is drawn: one
half of the digit, drawn anew, is missing; or of its pixels each spikes with ``SHOWN``, and pixels
anywhere spike with ``NOISE``. What digit it is follows from the frames before and not from one of
them.

Digits come from MNIST's files in ``--data DIR`` or, three times as large, from scikit-learn's; see
``spikeff.data.glyphs``. The paths are drawn from fixed seeds.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.glyphs import Glyphs, load_glyphs
from spikeff.errors import DataError
from spikeff.ir.arrays import Array

SAMPLES = {"train": 20000, "test": 2000}
SEEDS = {"train": 1, "test": 2}
CLASSES = 10
FIELD, FRAMES = 40, 20
FASTEST = 2  # pixels a frame along each axis
INK = 127  # intensity above which a pixel of a glyph can spike
COVERED = 0.5  # share of the frames that are half covered
SHOWN, NOISE = 0.7, 0.02
ENLARGED = 3  # times, of scikit-learn's digits


def load_moving_digit(split: str, directory: Path | None) -> Split:
    """The task; see ``spikeff.data.registry.load_split``."""
    glyphs = load_glyphs(split, directory, halved=False)
    if directory is None:
        larger = glyphs.images.repeat(ENLARGED, 1).repeat(ENLARGED, 2)
        glyphs = Glyphs(larger, glyphs.labels)
    return moving_digit(glyphs, SAMPLES[split], SEEDS[split])


def moving_digit(glyphs: Glyphs, samples: int, seed: int) -> Split:
    """``samples`` spike trains of glyphs.

    Raises:
        DataError: They are larger than the field.
    """
    rows, columns = glyphs.side
    if max(rows, columns) > FIELD:
        raise DataError(
            f"the glyphs have {rows} x {columns} pixels; the field has {FIELD} x {FIELD}: take "
            f"smaller ones."
        )
    rng = np.random.default_rng([seed, 2])
    labels = rng.permutation(samples) % CLASSES
    ink = glyphs.drawn(labels, rng) > INK
    trains = np.zeros((samples, FRAMES, FIELD, FIELD), np.bool_)
    for frame, corners in enumerate(_paths(samples, glyphs.side, rng)):
        covered = rng.random(samples) < COVERED
        half, shown = _uncovered(samples, glyphs.side, rng), rng.random(ink.shape) < SHOWN
        _draw(trains[:, frame], ink & np.where(_of_each(covered), half, shown), corners)
        noise = rng.random((samples, FIELD, FIELD), np.float32) < NOISE
        trains[:, frame] |= noise & ~_of_each(covered)
    flat = trains.reshape(samples, -1) * np.uint8(255)
    return Split(flat, labels.astype(np.int64), (FRAMES, FIELD * FIELD), CLASSES)


def _paths(samples: int, side: tuple[int, int], rng: np.random.Generator) -> Array:
    """Upper left corner of the digit in every frame, int (frames, samples, 2)."""
    room = FIELD - np.array(side)
    start = rng.integers(room + 1, size=(samples, 2))
    speed = rng.integers(1, FASTEST + 1, (samples, 2)) * rng.choice([-1, 1], (samples, 2))
    way = start + speed * np.arange(FRAMES)[:, None, None]
    folded = np.mod(way, np.maximum(2 * room, 1))  # there and back again
    return np.minimum(folded, 2 * room - folded)


def _uncovered(samples: int, side: tuple[int, int], rng: np.random.Generator) -> Array:
    """Where a digit is seen, one half of it: bool (samples, rows, columns)."""
    rows, columns = side
    upper = np.arange(rows)[:, None] < rows // 2
    left = np.arange(columns)[None] < columns // 2
    halves = np.stack([np.broadcast_to(h, side) for h in (upper, ~upper, left, ~left)])
    return np.asarray(halves[rng.integers(len(halves), size=samples)])


def _of_each(samples: Array) -> Array:
    """A value of each sample beside its pixels."""
    return samples[:, np.newaxis, np.newaxis]


def _draw(frames: Array, seen: Array, corners: Array) -> None:
    """Put each digit into its frame (samples, FIELD, FIELD) at its corner."""
    sample, row, column = np.nonzero(seen)
    frames[sample, row + corners[sample, 0], column + corners[sample, 1]] = True
