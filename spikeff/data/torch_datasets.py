"""Any torch data of (image, label) as a Split: Datasets of both kinds and DataLoaders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from torch.utils.data import DataLoader, Dataset

from spikeff.data.dataset import Split
from spikeff.data.in_memory import intensities
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
        classes: Number of classes; highest label + 1 where None.
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
    count = int(answers.max()) + 1 if classes is None else classes
    if answers.max() >= count or count < 2:
        raise DataError(f"labels go up to {answers.max()}; {count} classes are 0 to {count - 1}.")
    flat = np.stack(images).reshape(len(images), rows * columns)
    return Split(flat, answers, (rows, columns), count)


def _pairs(data: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(data, DataLoader):
        for images, labels in data:
            batched = data.batch_size is not None or data.batch_sampler is not None
            yield from zip(images, labels, strict=True) if batched else [(images, labels)]
    elif hasattr(data, "__len__"):
        # By index, not by iteration, which a Dataset need not end: past its length it may raise
        # any exception.
        yield from (data[k] for k in range(len(data)))
    else:
        yield from data


def _image(value: Any, index: int) -> Array:
    array = np.asarray(value)
    if not 1 <= array.ndim <= 3 or not array.size:
        raise DataError(
            f"sample {index}: image of shape {array.shape}; give (columns,), (rows, columns) or "
            f"(planes, rows, columns)."
        )
    return intensities(f"sample {index}", array.reshape(-1, array.shape[-1]))


def _label(value: Any, index: int) -> int:
    array = np.asarray(value)
    if array.size != 1 or not np.issubdtype(array.dtype, np.integer) or array.min() < 0:
        raise DataError(f"sample {index}: label {value!r}; give an integer from 0.")
    return int(array.item())
