"""Samples for a network: of its data set, or spikes from a file for networks made elsewhere."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Protocol

import numpy as np

from spikeff.datasets import Split, load_split
from spikeff.description import Array, Readout
from spikeff.errors import DataError

NO_LABEL = -1


class TakesSamples(Protocol):
    """What a network says about its data."""

    @property
    def dataset(self) -> str: ...
    @property
    def readout(self) -> Readout: ...


def load_samples(
    network: TakesSamples, split: str, data: Path | None, spikes: Path | None
) -> Split:
    """Samples of the ``spikes`` file where given, else of the network's data set.

    Raises DataError where a network without a data set is given no spikes.
    """
    if spikes is not None:
        return load_spike_file(spikes, network.readout.classes)
    if not network.dataset:
        raise DataError(
            "this network was made elsewhere and has no data set; pass --spikes FILE.npz with "
            "'spikes' (samples, steps, channels) and, where known, 'labels' (samples,)."
        )
    return load_split(network.dataset, split, data)


def load_spike_file(path: Path, classes: int) -> Split:
    """Read ``spikes`` (samples, steps, channels), 0 or 1, and ``labels`` (samples,) from .npz.

    Labels that are not given are ``NO_LABEL``. Raises DataError, naming the file, for anything
    else.
    """
    arrays = _read(path)
    if "spikes" not in arrays:
        raise DataError(f"{path} holds {sorted(arrays)}; an array named 'spikes' is needed.")
    spikes = arrays["spikes"]
    if spikes.ndim != 3 or not spikes.size:
        raise DataError(f"{path}: spikes of shape {spikes.shape}; give (samples, steps, channels).")
    if not np.isin(np.unique(spikes), (0, 1)).all():
        raise DataError(f"{path}: spikes hold values besides 0 and 1; threshold them first.")
    samples, steps, channels = spikes.shape
    labels = arrays.get("labels", np.full(samples, NO_LABEL))
    if labels.shape != (samples,) or not np.issubdtype(labels.dtype, np.integer):
        raise DataError(
            f"{path}: labels {labels.dtype} of shape {labels.shape}; {samples} integers are needed."
        )
    images = (spikes != 0).reshape(samples, steps * channels) * np.uint8(255)
    return Split(images, labels.astype(np.int64), (steps, channels), classes)


def _read(path: Path) -> dict[str, Array]:
    if not path.is_file():
        raise DataError(f"{path} does not exist; pass a .npz file with an array 'spikes'.")
    try:
        with np.load(path, allow_pickle=False) as handle:
            return {name: handle[name] for name in handle.files}
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is not a readable .npz file ({error}).") from None
