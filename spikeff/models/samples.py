"""What a caller may give as data, and the Split that it becomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch.utils.data import DataLoader, Dataset

from spikeff.data.arrays import write_split
from spikeff.data.classes import require_known
from spikeff.data.dataset import Split
from spikeff.data.encoders import get_encoder
from spikeff.data.in_memory import split_of_arrays
from spikeff.data.registry import ARRAYS, load_split
from spikeff.data.torch_datasets import split_from_torch
from spikeff.errors import ConfigError, DataError


def in_memory(data: Any) -> bool:
    """Whether ``data`` are samples themselves, and not where they are."""
    return data is not None and not isinstance(data, str | Path)


def split_of(data: Any, encoder: str, classes: int | None = None) -> Split:
    """Samples in memory as a Split.

    Args:
        data: (X, y), arrays or tensors as ``spikeff.data.in_memory.split_of_arrays`` takes them; a
            torch Dataset or DataLoader of (image, label); or a Split, as it is. X alone has no
            labels, and is taken where ``classes`` are known.
        encoder: Of the network, which decides whether samples are images or spike trains.
        classes: Number of classes; None for the highest label + 1.

    Raises:
        DataError: The data are anything else, or do not fit.
    """
    if isinstance(data, Split):
        return data
    if isinstance(data, Dataset | DataLoader):
        return split_from_torch(data, classes)
    in_steps = get_encoder(encoder).in_steps
    if isinstance(data, tuple | list) and len(data) == 2:
        samples, labels = data
        return split_of_arrays(samples, labels, in_steps, classes)
    if hasattr(data, "__array__") and classes is not None:
        return split_of_arrays(data, None, in_steps, classes)
    raise DataError(
        f"data of type {type(data).__name__}; give (X, y), a torch Dataset or DataLoader, a Split, "
        f"or the folder of a data set."
    )


def samples_to_test(data: Any, dataset: str, encoder: str, classes: int) -> Split:
    """Samples to evaluate on.

    Args:
        data: As in :func:`split_of`; a folder of the network's data set; or None for the test
            split of a data set that needs no folder.
        dataset: Name of the network's data set, "" for none.
        encoder: Of the network.
        classes: Of the network.

    Raises:
        DataError: There are none, or they do not fit.
    """
    if in_memory(data):
        return _known(split_of(data, encoder, classes), classes)
    if data is None and dataset in ("", ARRAYS):
        raise DataError(
            "this network was trained on data of its own, which it does not keep: give them as "
            "data=(X, y), or as the folder that holds test.npz."
        )
    directory = Path(data) if data is not None else None
    return _known(load_split(dataset or ARRAYS, "test", directory), classes)


def write_test_samples(data: Any, dataset: str, encoder: str, classes: int, file: Path) -> None:
    """Write samples in memory into ``file``, as the steps of the pipeline read them.

    Args:
        data: As in :func:`split_of`.
        dataset: Name of the network's data set, "" for none.
        encoder: Of the network.
        classes: Of the network.

    Raises:
        ConfigError: The network has a data set of its own, whose files are read.
        DataError: The data do not fit.
    """
    if dataset not in ("", ARRAYS):
        raise ConfigError(
            f"the network was trained on {dataset!r}, and its report shows these data; leave data "
            f"out, or give their folder."
        )
    write_split(file, split_of(data, encoder, classes), get_encoder(encoder).in_steps)


def _known(split: Split, classes: int) -> Split:
    require_known("the data", split.labels, classes)
    return split
