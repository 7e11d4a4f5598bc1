"""Download of the IDX data sets: only on request, whole or not at all, verified by MD5 sums."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spikeff.data.images import MNIST_FILES
from spikeff.errors import DataError, UnknownNameError
from spikeff.ir.io.whole_file import write_bytes_whole

MAX_FILE_BYTES = 64 * 2**20
TIMEOUT = 60.0  # seconds without an answer
FILES = tuple(name for pair in MNIST_FILES.values() for name in pair)


@dataclass(frozen=True)
class Source:
    """Where the four files of a data set are.

    Attributes:
        address: URL of their folder.
        md5: Their published MD5 sums, in the order of ``FILES``.
    """

    address: str
    md5: tuple[str, ...]


SOURCES = {
    "mnist": Source(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        (
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "d53e105ee54ea40749a09fcbcd1e9432",
            "9fb629c4189551a2d022fa330f9573f3",
            "ec29112dd5afa0611ce80d1b7f02629c",
        ),
    ),
    # As listed in the data set's own repository, zalandoresearch/fashion-mnist.
    "fashion-mnist": Source(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        (
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310",
        ),
    ),
    "kmnist": Source(
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        (
            "bdb82020997e1d708af4cf47b453dcf7",
            "e144d726b3acfaa3e44228e80efcd344",
            "5c965bf0a639b31b8f53240b1b52f4d7",
            "7320c461ea6c1c855c0b718fb2a4b134",
        ),
    ),
}


def download(
    name: str, directory: Path, on_file: Callable[[str], None] = lambda name: None
) -> list[Path]:
    """Fetch the four files of an IDX data set into ``directory``; those already there are kept.

    Args:
        name: Of the data set.
        directory: Where the files go.
        on_file: Called with each file's name before it is fetched.

    Returns:
        The files that were fetched.

    Raises:
        UnknownNameError: No data set of that name can be fetched.
        DataError: A file cannot be fetched, or is not the one that was published; nothing of it is
            written then.
    """
    if name not in SOURCES:
        raise UnknownNameError("data set to fetch", name, SOURCES)
    fetched = []
    for file, md5 in zip(FILES, SOURCES[name].md5, strict=True):
        path = directory / file
        if path.exists() and _md5(path.read_bytes()) == md5:
            continue
        if path.exists():
            raise DataError(
                f"{path} exists and is not {name}'s file; choose another directory or remove it."
            )
        on_file(file)
        payload = _fetch(SOURCES[name].address + file)
        if _md5(payload) != md5:
            raise DataError(
                f"{SOURCES[name].address}{file}: MD5 sum {_md5(payload)} is not the published "
                f"{md5}; try again, or take the file from another source."
            )
        write_bytes_whole(path, payload)
        fetched.append(path)
    return fetched


def _fetch(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT) as answer:
            payload: bytes = answer.read(MAX_FILE_BYTES + 1)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise DataError(
            f"{address} cannot be fetched ({error}); put the file there by hand."
        ) from None
    if len(payload) > MAX_FILE_BYTES:
        raise DataError(f"{address} is larger than {MAX_FILE_BYTES} bytes, so not the data set's.")
    return payload


def _md5(payload: bytes) -> str:
    return hashlib.md5(payload, usedforsecurity=False).hexdigest()
