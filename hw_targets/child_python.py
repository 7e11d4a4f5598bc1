"""Python processes of our own that import nothing from the working directory.

``python -m`` and ``python -c`` put the working directory in front of the modules' path, so a
``json.py`` or ``signal.py`` that lies there would be executed in place of the real one.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = Path(__file__).resolve().parents[1]
# "" stands for the working directory. sys is built in, so nothing is imported before it is gone.
START = (
    "import sys; sys.path[:] = [*filter(None, sys.path), sys.argv.pop(1)]; "
    "from {module} import main; main()"
)
_patching = threading.Lock()


def command(module: str, *arguments: str) -> list[str]:
    """Command line that calls ``main()`` of ``module``, one of ours, with ``arguments``.

    Our packages' folder comes last on its path, for where only this process knows of it.
    """
    return [sys.executable, "-c", START.format(module=module), str(PACKAGES), *arguments]


def start_resource_tracker() -> None:
    """Start Python's tracker of shared memory, where none runs yet.

    It is a process of its own, which ``multiprocessing`` starts with ``python -c`` when shared
    memory is first taken.
    """
    from multiprocessing import resource_tracker

    with _isolated_interpreters():
        resource_tracker.ensure_running()


@contextmanager
def _isolated_interpreters() -> Iterator[None]:
    """Interpreters that multiprocessing starts meanwhile get ``-I``: no working directory."""
    from multiprocessing import util

    with _patching:
        flags = util._args_from_interpreter_flags  # type: ignore[attr-defined]
        util._args_from_interpreter_flags = lambda: [*flags(), "-I"]  # type: ignore[attr-defined]
        try:
            yield
        finally:
            util._args_from_interpreter_flags = flags  # type: ignore[attr-defined]
