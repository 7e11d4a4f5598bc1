"""Float features as intensities: one channel each, or a population code of several."""

from __future__ import annotations

import numpy as np

from spikeff.ir.arrays import Array
from spikeff.ir.numbers import whole_number

MANY_FEATURES = 64  # from this number of features on, each has one channel
CHANNELS = 8  # per feature, where there are fewer features
MAX_CHANNELS = 1024
FULL = 255


def images_of_features(X: Array, low: Array, high: Array, channels: int | None = None) -> Array:
    """Intensities, uint8 (samples, features * channels), the channels of a feature together.

    With one channel per feature the scaled value is the intensity. With several, channel c of m
    stands for the value c / (m - 1) and its intensity falls linearly to 0 at the neighbouring
    channels' values: a population code, after Bohte, Kok and La Poutre 2002, with triangles for
    their Gaussians.

    Args:
        X: Features, (samples, features), any real numbers.
        low: What becomes 0, (features,); what lies below is clipped.
        high: What becomes 1, (features,); what lies above is clipped.
        channels: Per feature; None for 1 from 64 features on, and 8 for fewer.

    Raises:
        ConfigError: There are no channels.
    """
    # Halved before the difference, which may be beyond the largest float.
    span = high / 2 - low / 2
    scaled = (np.clip(X, low, high) / 2 - low / 2) / np.where(span > 0, span, 1.0)
    if channels is None:
        channels = 1 if X.shape[1] >= MANY_FEATURES else CHANNELS
    channels = whole_number("channels_per_feature", channels, 1, MAX_CHANNELS)
    if channels > 1:
        distance = np.abs(scaled[..., None] * (channels - 1) - np.arange(channels))
        scaled = np.clip(1.0 - distance, 0.0, 1.0).reshape(len(X), -1)
    images: Array = np.round(scaled * FULL).astype(np.uint8)
    return images
