"""Loops that Numba compiles when they are first called, once per process.

Nothing is cached on disk, from where it would be code that anyone could have put there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(function: Loop) -> Loop:
    """``function`` in machine code; other threads run while it does."""
    return cast(Loop, numba.njit(nogil=True, error_model="numpy")(function))
