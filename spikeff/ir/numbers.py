"""Numbers of any type as Python's own: one place for what callers give to functions and parts.

A whole number may be an integer of Python, numpy or torch; a number may be a float of any width as
well. Nothing else is taken for one: no bool, no text, no array of several, and no float where a
whole number is meant, so that nothing is rounded without a word.
"""

from __future__ import annotations

import functools
import inspect
import math
import operator
import types
from collections.abc import Callable
from dataclasses import fields
from typing import Any, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from spikeff.errors import ConfigError, DescriptionError, SpikeffError

P = ParamSpec("P")
R = TypeVar("R")
SHOWN = 60  # characters of a wrong value
MAX_SEED = 2**63 - 1
# Annotations of functions, as their source has them.
ARGUMENTS: dict[str, Any] = {
    "int": int,
    "int | None": int | None,
    "float": float,
    "float | None": float | None,
    "bool": bool,
}
NAMES = {int: "a whole number", float: "a number", bool: "True or False", type(None): "None"}


def whole_number(
    what: str, value: Any, low: int, high: int, error: type[SpikeffError] = ConfigError
) -> int:
    """``value`` as an int.

    Args:
        what: Name of the number, for the message.
        value: The number.
        low: The least that is allowed.
        high: The most that is allowed.
        error: What is raised.

    Raises:
        SpikeffError: ``value`` is no whole number from ``low`` to ``high``; of type ``error``.
    """
    try:
        number = _whole(value)
    except TypeError:
        number = None
    if number is None or not low <= number <= high:
        raise error(f"{what} = {shown(value)}; give a whole number from {low} to {high}.")
    return number


def seed_number(value: Any) -> int:
    """``value`` as a seed; raises ConfigError unless it is a whole number from 0 to 2^63 - 1."""
    return whole_number("seed", value, 0, MAX_SEED)


def plain_numbers(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function be called with numbers of any type, where it declares int, float or bool.

    Each of its arguments arrives as the type of its annotation, and ConfigError names an argument
    that is nothing of the kind.
    """
    signature = inspect.signature(function)
    declared = {
        name: ARGUMENTS[parameter.annotation]
        for name, parameter in signature.parameters.items()
        if parameter.annotation in ARGUMENTS
    }

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        bound = signature.bind(*args, **kwargs)
        for name in bound.arguments.keys() & declared.keys():
            given = bound.arguments[name]
            bound.arguments[name] = _settled(name, declared[name], given, ConfigError)
        return function(*bound.args, **bound.kwargs)

    return called


def settle_numbers(owner: str, part: Any, error: type[SpikeffError] = DescriptionError) -> None:
    """Make the numbers of a frozen dataclass those that its annotations declare.

    Args:
        owner: The part, for the message.
        part: A dataclass; its fields of numbers, and of tuples of them, are set anew.
        error: What is raised.

    Raises:
        SpikeffError: A field is nothing of the kind that it declares; of type ``error``.
    """
    for name, hint in _number_fields(type(part)).items():  # type: ignore[arg-type]
        value = _settled(f"{owner}: {name}", hint, getattr(part, name), error)
        object.__setattr__(part, name, value)


def shown(value: Any) -> str:
    """``value`` as a message shows it: the beginning of what is long."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of thousands of digits
        text = f"an integer of {value.bit_length()} bits"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


@functools.cache
def _number_fields(cls: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {f.name: hints[f.name] for f in fields(cls) if _of_numbers(hints[f.name])}


def _of_numbers(hint: Any) -> bool:
    """Whether a type is of numbers alone: of one, of None or one, or of a tuple of them."""
    if get_origin(hint) in (Union, types.UnionType, tuple):
        return all(_of_numbers(inner) for inner in get_args(hint) if inner is not Ellipsis)
    return hint in NAMES


def _settled(what: str, hint: Any, value: Any, error: type[SpikeffError]) -> Any:
    try:
        return _as(hint, value)
    except (TypeError, ValueError, OverflowError):
        raise error(f"{what} = {shown(value)}; give {_named(hint)}.") from None


def _as(hint: Any, value: Any) -> Any:
    """``value`` as a type of numbers; raises TypeError, ValueError or OverflowError."""
    if get_origin(hint) is tuple:
        return _as_tuple(get_args(hint), value)
    if get_origin(hint) in (Union, types.UnionType):
        return _as_first(get_args(hint), value)
    return CONVERSIONS[hint](value)


def _as_tuple(inner: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError
    hints = inner[:1] * len(value) if Ellipsis in inner else inner
    return tuple(_as(hint, each) for hint, each in zip(hints, value, strict=True))


def _as_first(choices: tuple[Any, ...], value: Any) -> Any:
    for choice in choices:
        try:
            return _as(choice, value)
        except (TypeError, ValueError, OverflowError):
            continue
    raise TypeError


def _whole(value: Any) -> int:
    if _is_bool(value):
        raise TypeError
    return operator.index(value)


def _real(value: Any) -> float:
    single = getattr(value, "shape", ()) == ()
    if not single or _is_bool(value) or isinstance(value, str | bytes) or np.iscomplexobj(value):
        raise TypeError
    number = float(value)
    if math.isnan(number):
        raise ValueError
    return number


def _flag(value: Any) -> bool:
    if not _is_bool(value):
        raise TypeError
    return bool(value)


def _nothing(value: Any) -> None:
    if value is not None:
        raise TypeError


CONVERSIONS: dict[Any, Callable[[Any], Any]] = {
    int: _whole,
    float: _real,
    bool: _flag,
    type(None): _nothing,
}


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool) or str(getattr(value, "dtype", "")).endswith("bool")


def _named(hint: Any) -> str:
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        count = "" if Ellipsis in inner else f"{len(inner)} "
        return f"a tuple of {count}{_named(inner[0]).removeprefix('a ')}s"
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join(_named(inner) for inner in get_args(hint))
    return NAMES[hint]
