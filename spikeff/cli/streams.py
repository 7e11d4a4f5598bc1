"""Standard streams that are closed or full: an error with a message, never a loss in silence."""

from __future__ import annotations

import errno
import io
import os
import sys

from spikeff.errors import OutputError


class _Closed(io.TextIOBase):
    """Takes the place of a closed standard output: whoever writes is told."""

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, "it is closed")


def replace_closed() -> None:
    """Give streams that the caller closed a place, which no file that is opened later may take."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest that is free
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the whole process


def flush_output() -> None:
    """Write what standard output still holds.

    Raises:
        OutputError: It cannot be written.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        raise OutputError(f"standard output cannot be written: {error.strerror}") from None


def drop_output() -> None:
    """Forget what cannot be written, so that Python does not try again at exit."""
    try:
        flush_output()
    except OutputError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
