"""Encoders: intensities in [0, 1] become spike trains. One registry, numpy only.

``latency``  one spike per channel, earlier the brighter.
``burst``    a channel starts to fire earlier the brighter and then fires at every step.
``rate``     evenly spaced spikes, in number proportional to intensity; phases differ by channel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from spikeff.description import Array
from spikeff.errors import DataError, UnknownNameError

GOLDEN_RATIO = (5**0.5 - 1) / 2


def onset_steps(intensities: Array, steps: int, threshold: float) -> Array:
    """First step at which each channel spikes; ``steps`` (never) at or below ``threshold``.

    intensities (samples, channels) in [0, 1]; returns int8/int16 of the same shape.
    """
    span = (1.0 - intensities) * (steps / (1.0 - threshold))
    kind = np.int8 if steps < 127 else np.int16
    onset = np.minimum(np.floor(span), steps - 1).astype(kind)
    return np.where(intensities > threshold, onset, kind(steps))


def latency(intensities: Array, steps: int, threshold: float) -> Array:
    """One spike per channel at its onset. Returns bool (steps, samples, channels)."""
    onset = onset_steps(intensities, steps, threshold)
    return np.asarray(onset[None] == np.arange(steps, dtype=onset.dtype)[:, None, None])


def burst(intensities: Array, steps: int, threshold: float) -> Array:
    """Spikes at every step from the onset on. Returns bool (steps, samples, channels)."""
    onset = onset_steps(intensities, steps, threshold)
    return np.asarray(onset[None] <= np.arange(steps, dtype=onset.dtype)[:, None, None])


def rate(intensities: Array, steps: int, threshold: float) -> Array:
    """About ``intensity * steps`` evenly spaced spikes. Returns bool (steps, samples, channels)."""
    level = np.where(intensities > threshold, intensities, 0.0)
    phase = (np.arange(intensities.shape[1]) * GOLDEN_RATIO) % 1.0
    crossed = np.floor(level[None] * np.arange(steps + 1)[:, None, None] + phase)
    return np.asarray(np.diff(crossed, axis=0) > 0)


@dataclass(frozen=True)
class Encoder:
    """A registry entry; ``single_spike`` tells that a channel spikes at most once."""

    encode: Callable[[Array, int, float], Array]
    single_spike: bool

    def spikes_per_channel(self, steps: int) -> int:
        """Most spikes that one channel emits in ``steps`` steps."""
        return 1 if self.single_spike else steps


ENCODERS = {
    "latency": Encoder(latency, True),
    "burst": Encoder(burst, False),
    "rate": Encoder(rate, False),
}


def get_encoder(name: str) -> Encoder:
    """Look an encoder up by name; raises UnknownNameError with the names that exist."""
    if name not in ENCODERS:
        raise UnknownNameError("encoder", name, ENCODERS)
    return ENCODERS[name]


def encode(name: str, images: Array, steps: int, threshold: float) -> Array:
    """Encode uint8 images (0..255) or floats in [0, 1], shape (samples, channels).

    Returns bool (steps, samples, channels). Raises DataError for values outside the range.
    """
    intensities = images / np.float32(255) if images.dtype == np.uint8 else images
    if intensities.size:
        low, high = float(intensities.min()), float(intensities.max())
        if not (low >= 0.0 and high <= 1.0):
            raise DataError(
                f"intensities span [{low}, {high}]; encoders need [0, 1]: rescale the data."
            )
    return get_encoder(name).encode(intensities, steps, threshold)
