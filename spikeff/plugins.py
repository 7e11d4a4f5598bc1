"""Goodness and targets of one's own on the command line: installed packages that announce them.

A package names a function without arguments in the entry point group ``spikeff.plugins``; it
calls ``spikeff.ir.goodness.register_goodness`` or ``hw_targets.registry.register_target``.
"""

from __future__ import annotations

from importlib.metadata import entry_points

from spikeff.errors import ConfigError, SpikeffError

GROUP = "spikeff.plugins"
_CALLED: set[tuple[str, str]] = set()


def load_extensions() -> None:
    """Call every announced function once per process, in the order of their names.

    Raises ConfigError, naming the extension, where one fails.
    """
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        if (entry.name, entry.value) in _CALLED:
            continue
        try:
            entry.load()()
        except SpikeffError as error:
            raise ConfigError(f"extension {entry.name!r} ({entry.value}): {error}") from error
        except Exception as error:
            raise ConfigError(
                f"extension {entry.name!r} ({entry.value}) fails: {type(error).__name__}: {error}. "
                f"Mend or uninstall the package that announces it."
            ) from error
        _CALLED.add((entry.name, entry.value))
