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
MAX_ARRAY_BYTES = 2**30  # of all arrays together, unpacked to 8 bytes a number
MAX_RATIO = 1100  # bytes unpacked per stored byte: no compression of HDF5's does more
UNSTORED = 2**20  # bytes of an array up to which it may be stored nowhere, as its fill value
MAX_ITEMS = 100_000  # groups and arrays
MAX_DEPTH = 32
MAX_DIMENSIONS = 8
NUMBER_BYTES = 8
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
                owner = f"{path}, {group.name + '/' + name!r}"
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
                            f"{owner}: arrays of more than {MAX_ARRAY_BYTES} bytes together, at "
                            f"{NUMBER_BYTES} a number."
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
    numbers = math.prod(item.shape)
    size = numbers * item.dtype.itemsize
    if size > UNSTORED + MAX_RATIO * item.id.get_storage_size():
        raise FileFormatError(
            f"{owner}: {size} bytes, of which {item.id.get_storage_size()} are stored; write its "
            f"numbers into the file."
        )
    return int(numbers * max(item.dtype.itemsize, 0 if text else NUMBER_BYTES))
