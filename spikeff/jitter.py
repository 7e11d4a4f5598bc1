"""Jitter: input spikes moved in time, to see how much of an answer hangs on when they come."""

from __future__ import annotations

import numpy as np

from spikeff.description import Array
from spikeff.errors import ConfigError


def jitter_spikes(spikes: Array, reach: int, generator: np.random.Generator) -> Array:
    """Move every spike by a uniform whole number of steps in [-reach, reach].

    spikes : bool (steps, samples, channels). Spikes stay within the sample; those of one channel
    that meet become one. Raises ConfigError for a negative reach.
    """
    if reach < 0:
        raise ConfigError(f"jitter of {reach} steps: give a whole number of at least 0.")
    if reach == 0:
        return spikes
    steps, samples, channels = np.nonzero(spikes)
    moved = steps + generator.integers(-reach, reach + 1, len(steps))
    jittered = np.zeros_like(spikes)
    jittered[np.clip(moved, 0, len(spikes) - 1), samples, channels] = True
    return jittered
