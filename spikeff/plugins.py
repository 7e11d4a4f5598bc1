"""The user's own kinds: installed packages that announce them, files named on the command line.

A plugin is a function without arguments that calls register functions: ``register_goodness``,
``register_encoder``, ``register_objective`` and so on, one for each kind. An installed package
names it in the entry point group ``spikeff.plugins``; a file has it under the name ``register``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from spikeff.errors import ConfigError, SpikeffError

GROUPS = ("spikeff.plugins", "spikeff.extensions")  # the second is the name of version 0.1
REGISTER, FILE = "register", "file"
_called: set[tuple[str, str]] = set()


def load_plugins(files: Sequence[Path] = ()) -> None:
    """Call the plugins of installed packages, sorted by name, then those of ``files``, in order.

    Each is called once per process.

    Args:
        files: Python files with a function ``register``.

    Raises:
        ConfigError: A plugin cannot be loaded or fails; names it.
    """
    announced = [entry for group in GROUPS for entry in entry_points(group=group)]
    for entry in sorted(announced, key=lambda entry: entry.name):
        _call_once(f"plugin {entry.name!r} ({entry.value})", (entry.name, entry.value), entry.load)
    for file in files:
        _call_once(f"plugin {file}", (FILE, str(file.resolve())), partial(_from_file, file))


def loaded_files() -> tuple[Path, ...]:
    """Files whose plugins were called in this process."""
    return tuple(Path(name) for kind, name in sorted(_called) if kind == FILE)


def _call_once(owner: str, key: tuple[str, str], load: Callable[[], Any]) -> None:
    if key in _called:
        return
    try:
        load()()
    except SpikeffError as error:
        raise ConfigError(f"{owner}: {error}") from error
    except Exception as error:
        raise ConfigError(
            f"{owner} fails: {type(error).__name__}: {error}. Fix it, or leave it out."
        ) from error
    _called.add(key)


def _from_file(file: Path) -> Callable[[], None]:
    """The function ``register`` of a Python file, which is run as a module of its own name."""
    if not file.is_file():
        raise ConfigError("there is no such file; name a Python file with a function 'register'.")
    spec = spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise ConfigError("it is not a Python file; its name must end in .py.")
    module = module_from_spec(spec)
    sys.modules.setdefault(file.stem, module)
    spec.loader.exec_module(module)
    if not callable(getattr(module, REGISTER, None)):
        raise ConfigError(f"it has no function {REGISTER!r} without arguments; define one.")
    function: Callable[[], None] = getattr(module, REGISTER)
    return function
