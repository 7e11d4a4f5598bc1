"""Data sets: scikit-learn's digits (embedded), MNIST-like IDX files, spike tasks. One registry."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikeff import spike_tasks
from spikeff.description import Array
from spikeff.errors import DataError, UnknownNameError

MNIST_FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
DIGITS_TEST_SIZE = 360
DIGITS_SPLIT_SEED = 0
MAX_IDX_BYTES = 2**31


@dataclass(frozen=True, eq=False)
class Split:
    """images uint8 (samples, pixels), labels int64 (samples,), shape (rows, columns).

    Spike trains are images of 0 and 255 whose rows are steps and whose columns are channels.
    """

    images: Array
    labels: Array
    shape: tuple[int, int]
    classes: int

    def __len__(self) -> int:
        return len(self.labels)

    def head(self, count: int | None) -> Split:
        """The first ``count`` samples; all where None. Raises DataError where fewer exist."""
        if count is None:
            return self
        if not 1 <= count <= len(self):
            raise DataError(f"{count} samples asked for; this split holds 1 to {len(self)}.")
        return Split(self.images[:count], self.labels[:count], self.shape, self.classes)


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


def load_mnist(split: str, directory: Path | None) -> Split:
    """MNIST (LeCun et al. 1998) from its four canonical IDX .gz files in ``directory``."""
    if directory is None:
        raise DataError(
            "data set 'mnist' is read from IDX files: pass --data DIR with "
            + ", ".join(name for pair in MNIST_FILES.values() for name in pair)
            + "."
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
    if len(labels) == 0:
        raise DataError(f"{image_file} holds no image.")
    if labels.max() > 9:
        row = int(labels.argmax())
        raise DataError(f"{label_file}: label {labels[row]} at position {row}; labels are 0 to 9.")
    rows, columns = images.shape[1:]
    flat = images.reshape(len(images), rows * columns)
    return Split(flat, labels.astype(np.int64), (int(rows), int(columns)), 10)


def read_idx(path: Path) -> Array:
    """Read one IDX file of unsigned bytes, gzipped or not (format: LeCun's MNIST page).

    Raises DataError naming the file where it is missing, truncated, corrupt or of another type.
    """
    raw = _read_bytes(path)
    if len(raw) < 4 or raw[:2] != b"\0\0":
        raise DataError(
            f"{path} is not an IDX file: its magic number is {raw[:4].hex() or 'empty'}."
        )
    kind, dimensions = raw[2], raw[3]
    if kind != 0x08:
        raise DataError(f"{path}: IDX type 0x{kind:02x}; only unsigned bytes (0x08) are read.")
    header = 4 + 4 * dimensions
    if dimensions == 0 or len(raw) < header:
        raise DataError(f"{path} is truncated: {len(raw)} bytes do not hold its header.")
    shape = struct.unpack(f">{dimensions}I", raw[4:header])
    expected = math.prod(shape)
    if len(raw) - header != expected:
        state = "truncated" if len(raw) - header < expected else "corrupt"
        raise DataError(
            f"{path} is {state}: shape {shape} needs {expected} bytes of data, "
            f"it holds {len(raw) - header}; fetch it again."
        )
    return np.frombuffer(raw, dtype=np.uint8, offset=header).reshape(shape)


def _read_bytes(path: Path) -> bytes:
    if not path.exists():
        raise DataError(
            f"{path} does not exist; put the IDX file there or pass another --data DIR."
        )
    try:
        with open(path, "rb") as probe:
            zipped = probe.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if zipped else open(path, "rb") as handle:
            raw = handle.read(MAX_IDX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path} cannot be read ({error}): truncated or corrupt; fetch it again."
        ) from None
    if len(raw) > MAX_IDX_BYTES:
        raise DataError(f"{path} holds more than {MAX_IDX_BYTES} bytes, the most that is read.")
    return raw


def load_coincidence(split: str, directory: Path | None) -> Split:
    """Which channels fire together: see ``spikeff.spike_tasks``; ``directory`` is not used."""
    return _spike_trains(spike_tasks.coincidence(split))


def load_two_ears(split: str, directory: Path | None) -> Split:
    """Which delay lies between two ears: see ``spikeff.spike_tasks``; no ``directory`` needed."""
    return _spike_trains(spike_tasks.two_ears(split))


def _spike_trains(task: tuple[Array, Array]) -> Split:
    """Spikes bool (samples, steps, channels) with their labels, as a split."""
    spikes, labels = task
    samples, steps, channels = spikes.shape
    images = spikes.reshape(samples, steps * channels) * np.uint8(255)
    return Split(images, labels, (steps, channels), spike_tasks.CLASSES)


DATASETS: dict[str, Callable[[str, Path | None], Split]] = {
    "digits": load_digits,
    "mnist": load_mnist,
    "coincidence": load_coincidence,
    "two-ears": load_two_ears,
}


def load_split(dataset: str, split: str, directory: Path | None) -> Split:
    """Load ``split`` ("train" or "test") of a registered data set."""
    if dataset not in DATASETS:
        raise UnknownNameError("data set", dataset, DATASETS)
    if split not in MNIST_FILES:
        raise UnknownNameError("split", split, MNIST_FILES)
    return DATASETS[dataset](split, directory)
