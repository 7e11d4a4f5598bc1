"""Any torch data of (image, label) as a Split: Datasets of both kinds and DataLoaders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from torch.utils.data import DataLoader, Dataset, IterableDataset

from spikeff.data.classes import number_of_classes
from spikeff.data.dataset import Split
from spikeff.data.values import as_array, intensities, require_range
from spikeff.errors import DataError
from spikeff.ir.arrays import Array


def split_from_torch(
    data: Dataset[Any] | DataLoader[Any] | Iterable[Any],
    classes: int | None = None,
    samples: int | None = None,
) -> Split:
    """Read ``data`` into memory, in its own order, once; a DataLoader's batches are taken apart.

    Each item is (image, label). Images: tensors, arrays or PIL images of shape (columns,), (rows,
    columns) or (planes, rows, columns), where planes are stacked below each other (leave ``shift``
    at 0 for more than one); uint8 from 0 to 255, floats from 0 to 1, or bool. Spike trains are bool
    of shape (steps, channels). Labels: integers from 0.

    Args:
        data: What to read.
        classes: Number of classes; where None, the highest label + 1, and every class must occur.
        samples: Read only this many, the first ones; all where None.

    Raises:
        DataError: An item is anything else; names the sample.
    """
    images: list[Array] = []
    labels: list[int] = []
    for image, label in _pairs(data):
        if samples is not None and len(images) == samples:
            break
        images.append(_image(image, len(images)))
        labels.append(_label(label, len(labels)))
        if images[-1].shape != images[0].shape:
            raise DataError(
                f"sample {len(images) - 1} has shape {images[-1].shape}, the first "
                f"{images[0].shape}; bring all to one shape."
            )
    if not images or (samples is not None and len(images) < samples):
        raise DataError(f"the data hold {len(images)} samples; {samples or 'some'} are needed.")
    rows, columns = images[0].shape
    answers = np.array(labels, np.int64)
    count = number_of_classes("the data", answers, classes)
    flat = np.stack(images).reshape(len(images), rows * columns)
    require_range("the data: images", flat)
    return Split(flat, answers, (rows, columns), count)


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
