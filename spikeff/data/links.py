"""HDF5 files of recordings hold what they name: links could lead to any file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spikeff.errors import DataError

DEEPEST = 4  # groups within groups; recordings have two


def require_no_links(path: Path) -> None:
    """Raise DataError where a file cannot be read as HDF5, or names something by a link."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            _look(file, path, DEEPEST)
    except DataError:
        raise
    except Exception as error:  # h5py raises errors of many kinds for damaged files
        raise DataError(f"{path}: not readable as HDF5 ({error}).") from None


def _look(group: Any, path: Path, deeper: int) -> None:
    import h5py

    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise DataError(f"{path}, {name!r} is a link; links are not followed.")
        if isinstance(group[name], h5py.Group):
            if not deeper:
                raise DataError(f"{path}: groups within more than {DEEPEST} groups.")
            _look(group[name], path, deeper - 1)
