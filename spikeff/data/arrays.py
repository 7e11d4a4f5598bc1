"""Samples with labels in .npz: the user's own data, as images or as spike trains.

``images``   (samples, rows, columns), uint8 or floats from 0 to 1; or ``spikes``, 0 or 1 (samples,
             steps, channels).
``labels``   integers (samples,), from 0.
``classes``  how many there are; highest label + 1 where it is missing, and then training samples
             must have every label up to it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikeff.data.classes import number_of_classes
from spikeff.data.dataset import Split
from spikeff.data.values import FULL, intensities, require_range, stacked
from spikeff.errors import DataError
from spikeff.ir.arrays import Array
from spikeff.ir.io.npz import read_arrays, write_arrays


def write_split(path: Path | str, split: Split, spikes: bool = False) -> None:
    """Write a split, whole or not at all.

    Args:
        path: The .npz file.
        split: What to write.
        spikes: Whether its samples are spike trains, 0 and 255, to be written as such.
    """
    samples = split.whole().reshape(len(split), *split.shape)
    arrays = {"spikes": samples > 0} if spikes else {"images": samples}
    write_arrays(Path(path), arrays | {"labels": split.labels, "classes": np.array(split.classes)})


def read_split(path: Path | str, gaps: bool = True) -> Split:
    """Read a split written by :func:`write_split` or by hand.

    Args:
        path: The .npz file.
        gaps: Whether classes may be without samples where the file does not say how many there are.

    Raises:
        DataError: Something in the file cannot be used; names the file and what it is.
    """
    path = Path(path)
    arrays = read_arrays(path)
    if ("images" in arrays) == ("spikes" in arrays):
        raise DataError(
            f"{path} holds {sorted(arrays)}; give 'images' or 'spikes', one of them, and 'labels'."
        )
    images = (
        spike_images(path, arrays["spikes"])
        if "spikes" in arrays
        else intensity_images(path, arrays)
    )
    if "labels" not in arrays:
        raise DataError(f"{path} holds {sorted(arrays)}; 'labels' (samples,) are missing.")
    labels = integer_labels(path, arrays["labels"], len(images))
    classes = number_of_classes(str(path), labels, _given_classes(path, arrays), gaps)
    samples, rows, columns = images.shape
    return Split(images.reshape(samples, rows * columns), labels, (rows, columns), classes)


def spike_images(path: Path, spikes: Array) -> Array:
    """Spike trains (samples, steps, channels) of 0 and 1 as uint8 0 and 255."""
    if spikes.ndim != 3 or not spikes.size:
        raise DataError(f"{path}: spikes of shape {spikes.shape}; give (samples, steps, channels).")
    trains = np.empty(spikes.shape, np.uint8)
    for train, sample in zip(trains, spikes, strict=True):  # one by one: they may fill the memory
        if not ((sample == 0) | (sample == 1)).all():
            raise DataError(f"{path}: spikes hold values besides 0 and 1; threshold them first.")
        np.multiply(sample != 0, np.uint8(FULL), out=train)
    return trains


def integer_labels(path: Path, labels: Array, samples: int) -> Array:
    """``labels`` as int64 (samples,).

    Raises:
        DataError: They are not integers, or not as many as ``samples``.
    """
    if labels.shape != (samples,) or not np.issubdtype(labels.dtype, np.integer):
        raise DataError(
            f"{path}: labels {labels.dtype} of shape {labels.shape}; {samples} integers are needed."
        )
    return labels.astype(np.int64)


def intensity_images(path: Path, arrays: dict[str, Array]) -> Array:
    """The array ``images`` as (samples, rows, columns), uint8 or floats from 0 to 1."""
    owner = f"{path}: images"
    images = stacked(owner, intensities(owner, arrays["images"]))
    require_range(owner, images)
    return images


def _given_classes(path: Path, arrays: dict[str, Array]) -> int | None:
    given = arrays.get("classes")
    if given is None:
        return None
    if given.shape != () or not np.issubdtype(given.dtype, np.integer):
        raise DataError(f"{path}: classes {given.dtype} of shape {given.shape}; give one integer.")
    return int(given)
