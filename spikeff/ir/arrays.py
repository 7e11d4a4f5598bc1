"""Arrays of frozen values: read-only copies, and the check of numbers above zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikeff.errors import DescriptionError

Array = NDArray[Any]
BLOCK = 2**20  # elements that are worked on at a time


def frozen_array(array: Array, dtype: Any) -> Array:
    """Return a read-only contiguous copy of ``array`` in ``dtype``."""
    copy = np.array(array, dtype=dtype, order="C")
    copy.setflags(write=False)
    return copy


def row_blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Slices of rows that together are a matrix of ``shape``, to work on without a copy of all."""
    rows = max(1, BLOCK // max(shape[1], 1))
    for low in range(0, shape[0], rows):
        yield slice(low, min(low + rows, shape[0]))


def require_positive(owner: str, name: str, value: float) -> None:
    """Raise DescriptionError unless ``value`` is a number above zero."""
    if not value > 0:
        raise DescriptionError(f"{owner}: {name} = {value!r}; it must be > 0.")
