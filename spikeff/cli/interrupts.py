"""Ctrl-C, or a request to end, ends a command, whatever a library makes of it on its way up.

Both raise KeyboardInterrupt, so that what was begun is put away: processes, temporary folders. Some
libraries swallow it, some turn it into an error of their own, most often while they are imported.
That it came is therefore remembered where nothing can lose it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from types import FrameType

# Ctrl-C; and what batch systems, containers and closed terminals send.
NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
ENDING = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
PATIENCE = 10.0  # s, for what was begun to be put away; the next request then ends at once
_received: int | None = None
_since = 0.0


def listen() -> None:
    """Remember a request to end, and raise KeyboardInterrupt.

    A signal that the caller ignores, as for jobs in the background, stays ignored.
    """
    global _received
    _received = None
    usual = (signal.default_int_handler, signal.SIG_DFL)
    if threading.current_thread() is threading.main_thread():
        for number in ENDING:
            if signal.getsignal(number) in usual:
                signal.signal(number, _receive)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _unraisable


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """Say nothing of a KeyboardInterrupt that came while an object was being released."""
    if not issubclass(lost.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(lost)


def _receive(number: int, frame: FrameType | None) -> None:
    """Raise, but where the command is ending already: what is put away then is not disturbed."""
    global _received, _since
    if not _is_ending():
        _received, _since = _received or number, time.monotonic()
        raise KeyboardInterrupt
    if time.monotonic() - _since > PATIENCE:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _is_ending() -> bool:
    """Whether a KeyboardInterrupt is on its way up through what was interrupted."""
    error = sys.exc_info()[1]
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def received() -> int | None:
    """The first signal that asked for the end since :func:`listen`."""
    return _received


def raise_if_received() -> None:
    """Raise a KeyboardInterrupt that got lost."""
    if _received is not None:
        raise KeyboardInterrupt


def show_cursor() -> None:
    """Show the terminal's cursor, which a progress bar that had just begun may have hidden."""
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[?25h")


def end_quietly() -> None:
    """Nothing that comes now disturbs the end of the process, nor its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in ENDING[1:]:
        if signal.getsignal(number) is _receive:
            signal.signal(number, signal.SIG_DFL)
    # Where Python ran code from text while Ctrl-C was pressed, it remembers that as how the program
    # ends, and would send itself the signal at exit. Running code from text makes it forget.
    exec("")
