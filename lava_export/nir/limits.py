"""What an HDF5 file from anyone may hold, looked at before anything of it is used.

HDF5 can point at other files, at itself, at arrays of any announced size, and many times at one
text; a compressed chunk can unpack to more than it announces. None of that is followed or unpacked.
"""

from __future__ import annotations

import math
import zlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np

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
GZIP = h5py.h5z.FILTER_DEFLATE
FILTERS = {GZIP, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
SUM_BYTES = 4  # which Fletcher's checksum adds to a chunk


def require_plain(path: Path, kind: str) -> None:
    """Check that all of a file is within the limits.

    Args:
        path: The file.
        kind: What it should be, for the message: "NIR", "netx".

    Raises:
        FileFormatError: It is not; the message names the item.
    """
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise FileFormatError(f"{path}: {size} bytes; a {kind} file has at most {MAX_FILE_BYTES}.")
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
                    unpacked += _plain_bytes(owner, item, size)
                    if unpacked > MAX_ARRAY_BYTES:
                        raise FileFormatError(
                            f"{owner}: arrays of more than {MAX_ARRAY_BYTES} bytes together, at "
                            f"{NUMBER_BYTES} a number."
                        )


def _plain_bytes(owner: str, item: Any, file_bytes: int) -> int:
    """Bytes of an array unpacked; refuses what is no plain array of numbers or text."""
    if not isinstance(item, h5py.Dataset):
        raise FileFormatError(f"{owner} is a {type(item).__name__}; groups and arrays are read.")
    if item.shape is None:
        raise FileFormatError(f"{owner} is an array without a shape.")
    text = h5py.check_string_dtype(item.dtype)
    if text is None and item.dtype.kind not in KINDS:
        raise FileFormatError(f"{owner}: {item.dtype}; numbers and texts are read.")
    if len(item.shape) > MAX_DIMENSIONS:
        raise FileFormatError(f"{owner}: {len(item.shape)} dimensions; at most {MAX_DIMENSIONS}.")
    if item.external or item.is_virtual:
        raise FileFormatError(f"{owner} lies in another file; write it into this one.")
    # A chunk is unpacked whole, however few of its numbers belong to the array.
    numbers = max(math.prod(item.shape), math.prod(item.chunks or (0,)))
    size = numbers * item.dtype.itemsize
    if size > UNSTORED + MAX_RATIO * item.id.get_storage_size():
        raise FileFormatError(
            f"{owner}: {size} bytes, of which {item.id.get_storage_size()} are stored; write its "
            f"numbers into the file."
        )
    if size <= MAX_ARRAY_BYTES:
        _require_honest_chunks(owner, item)
    if text is not None and text.length is None:
        return _text_bytes(owner, item, file_bytes)
    return int(numbers * max(item.dtype.itemsize, 0 if text else NUMBER_BYTES))


def _require_honest_chunks(owner: str, item: Any) -> None:
    """Refuse a compressed chunk that unpacks to more than its numbers take: gzip tries it first."""
    layout = item.id.get_create_plist()
    filters = [layout.get_filter(k)[0] for k in range(layout.get_nfilters())]
    if set(filters) - FILTERS or filters.count(GZIP) > 1:
        raise FileFormatError(
            f"{owner} is stored by {item.compression or 'filters'!r} of HDF5 (numbers {filters}); "
            f"write it as it is or by gzip, once."
        )
    if GZIP not in filters:
        return
    if item.id.get_num_chunks() > MAX_ITEMS:
        raise FileFormatError(f"{owner}: more than {MAX_ITEMS} chunks; write larger ones.")
    chunks: list[Any] = []
    item.id.chunk_iter(chunks.append)
    most = math.prod(item.chunks) * item.dtype.itemsize + SUM_BYTES
    for chunk in chunks:
        if chunk.filter_mask >> filters.index(GZIP) & 1:
            continue  # stored as it is
        stored = b""
        if chunk.size <= most + UNSTORED:
            stored = item.id.read_direct_chunk(chunk.chunk_offset)[1]
        if not stored or len(zlib.decompressobj().decompress(stored, most + 1)) > most:
            raise FileFormatError(
                f"{owner}: a chunk of {chunk.size} bytes unpacks to more than the {most} that its "
                f"numbers take; the file is damaged or foreign."
            )


def _text_bytes(owner: str, item: Any, file_bytes: int) -> int:
    """Bytes of texts of any length, each read for itself where many may be one and the same."""
    count = math.prod(item.shape)
    if count > MAX_ITEMS:
        raise FileFormatError(f"{owner}: {count} texts; at most {MAX_ITEMS} are read.")
    if count * file_bytes <= MAX_ARRAY_BYTES:
        return int(count * item.dtype.itemsize)
    total = 0
    for place in np.ndindex(item.shape):
        total += len(item[place])
        if total > MAX_ARRAY_BYTES:
            raise FileFormatError(
                f"{owner}: texts of more than {MAX_ARRAY_BYTES} bytes together; the file is "
                f"damaged or foreign."
            )
    return total
