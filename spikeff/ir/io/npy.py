"""Arrays in numpy's .npy form from anywhere: sizes are checked before memory is asked for.

Only what numpy stores without pickle is read, and of that only numbers and booleans.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import numpy as np

from spikeff.errors import DataError
from spikeff.ir.arrays import Array

MAX_BYTES = 2**32  # of one file
MAX_HEADER_BYTES = 4096
MAX_DIMENSIONS = 8
KINDS = "biuf"  # booleans, signed and unsigned integers, floats
npy: Any = np.lib.format  # which numpy 1 leaves untyped
VERSIONS: dict[tuple[int, int], Callable[..., Any]] = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
}
# How long the length of a header is, by the version of .npy.
LENGTHS = {(1, 0): struct.Struct("<H"), (2, 0): struct.Struct("<I")}


def read_npy(path: Path) -> Array:
    """The array of one .npy file.

    Raises:
        DataError: The file is missing, damaged, foreign or beyond a limit; names it.
    """
    if not path.is_file():
        raise DataError(f"{path} does not exist; a .npy file of an array was expected.")
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise DataError(f"{path} has {size} bytes; at most {MAX_BYTES} are read: split the file.")
    try:
        with path.open("rb") as handle:
            return array_from(str(path), handle, size)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is not a readable .npy file ({error}).") from None


def map_npy(path: Path) -> Array:
    """The array of one .npy file as a read-only memory map, of any size.

    Raises:
        DataError: The file is missing, damaged, foreign or beyond a limit, or lies by columns;
            names it.
    """
    if not path.is_file():
        raise DataError(f"{path} does not exist; a .npy file of an array was expected.")
    try:
        with path.open("rb") as handle:
            shape, by_columns, dtype = _read_header(str(path), handle)
            start = handle.tell()
        _require_plain(str(path), shape, dtype, path.stat().st_size - start)
        if by_columns and len(shape) > 1:
            raise DataError(
                f"{path} lies by columns, so that a sample is scattered over it; write it with "
                f"numpy.save(path, numpy.ascontiguousarray(array))."
            )
        if not math.prod(shape):
            raise DataError(f"{path}: shape {shape}; there is nothing in it.")
        mapped = np.memmap(path, dtype, "r", start, shape)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is not a readable .npy file ({error}).") from None
    return np.asarray(mapped)


def array_from(owner: str, handle: IO[bytes], held: int) -> Array:
    """The array that ``handle`` goes on with, to its end.

    Args:
        owner: What to call it in an error.
        handle: At the start of the .npy form.
        held: Bytes that ``handle`` can yield.

    Raises:
        DataError: It is foreign, or its shape is not what there are bytes for.
        ValueError: It is not of the .npy form.
    """
    shape, by_columns, dtype = _read_header(owner, handle)
    needed = _require_plain(owner, shape, dtype, held)
    raw = handle.read(needed + 1)  # to the end, where zipfile checks the CRC
    if len(raw) != needed:
        raise DataError(f"{owner}: shape {shape} of {dtype} needs {needed} bytes, not {len(raw)}.")
    return np.frombuffer(raw, dtype).reshape(shape, order="F" if by_columns else "C")


def _require_plain(owner: str, shape: tuple[int, ...], dtype: np.dtype[Any], held: int) -> int:
    """Refuse what is no array of plain numbers within ``held`` bytes; the bytes it takes."""
    if dtype.kind not in KINDS or dtype.hasobject:
        raise DataError(f"{owner}: dtype {dtype}; only numbers and booleans are read.")
    if len(shape) > MAX_DIMENSIONS:
        raise DataError(f"{owner}: {len(shape)} dimensions; at most {MAX_DIMENSIONS} are read.")
    needed = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or needed > held:
        raise DataError(f"{owner}: shape {shape} of {dtype} is not what its entry holds.")
    return needed


def _read_header(owner: str, handle: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether by columns, and type of the array that ``handle`` goes on with."""
    version = npy.read_magic(handle)
    if version not in VERSIONS:
        raise DataError(f"{owner}: .npy version {version}; 1.0 and 2.0 are read.")
    length = handle.read(LENGTHS[version].size)
    size = int.from_bytes(length, "little")
    if size > MAX_HEADER_BYTES:
        raise DataError(f"{owner}: a header of {size} bytes; {MAX_HEADER_BYTES} are the most read.")
    try:
        header: tuple[tuple[int, ...], bool, np.dtype[Any]]
        header = VERSIONS[version](io.BytesIO(length + handle.read(size)))
    except Exception as error:  # numpy evaluates the header's text, which fails in many ways
        raise DataError(f"{owner}: no readable .npy header ({type(error).__name__}).") from None
    return header
