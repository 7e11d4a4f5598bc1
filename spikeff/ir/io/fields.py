"""Whether values of a file have the types that a dataclass declares in its annotations."""

from __future__ import annotations

import types
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

LARGEST = 2**53  # integers that a float still holds exactly


def wrong_types(cls: type[Any], values: dict[str, Any]) -> list[str]:
    """What in ``values`` is not of the type that ``cls`` declares, as sentences; [] if nothing."""
    hints = get_type_hints(cls)
    return [
        f"{name} = {str(value)[:60]} is not of type {_name(hints[name])}"
        for name, value in values.items()
        if name in hints and not _fits(value, hints[name])
    ]


def _name(hint: Any) -> str:
    return str(getattr(hint, "__name__", hint))


def _fits(value: Any, hint: Any) -> bool:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, choice) for choice in arguments)
    if origin is tuple:
        return isinstance(value, tuple) and all(_fits(v, arguments[0]) for v in value)
    if origin is np.ndarray:
        return isinstance(value, np.ndarray)
    if origin is dict:
        return isinstance(value, dict)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return type(value) is int and abs(value) <= LARGEST
    return not isinstance(hint, type) or isinstance(value, hint)
