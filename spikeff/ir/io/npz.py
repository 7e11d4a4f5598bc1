""".npz archives of arrays from anywhere: sizes are checked before anything is unpacked.

Only what numpy stores without pickle is read, and of that only numbers and booleans. The reader
trusts nothing that an archive says about itself: every array's header is compared with the bytes
that its entry can yield before memory is asked for.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from spikeff.errors import DataError
from spikeff.ir.arrays import Array
from spikeff.ir.io.npy import array_from
from spikeff.ir.io.whole_file import write_bytes_whole

MAX_ENTRIES = 16
MAX_ARCHIVE_BYTES = 2**32  # of all arrays together, unpacked
# The end of a zip archive: the number of all its entries stands 10 bytes after the start.
END_RECORD = struct.Struct("<10sH10s")
MORE_THAN_16_BITS = 2**16 - 1
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what numpy writes
DAMAGE = (OSError, ValueError, EOFError, KeyError, RuntimeError, NotImplementedError)


def write_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write a compressed .npz that :func:`read_arrays` reads, whole or not at all."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_bytes_whole(path, buffer.getvalue())


def read_arrays(path: Path) -> dict[str, Array]:
    """Arrays of an .npz archive by name.

    Raises:
        DataError: The file is missing, damaged, foreign or beyond a limit; names it.
    """
    if not path.is_file():
        raise DataError(f"{path} does not exist; a .npz file of arrays was expected.")
    try:
        with zipfile.ZipFile(path) as archive:
            _require_small(path, archive.infolist())
            _require_known(path, archive.infolist())
            _require_all(path, archive)
            return {
                entry.filename.removesuffix(".npy"): _read_entry(path, archive, entry)
                for entry in archive.infolist()
            }
    except (*DAMAGE, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path} is not a readable .npz file ({error}).") from None


def _require_small(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or total > MAX_ARCHIVE_BYTES:
        raise DataError(
            f"{path} holds {len(entries)} entries of {total} bytes unpacked; at most {MAX_ENTRIES} "
            f"of {MAX_ARCHIVE_BYTES} bytes together are read: write fewer samples to a file."
        )


def _require_known(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    for entry in entries:
        if entry.compress_type not in COMPRESSIONS:
            raise DataError(
                f"{path}: {entry.filename[:80]!r} is compressed by method {entry.compress_type}; "
                f"write it with numpy.savez or numpy.savez_compressed."
            )


def _require_all(path: Path, archive: zipfile.ZipFile) -> None:
    """Raise DataError where the archive lists another number of entries than it declares.

    A damaged list ends early and no checksum covers it; the count in the end record shows it.
    """
    with path.open("rb") as file:
        file.seek(-END_RECORD.size - len(archive.comment), io.SEEK_END)
        _, count, _ = END_RECORD.unpack(file.read(END_RECORD.size))
    if count not in (len(archive.infolist()), MORE_THAN_16_BITS):
        raise DataError(
            f"{path} says that it holds {count} arrays and lists {len(archive.infolist())}; it is "
            f"damaged: write it again."
        )


def _read_entry(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Array:
    owner = f"{path}, array {entry.filename.removesuffix('.npy')!r}"
    with archive.open(entry) as handle:
        return array_from(owner, handle, entry.file_size)
