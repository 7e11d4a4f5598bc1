"""Samples in a folder of .npy files, of any size: read a few at a time, never as a whole.

A folder ``train`` stands in place of ``train.npz`` and holds, for each of its shards,

``NAME.images.npy``  (samples, ...) uint8, floats from 0 to 1 or bool, as ``spikeff.data.arrays``
                     takes them; or ``NAME.spikes.npy``, 0 or 1 (samples, steps, channels).
``NAME.labels.npy``  integers (samples,), from 0.

Shards follow one another in the order of their names. ``classes.npy``, one integer, says how many
classes there are; highest label + 1 where it is missing.
"""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path
from secrets import token_hex
from shutil import rmtree

import numpy as np

from spikeff.data.arrays import integer_labels, spike_images
from spikeff.data.classes import number_of_classes
from spikeff.data.dataset import Split
from spikeff.data.stored import StoredImages, require_usable
from spikeff.data.values import intensities, stacked
from spikeff.errors import DataError, OutputError
from spikeff.ir.arrays import Array
from spikeff.ir.io.npy import map_npy, read_npy
from spikeff.ir.io.whole_file import write_bytes_whole

IMAGES, SPIKES, LABELS, CLASSES = ".images.npy", ".spikes.npy", ".labels.npy", "classes.npy"


def read_shards(folder: Path, gaps: bool = True) -> Split:
    """The samples of a folder of shards; images stay on the disk. All are read once and checked.

    Args:
        folder: Where the shards lie.
        gaps: Whether classes may be without samples where nothing says how many there are.

    Raises:
        DataError: A file is missing or cannot be used; names it.
    """
    kind, names = _shards_in(folder)
    parts = [map_npy(folder / f"{name}{kind}") for name in names]
    shapes = {part.shape[1:] for part in parts}
    if len(shapes) > 1:
        raise DataError(f"{folder}: samples of shapes {sorted(shapes)}; bring all to one shape.")
    labels = np.concatenate([_labels(folder, n, len(p)) for n, p in zip(names, parts, strict=True)])
    given = folder / CLASSES
    said = int(read_npy(given).item()) if given.exists() else None
    classes = number_of_classes(str(folder), labels, said, gaps)
    return stored_split(str(folder), parts, labels, kind == SPIKES, classes)


def stored_split(
    owner: str, parts: list[Array], labels: Array, in_steps: bool, classes: int
) -> Split:
    """Memory-mapped arrays as a Split whose images stay where they are.

    Args:
        owner: What to call them in an error.
        parts: Arrays (samples, ...), one behind another.
        labels: Of all samples, int64.
        in_steps: Whether they are spike trains.
        classes: Number of classes.

    Raises:
        DataError: A sample cannot be used.
    """
    convert = partial(_images, owner, in_steps)
    _, rows, columns = convert(parts[0][:1]).shape
    images = StoredImages(parts, lambda some: convert(some).reshape(len(some), rows * columns))
    require_usable(f"{owner}: images", images, in_steps)
    return Split(images, labels, (rows, columns), classes)


def _images(owner: str, in_steps: bool, some: Array) -> Array:
    """Some samples as uint8 (samples, rows, columns)."""
    if in_steps:
        return spike_images(Path(owner), some)
    return stacked(f"{owner}: images", intensities(f"{owner}: images", some))


def _shards_in(folder: Path) -> tuple[str, list[str]]:
    """Whether a folder holds images or spikes, and the names of its shards in order."""
    files = sorted(file.name for file in folder.iterdir())
    found = {kind: [n.removesuffix(kind) for n in files if n.endswith(kind)] for kind in
             (IMAGES, SPIKES)}  # fmt: skip
    kinds = [kind for kind, names in found.items() if names]
    if len(kinds) != 1:
        raise DataError(
            f"{folder} holds {files[:8]}; give files NAME{IMAGES} or NAME{SPIKES}, one of the two "
            f"kinds, each with NAME{LABELS}."
        )
    return kinds[0], found[kinds[0]]


def _labels(folder: Path, name: str, samples: int) -> Array:
    file = folder / f"{name}{LABELS}"
    return integer_labels(file, read_npy(file), samples)


class ShardWriter:
    """Writes samples into a new folder of shards, a shard at a time; whole or not at all.

    A context: what was written goes where it ends before :meth:`finish`.

    Args:
        folder: To make; nothing may be there.

    Raises:
        OutputError: ``folder`` exists.
    """

    def __init__(self, folder: Path) -> None:
        if folder.exists():
            raise OutputError(f"{folder} exists; remove it, or write the samples elsewhere.")
        self._folder, self._count = folder, 0
        self._part = folder.with_name(f".{folder.name}.{token_hex(4)}.part")
        self._part.mkdir(parents=True)

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(self, *error: object) -> None:
        rmtree(self._part, ignore_errors=True)

    def add(self, images: Array, labels: Array) -> None:
        """Write one shard: images (samples, ...), or bool spikes, and labels (samples,)."""
        shown = SPIKES if images.dtype == np.bool_ else IMAGES
        for kind, array in ((shown, images), (LABELS, labels)):
            write_bytes_whole(self._part / f"{self._count:06d}{kind}", _npy(array))
        self._count += 1

    def finish(self, classes: int) -> None:
        """Give the folder its name; ``classes`` is how many the samples have."""
        write_bytes_whole(self._part / CLASSES, _npy(np.array(classes)))
        self._part.rename(self._folder)


def _npy(array: Array) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array) if array.ndim else array, allow_pickle=False)
    return buffer.getvalue()
