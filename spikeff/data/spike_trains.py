"""Samples for a network: its data set, or a file of spikes for networks imported from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np

from spikeff.data.arrays import integer_labels, spike_images
from spikeff.data.dataset import Split
from spikeff.data.registry import load_split
from spikeff.errors import DataError
from spikeff.ir.codes import Readout
from spikeff.ir.io.npz import read_arrays

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

    Args:
        network: Names its data set, "" for none, and has a readout.
        split: "train" or "test", where the data set is loaded.
        data: Directory of its files, where it needs any.
        spikes: A file as :func:`load_spike_file` reads it.

    Raises:
        DataError: A network without a data set is given no spikes, or files cannot be used.
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

    Labels that are missing are ``NO_LABEL``.

    Raises:
        DataError: The file holds anything else; names it.
    """
    arrays = read_arrays(path)
    if "spikes" not in arrays:
        raise DataError(f"{path} holds {sorted(arrays)}; an array named 'spikes' is needed.")
    images = spike_images(path, arrays["spikes"])
    samples, steps, channels = images.shape
    given = arrays.get("labels", np.full(samples, NO_LABEL))
    labels = integer_labels(path, given, samples)
    return Split(images.reshape(samples, steps * channels), labels, (steps, channels), classes)
