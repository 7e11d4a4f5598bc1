"""Child processes that end with their parent, however the parent ends, and never before it.

Lava's processes wait for messages in a loop. Where the program that started them is terminated or
killed, no handler of its own can end them; on Linux the kernel can (``prctl(2)``,
``PR_SET_PDEATHSIG``). Elsewhere nothing is changed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from hw_targets.lava.interrupts import ENDING

PR_SET_PDEATHSIG = 1
_parents: list[int] = []


@contextmanager
def ending_with_parent() -> Iterator[None]:
    """Every process forked inside ends when this one does."""
    _install()
    _parents.append(os.getpid())
    try:
        yield
    finally:
        _parents.pop()


@cache
def _install() -> None:
    """Hook into fork, once: such a hook cannot be taken back."""
    if sys.platform == "linux":
        library = ctypes.CDLL(None, use_errno=True)
        os.register_at_fork(after_in_child=lambda: _in_child(library))


def _in_child(library: Any) -> None:
    if not _parents:
        return
    library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # A terminal sends Ctrl-C to all of them; the parent alone answers, and ends the others, which
    # then have no handler of the parent's in the way.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in ENDING[1:]:
        signal.signal(number, signal.SIG_DFL)
    if os.getppid() != _parents[-1]:  # it ended before the line above
        os._exit(1)
