"""How a command that fails ends: one clear message and an exit code."""

from __future__ import annotations

import sys
from typing import NoReturn

from spikeff.cli import interrupts
from spikeff.errors import SpikeffError

INTERRUPTED = 130


def end_interrupted() -> NoReturn:
    """After Ctrl-C."""
    interrupts.show_cursor()
    _fail(
        "interrupted; what was saved is whole (go on with --resume where there is one)", INTERRUPTED
    )


def end(error: Exception) -> None:
    """After ``error``: ours, and the system's, as a message; a defect keeps its traceback."""
    if isinstance(error, SpikeffError):
        _fail(str(error), 1)
    if isinstance(error, OSError | MemoryError):
        _fail(f"{type(error).__name__}: {error}", 1)
    _end_usage(error)


def _end_usage(error: Exception) -> None:
    """Usage errors of the command line; anything else is raised again."""
    show, code = getattr(error, "show", None), getattr(error, "exit_code", None)
    if show is None or code is None:
        raise error
    if "--json" in sys.argv:
        _fail(getattr(error, "format_message", error.__str__)(), code)
    show()
    sys.exit(code)


def _fail(message: str, code: int) -> NoReturn:
    if "--json" in sys.argv:
        from spikeff.cli.output import print_json

        print_json({"error": message})
    from spikeff.cli.output import printable

    print(f"error: {printable(message)}", file=sys.stderr)
    sys.exit(code)
