"""The checks of rules, objectives and sources of negatives when they are registered."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import Any, TypeVar

from spikeff.errors import ConfigError
from spikeff.settings.kinds import register_kind

Kind = TypeVar("Kind")


def register_dataclass(
    noun: str, registry: dict[str, type[Kind]], name: str, kind: type[Kind], protocol: type[Any]
) -> None:
    """Put a dataclass that has all members of ``protocol`` into ``registry``.

    Args:
        noun: What such a kind is called in messages.
        registry: Where it goes.
        name: Not yet taken.
        kind: The dataclass.
        protocol: What it must implement.

    Raises:
        ConfigError: The name is taken, or ``kind`` is not a dataclass or lacks a member.
    """
    owner = f"{noun} {name!r} ({getattr(kind, '__name__', kind)})"
    if not (isinstance(kind, type) and is_dataclass(kind)):
        raise ConfigError(f"{owner} is not a dataclass; decorate the class with @dataclass.")
    required = {*vars(protocol), *protocol.__annotations__}
    missing = sorted(n for n in required if not n.startswith("_") and not hasattr(kind, n))
    if missing:
        raise ConfigError(
            f"{owner} lacks {', '.join(missing)}; see {protocol.__module__}.{protocol.__name__}."
        )
    register_kind(noun, registry, name, kind)
