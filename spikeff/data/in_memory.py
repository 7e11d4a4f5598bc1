"""Samples in hand, arrays or tensors: checked, as a Split to learn or as spikes to answer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from spikeff.data.classes import NO_LABEL, number_of_classes
from spikeff.data.dataset import Split
from spikeff.data.encoders import encode, get_encoder
from spikeff.data.shards import stored_split
from spikeff.data.stored import mapping_of
from spikeff.data.values import FULL, as_array, intensities, require_range, stacked
from spikeff.errors import DataError
from spikeff.ir.arrays import Array
from spikeff.ir.codes import InputCode


def trains(owner: str, values: Array) -> Array:
    """Spike trains (samples, steps, channels), 0 or 1 of any type, as bool.

    Raises:
        DataError: The shape is another, or there are other values.
    """
    if values.ndim != 3 or not values.size:
        raise DataError(
            f"{owner} of shape {values.shape}; spike trains are (samples, steps, channels)."
        )
    if not ((values == 0) | (values == 1)).all():
        raise DataError(f"{owner} hold values besides 0 and 1; threshold them to spikes first.")
    return np.asarray(values != 0)


def split_of_arrays(samples: Any, labels: Any, in_steps: bool, classes: int | None = None) -> Split:
    """Arrays or tensors as a Split.

    Args:
        samples: Images (samples, values), (samples, rows, columns) or (samples, planes, rows,
            columns), planes stacked below each other: uint8, floats from 0 to 1, or bool. With
            ``in_steps`` spike trains (samples, steps, channels) of 0 and 1. A memory-mapped array
            stays on the disk.
        labels: Integers from 0, (samples,); None where they are not known.
        in_steps: Whether the samples are spike trains.
        classes: Number of classes; None for the highest label + 1, and then every class must occur.

    Raises:
        DataError: The arrays are anything else, or do not fit together.
    """
    values = as_array("samples", samples)
    if mapping_of(values) is not None and labels is not None:
        known = _labels(labels, len(values))
        count = number_of_classes("samples", known, classes)
        return stored_split("samples", [values], known, in_steps, count)
    if in_steps:
        images = trains("samples", values) * np.uint8(FULL)
    else:
        images = stacked("samples", intensities("samples", values))
        require_range("samples", images)
    count, rows, columns = images.shape
    known = _labels(labels, count)
    if labels is not None or classes is None:
        classes = number_of_classes("samples", known, classes)
    return Split(images.reshape(count, rows * columns), known, (rows, columns), classes)


def spikes_of(samples: Any, code: InputCode, steps: int) -> Array:
    """Arrays or tensors as the spikes of a network's input, bool (steps, samples, channels).

    Args:
        samples: Images as in :func:`split_of_arrays`, whose values are as many as the network has
            pixels; or spike trains (samples, steps, channels) of 0 and 1, taken as they are.
        code: Of the network's input.
        steps: Steps of a sample.

    Raises:
        DataError: The samples do not fit the network.
    """
    values = as_array("samples", samples)
    encoder = get_encoder(code.encoder)
    if values.shape[1:] == (steps, code.pixels):
        return np.ascontiguousarray(trains("spike trains", values).transpose(1, 0, 2))
    wide = math.prod(values.shape[1:])
    if encoder.in_steps or values.ndim < 2 or encoder.channels((1, wide), steps) != code.pixels:
        raise DataError(_misfit(values.shape, code, steps, encoder.in_steps))
    images = intensities("samples", values.reshape(len(values), wide))
    return encode(code.encoder, images, steps, code.threshold)


def _misfit(shape: tuple[int, ...], code: InputCode, steps: int, in_steps: bool) -> str:
    spikes = f"spike trains of shape (samples, {steps}, {code.pixels}), 0 or 1"
    images = f"images of {code.pixels} values each, (samples, {code.pixels}) or (samples, rows, "
    wanted = spikes if in_steps else f"{images}columns), or {spikes}"
    hint = ""
    if shape[1:] == (code.pixels, steps):
        hint = " Steps come before channels: swap the last two axes."
    elif shape == (steps, code.pixels) or math.prod(shape) == code.pixels:
        hint = " A single sample is given as x[None]."
    return f"samples of shape {shape} do not fit the network, which takes {wanted}.{hint}"


def _labels(labels: Any, samples: int) -> Array:
    if labels is None:
        return np.full(samples, NO_LABEL, np.int64)
    given = as_array("labels", labels)
    if given.shape != (samples,) or not np.issubdtype(given.dtype, np.integer):
        raise DataError(
            f"labels {given.dtype} of shape {given.shape}; {samples} integers are needed, one for "
            f"each sample."
        )
    if given.min() < 0:
        raise DataError(f"label {given.min()}; labels are integers from 0.")
    return given.astype(np.int64)
