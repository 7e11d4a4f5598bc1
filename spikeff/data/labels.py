"""Label in the input: which label channels spike, and when."""

from __future__ import annotations

import numpy as np

from spikeff.ir.arrays import Array
from spikeff.ir.codes import LabelCode

NEUTRAL = -1


def label_spikes(labels: Array, code: LabelCode, steps: int) -> Array:
    """Spikes of the label channels for one label per sample.

    Args:
        labels: (samples,) int; ``NEUTRAL`` (-1) leaves all label channels silent.
        code: Channels of each class and the steps at which they spike.
        steps: Steps of a sample.

    Returns:
        bool (steps, samples, classes * neurons).
    """
    active = np.repeat(labels[:, None] == np.arange(code.classes), code.neurons, axis=1)
    spikes = np.zeros((steps, len(labels), code.channels), dtype=bool)
    spikes[list(code.steps)] = active
    return spikes


def present(pixels: Array, labels: Array, code: LabelCode | None) -> Array:
    """Join pixel spikes (steps, samples, pixels) with label spikes into the network's input."""
    if code is None:
        return pixels
    return np.concatenate([pixels, label_spikes(labels, code, len(pixels))], axis=2)


def present_all_labels(pixels: Array, code: LabelCode) -> Array:
    """Every sample with every label, labels fastest: (steps, samples * classes, channels)."""
    steps, samples, channels = pixels.shape
    shown = np.empty((steps, samples, code.classes, channels + code.channels), np.bool_)
    shown[..., :channels] = pixels[:, :, np.newaxis]
    shown[..., channels:] = label_spikes(np.arange(code.classes), code, steps)[:, np.newaxis]
    return shown.reshape(steps, samples * code.classes, channels + code.channels)
