"""Errors that a person can act on: each names the object, its value, the limit and the way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SpikeffError(Exception):
    """Base of every error that the three packages raise on purpose."""


class ConfigError(SpikeffError):
    """A configuration that cannot be used; lists all mistakes at once."""


class UnknownNameError(SpikeffError):
    """A name that no registry knows.

    Parameters
    ----------
    kind : what the name should have been, for example ``"goodness"``.
    name : the name that was given.
    known : the names that exist.
    """

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        choices = sorted(known)
        near = difflib.get_close_matches(str(name), choices, n=1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        super().__init__(f"{kind} {name!r} is unknown. {hint}Choose one of: {', '.join(choices)}.")


class DataError(SpikeffError):
    """A data set that is missing, truncated, mislabelled or corrupt."""


class FileFormatError(SpikeffError):
    """A run directory or network file that is damaged, foreign or of a newer version."""


class LimitError(SpikeffError):
    """A value beyond what the integers or the chip can hold."""


class TargetUnavailableError(SpikeffError):
    """A target that cannot run here; says what is missing and how to get it."""


class DescriptionError(SpikeffError):
    """A network whose parts do not fit together."""
