"""Arrays of frozen values: read-only copies, and the check of numbers above zero."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikeff.errors import DescriptionError

Array = NDArray[Any]


def frozen_array(array: Array, dtype: Any) -> Array:
    """Return a read-only contiguous copy of ``array`` in ``dtype``."""
    copy = np.array(array, dtype=dtype, order="C")
    copy.setflags(write=False)
    return copy


def require_positive(owner: str, name: str, value: float) -> None:
    """Raise DescriptionError unless ``value`` is a number above zero."""
    if not value > 0:
        raise DescriptionError(f"{owner}: {name} = {value!r}; it must be > 0.")
