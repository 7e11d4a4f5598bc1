"""What a NIR file from anyone may hold, looked at before the package ``nir`` reads it.

HDF5 can point at other files, at itself, and at arrays of any announced size: none of that is
followed or unpacked.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import h5py

from spikeff.errors import FileFormatError

MAX_FILE_BYTES = 2**32
MAX_ARRAY_BYTES = 2**32  # of all arrays together, unpacked
MAX_ITEMS = 100_000  # groups and arrays
MAX_DEPTH = 32
MAX_DIMENSIONS = 8
KINDS = "biufS"  # booleans, integers, floats, texts of fixed length


def require_plain(path: Path) -> None:
    """Raise FileFormatError, naming the item, unless all of ``path`` is within the limits."""
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise FileFormatError(f"{path}: {size} bytes; a NIR file has at most {MAX_FILE_BYTES}.")
    with h5py.File(path, "r") as file:
        waiting: list[tuple[Any, int]] = [(file, 0)]
        items = unpacked = 0
        while waiting:
            group, depth = waiting.pop()
            if depth > MAX_DEPTH:
                raise FileFormatError(f"{path}: groups nested more than {MAX_DEPTH} deep.")
            for name in group:
                owner = f"{path}, {group.name}/{name}"
                items += 1
                if items > MAX_ITEMS:
                    raise FileFormatError(f"{path}: more than {MAX_ITEMS} groups and arrays.")
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise FileFormatError(f"{owner} is a link; links are not followed.")
                item = group[name]
                if isinstance(item, h5py.Group):
                    waiting.append((item, depth + 1))
                else:
                    unpacked += _plain_bytes(owner, item)
                    if unpacked > MAX_ARRAY_BYTES:
                        raise FileFormatError(
                            f"{owner}: arrays of more than {MAX_ARRAY_BYTES} bytes together."
                        )


def _plain_bytes(owner: str, item: Any) -> int:
    """Bytes of an array unpacked; refuses what is no plain array of numbers or text."""
    if not isinstance(item, h5py.Dataset):
        raise FileFormatError(f"{owner} is a {type(item).__name__}; groups and arrays are read.")
    if item.shape is None:
        raise FileFormatError(f"{owner} is an array without a shape.")
    text = h5py.check_string_dtype(item.dtype) is not None
    if not text and item.dtype.kind not in KINDS:
        raise FileFormatError(f"{owner}: {item.dtype}; numbers and texts are read.")
    if len(item.shape) > MAX_DIMENSIONS:
        raise FileFormatError(f"{owner}: {len(item.shape)} dimensions; at most {MAX_DIMENSIONS}.")
    if item.external or item.is_virtual:
        raise FileFormatError(f"{owner} lies in another file; write it into this one.")
    return int(math.prod(item.shape) * max(item.dtype.itemsize, 1))
