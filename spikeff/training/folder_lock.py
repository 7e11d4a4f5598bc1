"""One writer per folder: two trainings, or two searches, in one folder would undo each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spikeff.errors import OutputError

LOCK = ".spikeff.lock"


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Keep other writers out of ``folder``, which is made where it is missing.

    The lock is the system's: it ends with this process, however that ends. Folders that were made
    and in which nothing was written are removed again.

    Raises:
        OutputError: ``folder`` is a file, or another writer is at work there.
    """
    from filelock import FileLock, Timeout

    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file; choose a directory for --out.")
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise OutputError(
            f"another training or search is writing to {folder}; wait for its end, or choose "
            f"another --out."
        ) from None
    try:
        yield
    finally:
        (folder / LOCK).unlink(missing_ok=True)
        lock.release()
        with suppress(OSError):
            for each in made:
                each.rmdir()
