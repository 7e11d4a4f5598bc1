"""Pictures of ten classes: scikit-learn's digits, and MNIST and its likes from IDX files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.idx import read_idx
from spikeff.data.known_images import known_as
from spikeff.errors import DataError
from spikeff.ir.arrays import Array

MNIST_FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
DIGITS_TEST_SIZE = 360
DIGITS_SPLIT_SEED = 0


def load_digits(split: str, directory: Path | None) -> Split:
    """scikit-learn's 1,797 real 8x8 digits (UCI, Alpaydin and Kaynak 1998).

    A fixed stratified split: 1,437 to train, 360 to test. ``directory`` is not used.
    """
    from sklearn.datasets import load_digits as bundled
    from sklearn.model_selection import train_test_split

    bunch = bundled()
    images = np.round(bunch.data * (255 / 16)).astype(np.uint8)
    train, test = train_test_split(
        np.arange(len(images)),
        test_size=DIGITS_TEST_SIZE,
        stratify=bunch.target,
        random_state=DIGITS_SPLIT_SEED,
    )
    rows = train if split == "train" else test
    return Split(images[rows], bunch.target[rows].astype(np.int64), (8, 8), 10)


def load_idx(name: str, split: str, directory: Path | None) -> Split:
    """A data set of ten classes from its four canonical IDX .gz files in ``directory``.

    MNIST (LeCun et al. 1998), Fashion-MNIST (Xiao et al. 2017) and KMNIST (Clanuwat et al. 2018)
    have the same file names: keep each in a directory of its own.

    Raises:
        DataError: No directory is given, or its files are missing, damaged, do not fit together or
            are those of another of these sets.
    """
    if directory is None:
        raise DataError(
            f"data set {name!r} is read from IDX files: pass --data DIR with "
            + ", ".join(name for pair in MNIST_FILES.values() for name in pair)
            + f"; `spikeff data {name} --out DIR` fetches them."
        )
    image_file, label_file = (directory / name for name in MNIST_FILES[split])
    images, labels = read_idx(image_file), read_idx(label_file)
    if images.ndim != 3:
        raise DataError(f"{image_file} has {images.ndim} dimensions; images need 3.")
    if labels.ndim != 1:
        raise DataError(f"{label_file} has {labels.ndim} dimensions; labels need 1.")
    if len(images) != len(labels):
        raise DataError(
            f"{image_file} holds {len(images)} images but {label_file} {len(labels)} labels; "
            f"they belong to different splits: take both from one source."
        )
    if images.size == 0:
        raise DataError(f"{image_file} holds no image.")
    _require_own(name, image_file, images)
    if labels.max() > 9:
        row = int(labels.argmax())
        raise DataError(f"{label_file}: label {labels[row]} at position {row}; labels are 0 to 9.")
    rows, columns = images.shape[1:]
    flat = images.reshape(len(images), rows * columns)
    return Split(flat, labels.astype(np.int64), (int(rows), int(columns)), 10)


def _require_own(name: str, file: Path, images: Array) -> None:
    other = known_as(images)
    if other not in (None, name):
        raise DataError(
            f"{file} holds the images of {other}, and {name} was asked for: these sets share their "
            f"file names. Pass the directory of {name} (`spikeff data {name} --out DIR` fetches "
            "it)."
        )
