"""Errors that tell what to do: each names the object, its value, the limit and the way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MAX_MESSAGE = 6000  # characters: what a hostile file holds must not fill a terminal


class SpikeffError(Exception):
    """Base of every error that the three packages raise on purpose.

    Args:
        message: What is wrong and what to do; of a very long one only the beginning is kept.
    """

    def __init__(self, message: str) -> None:
        left = len(message) - MAX_MESSAGE
        super().__init__(f"{message[:MAX_MESSAGE]} ... ({left} more)" if left > 0 else message)


class ConfigError(SpikeffError):
    """A configuration that cannot be used; lists all mistakes at once."""


class UnknownNameError(SpikeffError):
    """A name that is in no registry.

    Args:
        kind: What the name should have been, for example ``"goodness"``.
        name: The name that was given.
        known: The names that exist.

    Attributes:
        more: What else may help, said last.
    """

    more = ""

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        choices = sorted(known)
        near = _nearest(str(name), choices)
        hint = f"Did you mean {near!r}? " if near else ""
        super().__init__(
            f"{kind} {name!r} is unknown. {hint}Choose one of: {', '.join(choices)}.{self.more}"
        )


class UnknownKindError(UnknownNameError):
    """A name in no registry that plugins add to: the plugin may be what is missing."""

    more = " One's own comes with --plugin FILE.py."


def _nearest(name: str, choices: list[str]) -> str | None:
    """The choice that ``name`` was likely meant to be; case and the kind of dash do not count."""

    def plain(text: str) -> str:
        return text.casefold().replace("_", "-")

    spelled = {plain(choice): choice for choice in reversed(choices)}
    near = difflib.get_close_matches(plain(name), spelled, n=1)
    return spelled[near[0]] if near else None


class DataError(SpikeffError):
    """A data set that is missing, truncated, mislabelled or corrupt."""


class FileFormatError(SpikeffError):
    """A run directory or network file that is damaged, foreign or of a newer version."""


class OutputError(SpikeffError):
    """A place to write to that would cost something else: an input, a device, another's files."""


class LimitError(SpikeffError):
    """A value beyond what the integers or the chip can hold."""


class TargetUnavailableError(SpikeffError):
    """A target that cannot run here; says what is missing and how to get it."""


class DescriptionError(SpikeffError):
    """A network whose parts do not fit together."""
