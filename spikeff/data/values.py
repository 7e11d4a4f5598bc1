"""Arrays of anybody's making: tensors, pictures and lists as arrays, floats as intensities."""

from __future__ import annotations

from typing import Any

import numpy as np

from spikeff.errors import DataError
from spikeff.ir.arrays import Array

FULL = 255


def as_array(owner: str, values: Any) -> Array:
    """Values as a numpy array; torch tensors of any device, layout and float, without their graph.

    Args:
        owner: What to call the values in an error.
        values: An array, a tensor, a picture of PIL, nested lists, or a number.

    Raises:
        DataError: They cannot become an array.
    """
    try:
        return np.asarray(_plain(values) if hasattr(values, "detach") else values)
    except (TypeError, ValueError, RuntimeError, NotImplementedError) as error:
        kind = type(values).__name__
        raise DataError(f"{owner}: {kind} cannot become an array ({error}).") from None


def _plain(tensor: Any) -> Any:
    """A tensor of torch as one that numpy takes."""
    import torch

    tensor = tensor.detach()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    if tensor.is_quantized:
        tensor = tensor.dequantize()
    known = (torch.float16, torch.float32, torch.float64)
    if tensor.is_floating_point() and tensor.dtype not in known:
        tensor = tensor.float()  # bfloat16 and smaller floats
    return tensor.cpu().resolve_conj().resolve_neg()


def intensities(owner: str, values: Array) -> Array:
    """Intensities as uint8, 0 to 255.

    Args:
        owner: What to call the values in an error.
        values: uint8, floats from 0 to 1, or bool.

    Raises:
        DataError: They are anything else.
    """
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.bool_:
        return values * np.uint8(FULL)
    if not np.issubdtype(values.dtype, np.floating):
        raise DataError(f"{owner}: {values.dtype}; give uint8, float or bool.")
    if not values.size:
        raise DataError(f"{owner} of shape {values.shape}: there is nothing in it.")
    low, high = values.min(), values.max()
    if not (low >= 0.0 and high <= 1.0):
        raise DataError(
            f"{owner}: values from {low:g} to {high:g}; floats must lie in 0 to 1: rescale them "
            f"(and leave out normalisation to mean 0), or give uint8 from 0 to 255."
        )
    scaled: Array = np.round(values * FULL).astype(np.uint8)
    return scaled


def require_range(owner: str, images: Array) -> None:
    """Refuse uint8 images whose largest value is 1: they were meant as 0 to 1, not 0 to 255.

    Raises:
        DataError: They are such images, of which no pixel would ever spike.
    """
    if images.max(initial=0) == 1:
        raise DataError(
            f"{owner}: uint8 values of 0 and 1 alone, and intensities are 0 to 255; give bool or "
            f"floats from 0 to 1, or multiply by 255."
        )


def stacked(owner: str, values: Array) -> Array:
    """(samples, rows, columns) of images of any of their shapes, planes below each other."""
    if not 2 <= values.ndim <= 4 or not values.size:
        raise DataError(
            f"{owner} of shape {values.shape}; images are (samples, values), (samples, rows, "
            f"columns) or (samples, planes, rows, columns)."
        )
    return values.reshape(len(values), -1, values.shape[-1])
