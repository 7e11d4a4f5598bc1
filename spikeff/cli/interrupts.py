"""Ctrl-C ends a command, whatever a library makes of the KeyboardInterrupt on its way up.

Some swallow it, some turn it into an error of their own, most often while they are imported. That
it was pressed is therefore remembered where nothing can lose it.
"""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType

_pressed = False


def listen() -> None:
    """Remember that Ctrl-C was pressed, and raise KeyboardInterrupt as usual.

    An interrupt that the caller ignores, as for jobs in the background, stays ignored.
    """
    global _pressed
    _pressed = False
    on_main = threading.current_thread() is threading.main_thread()
    if on_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _press)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _unraisable


def _unraisable(lost: sys.UnraisableHookArgs) -> None:
    """Say nothing of a KeyboardInterrupt that came while an object was being released."""
    if not issubclass(lost.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(lost)


def _press(number: int, frame: FrameType | None) -> None:
    global _pressed
    _pressed = True
    signal.default_int_handler(number, frame)


def pressed() -> bool:
    """Whether Ctrl-C was pressed since :func:`listen`."""
    return _pressed


def raise_if_pressed() -> None:
    """Raise a KeyboardInterrupt that got lost."""
    if _pressed:
        raise KeyboardInterrupt


def show_cursor() -> None:
    """Show the terminal's cursor, which a progress bar that had just begun may have hidden."""
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[?25h")


def end_quietly() -> None:
    """Nothing that comes now disturbs the end of the process, nor its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Where Python ran code from text while Ctrl-C was pressed, it remembers that as how the program
    # ends, and would send itself the signal at exit. Running code from text makes it forget.
    exec("")
