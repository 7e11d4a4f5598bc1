"""Packages that come with an extra, and what is said where one is missing.

The core trains, compiles, emulates and counts; simulators, pictures for the report, searches and
logs are for those who ask for them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from spikeff.errors import TargetUnavailableError, UnknownNameError

# The extra of pyproject.toml that brings each package, by the name it is imported by.
EXTRAS = {
    "brian2": "brian2",
    "norse": "norse",
    "optuna": "tune",
    "plotly": "report",
    "pymetis": "boards",
    "ray": "ray",
    "sanafe": "sanafe",
    "tensorboard": "tensorboard",
    "tonic": "events",
    "yaml": "sanafe",
}


def missing_extra(package: str) -> str | None:
    """None where ``package`` can be imported, else what is missing and how to get it.

    Raises:
        UnknownNameError: No extra brings a package of that name.
    """
    if package not in EXTRAS:
        raise UnknownNameError("package of an extra", package, EXTRAS)
    try:
        import_module(package)
    except (ImportError, AttributeError) as error:  # the latter beside a numpy that is too new
        extra = EXTRAS[package]
        return (
            f"the package {package} is missing or fails here ({error}); it comes with the extra "
            f"{extra!r}: pip install 'spikeff[{extra}]', or '.[{extra}]' in a copy of the source."
        )
    return None


def require_extra(package: str) -> Any:
    """Import ``package``.

    Raises:
        TargetUnavailableError: It is missing; the message names the extra that brings it.
    """
    missing = missing_extra(package)
    if missing is not None:
        raise TargetUnavailableError(missing)
    return import_module(package)
