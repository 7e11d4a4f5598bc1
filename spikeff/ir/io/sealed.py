"""Versioned array files without pickle: safetensors with a kind, a version and a checksum.

A file is written whole or not at all. On loading, the checksum covers arrays and metadata, so a
single flipped bit is an error and never a wrong network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikeff.errors import FileFormatError
from spikeff.ir.io.text import parse_json
from spikeff.ir.io.whole_file import write_bytes_whole

Arrays = dict[str, NDArray[Any]]
METADATA_KEY = "spikeff"
MAX_FILE_BYTES = 2**33
MAX_HEADER_BYTES = 2**24  # names, shapes and metadata
MAX_ARRAYS = 4096
MAX_DIMENSIONS = 8
KINDS = "biuf"  # booleans, signed and unsigned integers, floats


def _checksum(header: Mapping[str, Any], arrays: Arrays) -> str:
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    for name in sorted(arrays):
        array = np.asarray(arrays[name], order="C")
        digest.update(f"{name}|{array.dtype.str}|{array.shape}|".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def save_sealed(
    path: Path, kind: str, version: int, meta: Mapping[str, Any], arrays: Arrays
) -> None:
    """Write ``arrays`` and JSON-able ``meta`` to one file of the given kind and version."""
    write_bytes_whole(path, sealed_bytes(kind, version, meta, arrays))


def sealed_bytes(kind: str, version: int, meta: Mapping[str, Any], arrays: Arrays) -> bytes:
    """What :func:`save_sealed` writes."""
    from safetensors.numpy import save

    header = {"kind": kind, "version": version, "meta": dict(meta)}
    packed = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    seal = json.dumps({"header": header, "sha256": _checksum(header, packed)})
    # One metadata key: safetensors keeps no order among several, and equal content should give
    # equal bytes.
    return save(packed, metadata={METADATA_KEY: seal})


def load_sealed(path: Path, kind: str, version: int) -> tuple[dict[str, Any], Arrays]:
    """Metadata and arrays of :func:`load_versioned`, for kinds whose versions all read alike."""
    _, meta, arrays = load_versioned(path, kind, version)
    return meta, arrays


def load_versioned(path: Path, kind: str, version: int) -> tuple[int, dict[str, Any], Arrays]:
    """Read a file written by :func:`save_sealed`.

    Args:
        path: The file.
        kind: What it must be.
        version: The newest version that is read.

    Returns:
        Its version, the metadata and the arrays by name.

    Raises:
        FileFormatError: The file is absent, not of this ``kind``, newer than ``version``, or
            damaged.
    """
    if path.is_dir():
        raise FileFormatError(f"{path} is a directory; a {kind} file was expected.")
    if not path.exists():
        raise FileFormatError(f"{path} does not exist; a {kind} file was expected.")
    _require_small(path, kind)
    header, seal, arrays = _open(path, kind)
    if header.get("kind") != kind:
        raise FileFormatError(
            f"{path} holds a {header.get('kind')!r}, not a {kind!r}; "
            f"pass the file that belongs to this command."
        )
    found = header.get("version")
    if not isinstance(found, int) or found < 1:
        raise FileFormatError(f"{path}: format version {found!r} is not a version; write it again.")
    if found > version:
        raise FileFormatError(
            f"{path}: format version {found} is newer than {version}, the newest that this "
            f"spikeff reads; upgrade spikeff or export the file again with this version."
        )
    if seal != _checksum(header, arrays):
        raise FileFormatError(
            f"{path} is damaged: its content does not match its checksum; "
            f"copy it again from its source or make it again."
        )
    meta = header.get("meta")
    if not isinstance(meta, dict):
        raise FileFormatError(f"{path}: its metadata is not a table; make it again.")
    return found, meta, arrays


def kind_of_file(path: Path) -> str:
    """The kind of a file that :func:`save_sealed` wrote, by its header alone.

    Raises:
        FileFormatError: It was not written so, or its header cannot be read.
    """
    _require_small(path, "network")
    with _errors_named(path, "network"), _safe_open(path) as handle:
        metadata = handle.metadata() or {}
    kind = _header(path, "network", metadata)[0].get("kind")
    if not isinstance(kind, str):
        raise FileFormatError(f"{path}: its header names no kind; it was not written by spikeff.")
    return kind


def _require_small(path: Path, kind: str) -> None:
    """Refuse a file or a header larger than any that we write, before anything is parsed."""
    size = path.stat().st_size
    with open(path, "rb") as handle:
        header = int.from_bytes(handle.read(8), "little")
    if size > MAX_FILE_BYTES or header > MAX_HEADER_BYTES:
        raise FileFormatError(
            f"{path}: {size} bytes with a header of {header}; a {kind} file has at most "
            f"{MAX_FILE_BYTES} with {MAX_HEADER_BYTES}. It is foreign or damaged."
        )


def _require_plain(path: Path, arrays: Arrays) -> None:
    for name, array in arrays.items():
        if array.dtype.kind not in KINDS or array.ndim > MAX_DIMENSIONS:
            raise FileFormatError(
                f"{path}: array {name[:80]!r} of {array.dtype} with {array.ndim} dimensions; "
                f"numbers and booleans of up to {MAX_DIMENSIONS} are read."
            )


def _open(path: Path, kind: str) -> tuple[dict[str, Any], str, Arrays]:
    with _errors_named(path, kind), _safe_open(path) as handle:
        metadata = handle.metadata() or {}
        if len(handle.keys()) > MAX_ARRAYS:
            raise ValueError(f"more than {MAX_ARRAYS} arrays")
        arrays = {name: handle.get_tensor(name) for name in handle.keys()}  # noqa: SIM118
    _require_plain(path, arrays)
    return *_header(path, kind, metadata), arrays


def _safe_open(path: Path) -> Any:
    from safetensors import safe_open

    return safe_open(str(path), framework="numpy")


@contextmanager
def _errors_named(path: Path, kind: str) -> Iterator[None]:
    """Raise what goes wrong in reading ``path`` as a FileFormatError."""
    from safetensors import SafetensorError

    try:
        yield
    # AttributeError: numpy lacks a type that safetensors names, such as bfloat16.
    except (SafetensorError, OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        raise FileFormatError(
            f"{path} is not a readable {kind} file ({error}); it is truncated or foreign. "
            f"Copy it again from its source or make it again."
        ) from None


def _header(path: Path, kind: str, metadata: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    """Header and checksum in the metadata of a file."""
    try:
        sealed = parse_json(metadata[METADATA_KEY])
        header, seal = sealed["header"], sealed["sha256"]
    except (KeyError, ValueError, TypeError):
        raise FileFormatError(
            f"{path} was not written by spikeff: it has no readable {kind} header."
        ) from None
    if not isinstance(header, dict):
        raise FileFormatError(f"{path}: its header is not a table; it was not written by spikeff.")
    return header, seal
