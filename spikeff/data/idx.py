"""IDX files of unsigned bytes: the format of MNIST, Fashion-MNIST and KMNIST.

Described on LeCun's MNIST page.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from spikeff.errors import DataError
from spikeff.ir.arrays import Array

MAX_IDX_BYTES = 2**31  # unpacked
MAX_DIMENSIONS = 8
UNSIGNED_BYTE = 0x08


def read_idx(path: Path) -> Array:
    """Read one IDX file of unsigned bytes, gzipped or not.

    Of a gzipped file no more is unpacked than its header declares, and never more than
    ``MAX_IDX_BYTES``.

    Raises:
        DataError: The file is missing, truncated, corrupt, too large or of another type.
    """
    if not path.exists():
        raise DataError(
            f"{path} does not exist; put the IDX file there or pass another --data DIR."
        )
    try:
        with open(path, "rb") as probe:
            zipped = probe.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if zipped else open(path, "rb") as handle:
            dimensions = _dimensions(path, handle.read(4))
            sizes = handle.read(4 * dimensions)
            if len(sizes) < 4 * dimensions:
                raise DataError(
                    f"{path} is truncated: {4 + len(sizes)} bytes hold no whole header."
                )
            shape = struct.unpack(f">{dimensions}I", sizes)
            expected = math.prod(shape)
            if not expected:
                raise DataError(f"{path}: shape {shape} holds nothing; fetch it again.")
            if expected > MAX_IDX_BYTES:
                raise DataError(
                    f"{path}: shape {shape} is {expected} bytes; {MAX_IDX_BYTES} are the most that "
                    f"is read: split the file."
                )
            raw = handle.read(expected + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path} cannot be read ({error}): truncated or corrupt; fetch it again."
        ) from None
    if len(raw) != expected:
        state, held = ("truncated", len(raw)) if len(raw) < expected else ("corrupt", "more")
        raise DataError(
            f"{path} is {state}: shape {shape} needs {expected} bytes of data, it holds {held}; "
            f"fetch it again."
        )
    return np.frombuffer(raw, dtype=np.uint8).reshape(shape)


def _dimensions(path: Path, magic: bytes) -> int:
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise DataError(f"{path} is not an IDX file: its magic number is {magic.hex() or 'empty'}.")
    kind, dimensions = magic[2], magic[3]
    if kind != UNSIGNED_BYTE:
        raise DataError(f"{path}: IDX type 0x{kind:02x}; only unsigned bytes (0x08) are read.")
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise DataError(f"{path}: {dimensions} dimensions; 1 to {MAX_DIMENSIONS} are read.")
    return dimensions
