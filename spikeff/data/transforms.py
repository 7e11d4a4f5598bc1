"""Augmentation and perturbation of samples: images shifted, spikes moved in time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array


def shift_images(
    images: Array,
    shape: tuple[int, int],
    reach: int,
    generator: torch.Generator,
    planes: int = 1,
) -> Array:
    """Shift each image by up to ``reach`` pixels along both axes; zeros enter at the edges.

    Args:
        images: (samples, rows * columns).
        shape: Rows and columns, planes below each other.
        reach: Largest shift in pixels.
        generator: Of the shifts.
        planes: Planes of an image, which are shifted alike.
    """
    if reach == 0:
        return images
    rows, columns = shape[0] // planes, shape[1]
    samples = len(images)
    padded = np.zeros((samples, planes, rows + 2 * reach, columns + 2 * reach), images.dtype)
    inner = padded[:, :, reach : reach + rows, reach : reach + columns]
    inner[:] = images.reshape(samples, planes, rows, columns)
    offsets = torch.randint(0, 2 * reach + 1, (2, samples), generator=generator).numpy()
    row = offsets[0][:, None, None, None] + np.arange(rows)[:, None]
    column = offsets[1][:, None, None, None] + np.arange(columns)
    each, plane = np.arange(samples)[:, None, None, None], np.arange(planes)[:, None, None]
    return np.asarray(padded[each, plane, row, column].reshape(samples, -1))


def mirror_images(images: Array, shape: tuple[int, int], generator: torch.Generator) -> Array:
    """Mirror half of the images at random, left for right.

    Args:
        images: (samples, rows * columns).
        shape: Rows and columns, planes below each other.
        generator: Of the choice.
    """
    chosen = torch.rand(len(images), generator=generator).numpy() < 0.5
    mirrored = images.copy()
    mirrored[chosen] = images[chosen].reshape(-1, *shape)[:, :, ::-1].reshape(chosen.sum(), -1)
    return mirrored


def jitter_spikes(spikes: Array, reach: int, generator: np.random.Generator) -> Array:
    """Move every spike by a uniform whole number of steps in [-reach, reach].

    Spikes stay within the sample; those of one channel that meet become one.

    Args:
        spikes: bool (steps, samples, channels).
        reach: Largest jitter in steps.
        generator: Of the jitter.

    Raises:
        ConfigError: A negative ``reach``.
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


def input_change(jitter: int, seed: int, reverse: bool = False) -> Callable[[Array], Array]:
    """What is done to the input spikes of samples, bool (steps, samples, channels).

    Args:
        jitter: Most steps by which they are moved, see :func:`jitter_spikes`.
        seed: Of the jitter.
        reverse: Whether each sample's spikes are put in reverse order of time first.
    """
    generator = np.random.default_rng(seed)

    def change(spikes: Array) -> Array:
        ordered = np.ascontiguousarray(spikes[::-1]) if reverse else spikes
        return jitter_spikes(ordered, jitter, generator)

    return change
