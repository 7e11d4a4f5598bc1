"""Lava 0.10.0 on newer Pythons, without touching its installed files.

Python 3.11 refuses the eight dataclass fields in ``lava/magma/compiler/var_model.py`` that default
to ``ByteEncoder()``: its class is not hashable, so it counts as a mutable default. The module is
loaded here with that one class made hashable. Lava's child processes inherit it: they are forked.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import multiprocessing
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.machinery import SourceFileLoader
from multiprocessing import managers
from types import CodeType, SimpleNamespace

from spikeff.errors import TargetUnavailableError

MODULE = "lava.magma.compiler.var_model"
INFRASTRUCTURE = "lava.magma.runtime.message_infrastructure.multiprocessing"
SHARED_MEMORY = "lava.magma.runtime.message_infrastructure.shared_memory_manager"
FROM_DEFAULT_CONTEXT = {
    "lava.magma.compiler.builders.channel_builder": ("Queue",),
    "lava.magma.compiler.channels.pypychannel": ("Semaphore",),
    "lava.magma.compiler.channels.watchdog": ("Event", "Manager", "Process", "Queue"),
    "lava.magma.runtime.runtime": ("Queue",),
}
UNHASHABLE = "@dataclass\nclass ByteEncoder:"
HASHABLE = "@dataclass(unsafe_hash=True)\nclass ByteEncoder:"
INSTALL = (
    "install it with: pip install --no-deps --ignore-requires-python lava-nc==0.10.0 "
    "beside spikeff[lava], which brings what it needs (on Python 3.10 Lava itself too)"
)


class _HashableEncoder(SourceFileLoader):
    """Compiles the module from its source with ``ByteEncoder`` hashable, past any cached code."""

    def get_code(self, fullname: str) -> CodeType:
        source = self.get_data(self.path).decode("utf-8").replace("\r\n", "\n")
        return compile(source.replace(UNHASHABLE, HASHABLE), self.path, "exec", dont_inherit=True)


def missing() -> str | None:
    """None where Lava is installed, else what is missing and how to get it."""
    try:
        installed = importlib.util.find_spec(MODULE) is not None
    except ModuleNotFoundError as error:
        return f"the module {error.name!r} of Lava is not installed; {INSTALL}"
    return None if installed else f"lava-nc is not installed; {INSTALL}"


def ensure() -> None:
    """Make Lava importable here; does nothing the second time, and nothing on Python 3.10.

    Lava sets the start method of ``multiprocessing`` to fork when it is imported and fails where
    one is set already. The caller's choice is kept: it is set aside for the import, and Lava's own
    modules fork whatever it is.

    Raises:
        TargetUnavailableError: Lava is absent, or is a version that cannot be imported here.
    """
    absent = missing()
    if absent is not None:
        raise TargetUnavailableError(f"Lava cannot run here: {absent}")
    if sys.version_info >= (3, 11) and MODULE not in sys.modules:
        _load_mended()
    if INFRASTRUCTURE not in sys.modules:
        chosen = multiprocessing.get_start_method(allow_none=True)
        multiprocessing.set_start_method(None, force=True)
        try:
            _import_runtime()
        finally:
            multiprocessing.set_start_method(chosen, force=True)
        _fork_always()


def _load_mended() -> None:
    spec = importlib.util.find_spec(MODULE)
    assert spec is not None
    assert spec.origin is not None
    loader = _HashableEncoder(MODULE, spec.origin)
    mended = importlib.util.spec_from_file_location(MODULE, spec.origin, loader=loader)
    assert mended is not None
    module = importlib.util.module_from_spec(mended)
    sys.modules[MODULE] = module
    try:
        loader.exec_module(module)
    except Exception as error:
        del sys.modules[MODULE]
        raise _unusable(error) from error
    parent, _, name = MODULE.rpartition(".")
    setattr(sys.modules[parent], name, module)


def _fork_always() -> None:
    """What Lava takes from multiprocessing's default context, it takes from that of fork."""
    fork = multiprocessing.get_context("fork")
    for module, names in FROM_DEFAULT_CONTEXT.items():
        for name in names:
            setattr(importlib.import_module(module), name, getattr(fork, name))
    process = sys.modules[INFRASTRUCTURE].SystemProcess
    process._Popen = staticmethod(fork.Process._Popen)
    memory = partial(managers.SharedMemoryManager, ctx=fork)
    taken = SimpleNamespace(SharedMemoryManager=memory)
    setattr(importlib.import_module(SHARED_MEMORY), "managers", taken)  # noqa: B010


def _import_runtime() -> None:
    try:
        importlib.import_module("lava.magma.runtime.runtime")
    except Exception as error:
        raise _unusable(error) from error


def _unusable(error: Exception) -> TargetUnavailableError:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return TargetUnavailableError(
        f"Lava cannot run here: importing it on Python {version} fails with "
        f"{type(error).__name__}: {error}; {INSTALL}"
    )


@contextmanager
def untouched_root_logger() -> Iterator[None]:
    """Undo that every Lava process adds a console handler to the root logger when it is made."""
    root = logging.getLogger()
    handlers = list(root.handlers)
    try:
        yield
    finally:
        root.handlers[:] = handlers
