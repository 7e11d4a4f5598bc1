"""The last resort of loaders: whatever goes wrong while a file is read is one typed error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from spikeff.errors import SpikeffError


@contextmanager
def reading(file: object, error: type[SpikeffError]) -> Iterator[None]:
    """Turn what a file's content provokes into ``error``, naming ``file``.

    Each reader checks what it reads; this is for what its checks left out. Errors of this project,
    of the system and of memory pass.

    Args:
        file: What is read, for the message.
        error: What is raised for anything else.
    """
    try:
        yield
    except (SpikeffError, OSError, MemoryError):
        raise
    except Exception as failure:
        raise error(
            f"{file} cannot be read ({type(failure).__name__}: {failure}); it is damaged or "
            f"foreign: make it again, or copy it again from its source."
        ) from failure
