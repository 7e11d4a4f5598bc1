"""Files written whole or not at all.

A file is written under a temporary name in its folder, flushed to the disk, then renamed; then the
folder is flushed, so that not even a power cut brings half a file. A reader sees the old file or
the new one. What a killed writer leaves under a temporary name, the next write into the folder
removes.

A link is followed: the file that it leads to is replaced. A file that exists keeps its permissions.
What exists and is no regular file, such as a device, is refused.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from spikeff.errors import OutputError

if sys.platform != "win32":
    import fcntl

TEMPORARY = re.compile(r"\.spikeff-[0-9a-f]{8}\.tmp")
PRIVATE, USUAL = 0o600, 0o666  # the second as far as the caller's umask lets it


def write_bytes_whole(path: Path, payload: bytes) -> None:
    """Write ``payload`` to ``path`` so that a reader sees the old file or the new one, whole.

    Raises:
        OutputError: ``path`` exists and is no regular file.
        OSError: It cannot be written; names it.
    """
    write_together({path: payload})


def write_together(files: Mapping[Path, bytes], gone: Iterable[Path] = ()) -> None:
    """Write several files, the first of which the others describe, whole or not at all.

    Until all are on the disk nothing is replaced. A kill in between may then leave some of the
    others missing, but never one of before beside the new first one.

    Args:
        files: What to write, by path.
        gone: Files that do not go with the new first one, and are removed before it is there.

    Raises:
        OutputError: One of them exists and is no regular file.
        OSError: One of them cannot be written; names it.
    """
    with ExitStack() as stack:
        staged = [stack.enter_context(_staged(path, files[path])) for path in files]
        for other in (*gone, *(file.target for file in staged[1:])):
            other.unlink(missing_ok=True)
        for file in staged:
            file.publish()
    for folder in {file.target.parent for file in staged}:
        _flush_folder(folder)


def require_place(path: Path) -> Path:
    """Where a file ``path`` would be written, links followed.

    Raises:
        OutputError: ``path`` exists and is no regular file.
        OSError: It cannot be reached.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return Path(os.path.realpath(path))
    if stat.S_ISDIR(mode):
        raise OutputError(f"{path} is a directory; name a file to write.")
    if not stat.S_ISREG(mode):
        raise OutputError(
            f"{path} is no regular file but a device, pipe or socket, which would be replaced by "
            f"one; name a file to write."
        )
    return Path(os.path.realpath(path))


@dataclass(frozen=True)
class _Staged:
    """A file that is on the disk under a temporary name."""

    path: Path
    target: Path
    temporary: Path

    def publish(self) -> None:
        """Give it its own name."""
        with _naming(self.path):
            os.replace(self.temporary, self.target)


@contextmanager
def _staged(path: Path, payload: bytes) -> Iterator[_Staged]:
    """``payload`` under a temporary name, which is gone afterwards."""
    target = require_place(path)
    with _naming(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(target.parent)
        before = target.stat() if target.exists() else None
        descriptor, temporary = _create(target.parent, USUAL if before is None else PRIVATE)
    try:
        with _naming(path):
            _fill(descriptor, payload)
            if before is not None:
                _permit(temporary, before)
        yield _Staged(path, target, temporary)
    finally:
        os.close(descriptor)
        temporary.unlink(missing_ok=True)


def _fill(descriptor: int, payload: bytes) -> None:
    with open(descriptor, "wb", closefd=False) as handle:
        handle.write(payload)
    os.fsync(descriptor)


def _permit(temporary: Path, before: os.stat_result) -> None:
    """Owner and permissions of the file before, as far as this process may give them."""
    with suppress(PermissionError, AttributeError):  # no such call on Windows
        os.chown(temporary, before.st_uid, before.st_gid)
    with suppress(PermissionError):
        os.chmod(temporary, stat.S_IMODE(before.st_mode) & 0o777)


def _create(folder: Path, mode: int) -> tuple[int, Path]:
    """A new file under a temporary name, locked for as long as it is open."""
    while True:
        temporary = folder / f".spikeff-{secrets.token_hex(4)}.tmp"
        with suppress(FileExistsError):
            descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
            _lock(descriptor, wait=True)
            if os.fstat(descriptor).st_nlink:
                return descriptor, temporary
            os.close(descriptor)  # taken for abandoned before it was locked


def _remove_abandoned(folder: Path) -> None:
    """Remove what killed writers left: temporary files that nobody holds open."""
    for entry in folder.glob(".spikeff-*.tmp"):
        if TEMPORARY.fullmatch(entry.name):
            with suppress(OSError):
                descriptor = os.open(entry, os.O_RDWR)
                try:
                    if _lock(descriptor, wait=False):
                        entry.unlink()
                finally:
                    os.close(descriptor)


def _lock(descriptor: int, wait: bool) -> bool:
    """Whether this process holds the file now; where files cannot be locked, no one ever does."""
    if sys.platform == "win32":
        return wait
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _flush_folder(folder: Path) -> None:
    """Put the new name on the disk, where folders can be flushed."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Errors of the system name the file that was to be written, not a temporary one."""
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None
