"""Any torch data of (image, label) as a Split or as shards: Datasets of both kinds, DataLoaders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

import numpy as np
from torch.utils.data import DataLoader, Dataset, IterableDataset

from spikeff.data.classes import number_of_classes
from spikeff.data.dataset import Split
from spikeff.data.shards import ShardWriter, read_shards
from spikeff.data.values import as_array, intensities, require_range
from spikeff.errors import DataError
from spikeff.ir.arrays import Array

# Bytes of images up to which samples are kept in memory; more are written to a temporary folder.
MEMORY_BYTES = 2**30
SHARD_BYTES = 2**26  # of the images of one shard


def split_from_torch(
    data: Dataset[Any] | DataLoader[Any] | Iterable[Any],
    classes: int | None = None,
    samples: int | None = None,
) -> Split:
    """Read ``data`` in its own order, once; a DataLoader's batches are taken apart.

    Each item is (image, label). Images: tensors, arrays or PIL images of shape (columns,), (rows,
    columns) or (planes, rows, columns), where planes are stacked below each other (leave ``shift``
    at 0 for more than one); uint8 from 0 to 255, floats from 0 to 1, or bool. Spike trains are bool
    of shape (steps, channels). Labels: integers from 0. Beyond ``MEMORY_BYTES`` the images go to
    shards in a temporary folder, which goes with the split.

    Args:
        data: What to read.
        classes: Number of classes; where None, the highest label + 1, and every class must occur.
        samples: Read only this many, the first ones; all where None.

    Raises:
        DataError: An item is anything else; names the sample.
    """
    held: list[tuple[Array, Array]] = []
    batches = batches_of(data, SHARD_BYTES, samples)
    for batch in batches:
        held.append(batch)
        if sum(images.nbytes for images, _ in held) > MEMORY_BYTES:
            return _spooled(chain(held, batches), classes)
    images = np.concatenate([part for part, _ in held])
    answers = np.concatenate([part for _, part in held])
    count = number_of_classes("the data", answers, classes)
    _, rows, columns = images.shape
    flat = images.reshape(len(images), rows * columns)
    require_range("the data: images", flat)
    return Split(flat, answers, (rows, columns), count)


def _spooled(batches: Iterable[tuple[Array, Array]], classes: int | None) -> Split:
    """Batches as a split whose images lie in a temporary folder."""
    folder = Path(mkdtemp(prefix="spikeff-"))
    try:
        _write(folder / "samples", batches, classes)
        split = read_shards(folder / "samples")
    except BaseException:
        rmtree(folder, ignore_errors=True)
        raise
    finalize(split.images, rmtree, folder, ignore_errors=True)
    return split


def write_shards(
    folder: Path | str,
    samples: Dataset[Any] | DataLoader[Any] | Iterable[Any],
    classes: int | None = None,
    shard_bytes: int = SHARD_BYTES,
) -> None:
    """Write samples of any number into a folder of shards, holding one shard in memory.

    Args:
        folder: To make: ``DIR/train`` or ``DIR/test`` of a data set of one's own.
        samples: Items as :func:`split_from_torch` takes them.
        classes: Number of classes; where None, the highest label + 1, and every class must occur.
        shard_bytes: Of the images of one shard.

    Raises:
        DataError: An item cannot be used; names the sample.
        OutputError: ``folder`` exists.
    """
    _write(Path(folder), batches_of(samples, shard_bytes), classes)


def _write(folder: Path, batches: Iterable[tuple[Array, Array]], classes: int | None) -> None:
    with ShardWriter(folder) as writer:
        labels = []
        for images, of_batch in batches:
            writer.add(images, of_batch)
            labels.append(of_batch)
        writer.finish(number_of_classes("the data", np.concatenate(labels), classes))


def batches_of(
    data: Dataset[Any] | DataLoader[Any] | Iterable[Any],
    most_bytes: int,
    samples: int | None = None,
) -> Iterator[tuple[Array, Array]]:
    """Images uint8 (samples, rows, columns) and labels int64, as many at a time as fit.

    Args:
        data: What to read, see :func:`split_from_torch`.
        most_bytes: Of the images of one batch; a single one may be larger.
        samples: How many to read; all where None.

    Raises:
        DataError: An item cannot be used; names the sample.
    """
    images: list[Array] = []
    labels: list[int] = []
    shape, count = None, 0
    for image, label in islice(_pairs(data), samples):
        images.append(_image(image, count))
        labels.append(_label(label, count))
        shape = shape or images[0].shape
        if images[-1].shape != shape:
            raise DataError(
                f"sample {count} has shape {images[-1].shape}, the first {shape}; bring all to "
                f"one shape."
            )
        count += 1
        if (len(images) + 1) * images[0].nbytes > most_bytes:
            yield np.stack(images), np.array(labels, np.int64)
            images, labels = [], []
    if images:
        yield np.stack(images), np.array(labels, np.int64)
    if not count or (samples is not None and count < samples):
        raise DataError(f"the data hold {count} samples; {samples or 'some'} are needed.")


def _pairs(data: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(data, DataLoader):
        batched = data.batch_size is not None or data.batch_sampler is not None
        for index, batch in enumerate(data):
            images, labels = _pair(batch, f"batch {index}")
            yield from zip(images, labels, strict=True) if batched else [(images, labels)]
    else:
        for index, item in enumerate(_items(data)):
            yield _pair(item, f"sample {index}")


def _items(data: Any) -> Iterator[Any]:
    by_index = hasattr(data, "__len__") and hasattr(data, "__getitem__")
    # An iterable data set inherits __getitem__ and may have a length.
    if by_index and not isinstance(data, IterableDataset):
        # Not by iteration, which a Dataset need not end: past its length it may raise anything.
        yield from (data[k] for k in range(len(data)))
    else:
        yield from data


def _pair(item: Any, owner: str) -> tuple[Any, Any]:
    if not isinstance(item, tuple | list) or len(item) != 2:
        what = f"{len(item)} values" if isinstance(item, tuple | list) else type(item).__name__
        raise DataError(
            f"{owner}: {what}; give (image, label), as by a Dataset of your own that leaves out "
            f"the rest."
        )
    image, label = item
    return image, label


def _image(value: Any, index: int) -> Array:
    owner = f"sample {index}: image"
    array = as_array(owner, value)
    if not 1 <= array.ndim <= 3 or not array.size:
        raise DataError(
            f"{owner} of shape {array.shape}; give (columns,), (rows, columns) or (planes, rows, "
            f"columns)."
        )
    return intensities(owner, array.reshape(-1, array.shape[-1]))


def _label(value: Any, index: int) -> int:
    array = as_array(f"sample {index}: label", value)
    if array.size != 1 or not np.issubdtype(array.dtype, np.integer) or array.min() < 0:
        raise DataError(f"sample {index}: label {value!r}; give an integer from 0.")
    return int(array.item())
