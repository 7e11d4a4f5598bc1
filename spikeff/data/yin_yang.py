"""Yin-Yang: in which part of the symbol a point lies, a small task that needs two layers.

Source of the task: Kriener, Goeltz and Petrovici, "The Yin-Yang dataset", 2021 (arXiv 2102.08211).
A sample is (x, y, 1 - x, 1 - y) of a point in the disc of radius 1/2 around (1/2, 1/2). Labels: 1
the half that holds the left bulge and rises above the right one, 0 the other half, 2 the two eyes.

From ``--data DIR`` come the published samples: ``SPLIT_samples.npy``, floats (samples, 4), and
``SPLIT_labels.npy``, integers (samples,), of the splits train, validation and test. Without a
directory points are drawn from ``SEEDS``, every class equally often: the same task, other samples.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikeff.data.arrays import integer_labels
from spikeff.data.classes import number_of_classes
from spikeff.data.dataset import Split
from spikeff.data.values import intensities
from spikeff.errors import DataError
from spikeff.ir.arrays import Array
from spikeff.ir.io.npy import read_npy

CLASSES = 3
EYES = 2
SAMPLES = {"train": 5000, "validation": 1000, "test": 1000}
SEEDS = {"train": 1, "validation": 2, "test": 3}

DISC = 0.5  # radius; its centre is (1/2, 1/2)
BULGE = 0.25  # radius of the round ends of both halves
EYE = 0.1  # radius
LEFT, RIGHT = (0.25, 0.5), (0.75, 0.5)  # centres of bulges and eyes


def load_yin_yang(split: str, directory: Path | None) -> Split:
    """The samples of ``split`` in ``directory``, or drawn ones where it is None.

    Raises:
        DataError: A file is missing, damaged, or holds anything else.
    """
    values, labels = _drawn(split) if directory is None else _read(split, directory)
    return Split(intensities("yin-yang", values), labels, (1, values.shape[1]), CLASSES)


def parts(points: Array) -> Array:
    """Labels, int64 (points,), of points (points, 2) within the disc."""
    from_left, from_right = _distance(points, LEFT), _distance(points, RIGHT)
    first = (from_left <= BULGE) | ((points[:, 1] > DISC) & (from_right > BULGE))
    eye = np.minimum(from_left, from_right) <= EYE
    return np.where(eye, EYES, first.astype(np.int64))


def _distance(points: Array, centre: tuple[float, float]) -> Array:
    return np.asarray(np.hypot(points[:, 0] - centre[0], points[:, 1] - centre[1]))


def _drawn(split: str) -> tuple[Array, Array]:
    rng = np.random.default_rng(SEEDS[split])
    labels = rng.permutation(SAMPLES[split]) % CLASSES
    points = np.empty((len(labels), 2))
    for label in range(CLASSES):
        rows = np.flatnonzero(labels == label)
        points[rows] = _points_of(label, len(rows), rng)
    return np.concatenate([points, 1.0 - points], 1), labels


def _points_of(label: int, count: int, rng: np.random.Generator) -> Array:
    """Points (count, 2), uniform over the part ``label``."""
    found = np.empty((0, 2))
    while len(found) < count:
        tried = rng.random((4 * count, 2))
        inside = _distance(tried, (DISC, DISC)) <= DISC
        found = np.concatenate([found, tried[inside & (parts(tried) == label)]])
    return found[:count]


def _read(split: str, directory: Path) -> tuple[Array, Array]:
    samples, answers = (directory / f"{split}_{kind}.npy" for kind in ("samples", "labels"))
    values = read_npy(samples)
    if values.ndim != 2 or values.shape[1] != 4 or not len(values):
        raise DataError(f"{samples} has shape {values.shape}; Yin-Yang needs (samples, 4).")
    if values.dtype.kind != "f" or not ((values >= 0) & (values <= 1)).all():
        raise DataError(f"{samples}: {values.dtype} values; Yin-Yang needs floats from 0 to 1.")
    labels = integer_labels(answers, read_npy(answers), len(values))
    number_of_classes(str(answers), labels, CLASSES)
    return values, labels
