"""What is done to samples on their way: images shifted, spikes moved in time."""

from __future__ import annotations

import numpy as np
import torch

from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array


def shift_images(
    images: Array, shape: tuple[int, int], reach: int, generator: torch.Generator
) -> Array:
    """Shift each image by up to ``reach`` pixels along both axes; what leaves is lost, dark enters.

    images : (samples, rows * columns).   shape : (rows, columns).
    """
    if reach == 0:
        return images
    rows, columns = shape
    samples = len(images)
    padded = np.zeros((samples, rows + 2 * reach, columns + 2 * reach), images.dtype)
    padded[:, reach : reach + rows, reach : reach + columns] = images.reshape(-1, rows, columns)
    offsets = torch.randint(0, 2 * reach + 1, (2, samples), generator=generator).numpy()
    row = offsets[0][:, None, None] + np.arange(rows)[None, :, None]
    column = offsets[1][:, None, None] + np.arange(columns)[None, None, :]
    shifted = padded[np.arange(samples)[:, None, None], row, column]
    return np.asarray(shifted.reshape(samples, rows * columns))


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
