"""CIFAR-10 from JPEG files in one zip: 32 x 32 colour pictures of ten classes.

``cifar10_jpeg.zip`` in ``--data DIR`` holds ``train/CLASS/NAME.jpg`` and ``test/CLASS/NAME.jpg``.
JPEG loses detail, so that results are not those on the original arrays (Krizhevsky 2009): call them
CIFAR-10 (JPEG). Classes are numbered in the order of their names, which is that of the originals.
"""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from pathlib import Path, PurePosixPath

import numpy as np

from spikeff.data.dataset import Split
from spikeff.errors import DataError
from spikeff.ir.arrays import Array

FILE = "cifar10_jpeg.zip"
CLASSES, SIDE, PLANES = 10, 32, 3
MAX_PICTURE_BYTES = 2**16  # as packed in the zip and unpacked
MAX_PICTURES = 2**17
ORDER_SEED = 0
# What a damaged, encrypted or foreign archive raises while it is unpacked.
DAMAGE = (OSError, EOFError, RuntimeError, zlib.error, lzma.LZMAError)


def load_cifar10(split: str, directory: Path | None) -> Split:
    """The pictures of "train" or "test", classes mixed in a fixed order, planes below each other.

    Raises:
        DataError: No directory is given, or its zip is missing, damaged or holds anything else.
    """
    if directory is None:
        raise DataError(
            f"data set 'cifar10-jpeg' is read from a file: pass --data DIR with {FILE}."
        )
    path = directory / FILE
    if not path.exists():
        raise DataError(f"{path} does not exist; put it there or pass another --data DIR.")
    try:
        with zipfile.ZipFile(path) as archive:
            listed = _listed(path, archive, split)
            pictures = [_picture(path, archive, member) for member, _ in listed]
    except (*DAMAGE, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read as a zip ({error}); fetch it again.") from None
    labels = np.array([label for _, label in listed], np.int64)
    order = np.random.default_rng(ORDER_SEED).permutation(len(labels))
    images = np.stack(pictures)[order].transpose(0, 3, 1, 2).reshape(len(labels), -1)
    return Split(images, labels[order], (PLANES * SIDE, SIDE), CLASSES, PLANES)


def _listed(path: Path, archive: zipfile.ZipFile, split: str) -> list[tuple[zipfile.ZipInfo, int]]:
    """The pictures of a split by name, each with its label."""
    infos = archive.infolist()
    if len(infos) > MAX_PICTURES:
        raise DataError(f"{path} holds {len(infos)} files; at most {MAX_PICTURES} are read.")
    named = sorted((_class_of(info.filename, split), info.filename, info) for info in infos)
    kept = [(info, kind) for kind, _, info in named if kind]
    kinds = sorted({kind for _, kind in kept})
    if len(kinds) != CLASSES:
        raise DataError(
            f"{path}: {split}/ holds {len(kinds)} classes, {', '.join(kinds) or 'none'}; CIFAR-10 "
            f"has {CLASSES}, with pictures as {split}/CLASS/NAME.jpg."
        )
    return [(info, kinds.index(kind)) for info, kind in kept]


def _class_of(name: str, split: str) -> str:
    """The class that a member's path says; "" for what is no picture of the split."""
    parts = PurePosixPath(name).parts
    return parts[1] if len(parts) == 3 and parts[0] == split and name.endswith(".jpg") else ""


def _picture(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Array:
    """Pixels uint8 (rows, columns, planes)."""
    from PIL import Image

    owner = f"{path}, {info.filename}"
    if max(info.file_size, info.compress_size) > MAX_PICTURE_BYTES:
        raise DataError(f"{owner}: {info.file_size} bytes; pictures have {MAX_PICTURE_BYTES}.")
    try:
        with Image.open(io.BytesIO(archive.read(info)), formats=("JPEG",)) as picture:
            if (picture.size, picture.mode) != ((SIDE, SIDE), "RGB"):
                raise DataError(
                    f"{owner}: {picture.size[0]} x {picture.size[1]}, {picture.mode}; CIFAR-10 has "
                    f"pictures of {SIDE} x {SIDE}, RGB."
                )
            return np.asarray(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"{owner} cannot be read as JPEG ({error}); fetch the zip again.") from None
