"""How a command that fails ends: one clear message and an exit code."""

from __future__ import annotations

import contextlib
import signal
import sys
from typing import NoReturn

from spikeff.cli import interrupts, streams
from spikeff.errors import SpikeffError

INTERRUPTED = 130


def end_interrupted() -> NoReturn:
    """After Ctrl-C, or a request to end."""
    interrupts.show_cursor()
    number = interrupts.received() or signal.SIGINT
    how = "interrupted" if number == signal.SIGINT else f"ended by {signal.Signals(number).name}"
    _fail(f"{how}; what was saved is whole (go on with --resume where there is one)", 128 + number)


def end(error: Exception) -> None:
    """After ``error``: ours, and the system's, as a message; a defect keeps its traceback."""
    message = message_of(error)
    if message is not None:
        _fail(message, 1)
    _end_usage(error)


def message_of(error: Exception) -> str | None:
    """What a command says about ``error``; None for a defect of the program."""
    if isinstance(error, SpikeffError):
        return str(error)
    if _found_no_memory(error):
        first = str(error).strip().partition("\n")[0] or "out of memory"
        return (
            f"{type(error).__name__}: {first}: what was saved is whole; give fewer --samples, a "
            f"smaller schedule.batch_size or smaller layers, or use a machine with more memory."
        )
    if isinstance(error, OSError | RecursionError):
        return f"{type(error).__name__}: {error}"
    return None


def _found_no_memory(error: Exception) -> bool:
    """Whether ``error`` is Python's, numpy's or torch's way to say so; torch has no type for it."""
    says_so = any(text in str(error).lower() for text in ("allocate memory", "out of memory"))
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and says_so)


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

        with contextlib.suppress(OSError, SpikeffError):  # standard output may be what failed
            print_json({"error": message})
    streams.drop_output()
    from spikeff.cli.output import printable

    with contextlib.suppress(OSError):
        print(f"error: {printable(message)}", file=sys.stderr)
    sys.exit(code)
