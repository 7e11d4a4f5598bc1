"""Augmentation: images shifted by whole pixels."""

from __future__ import annotations

import numpy as np
import torch

from spikeff.description import Array


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
