"""Samples for a network: its data set, or a file of spikes for networks imported from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np

from spikeff.data.arrays import integer_labels, intensity_images, spike_images
from spikeff.data.classes import NO_LABEL, require_known
from spikeff.data.dataset import Split
from spikeff.data.encoders import get_encoder
from spikeff.data.registry import load_split
from spikeff.errors import DataError
from spikeff.ir.codes import InputCode, Readout
from spikeff.ir.io.npz import read_arrays


class TakesSamples(Protocol):
    """What a network says about its data."""

    @property
    def dataset(self) -> str: ...
    @property
    def readout(self) -> Readout: ...
    @property
    def input(self) -> InputCode: ...
    @property
    def steps(self) -> int: ...


def load_samples(
    network: TakesSamples, split: str, data: Path | None, spikes: Path | None
) -> Split:
    """Samples of the ``spikes`` file where given, else of the network's data set.

    Args:
        network: Names its data set, "" for none, and has a readout.
        split: "train", "test", or "validation" where there is one; of the data set.
        data: Directory of its files, where it needs any.
        spikes: A file as :func:`load_spike_file` reads it.

    Raises:
        DataError: A network without a data set is given no spikes, files cannot be used, or they do
            not fit the network.
    """
    if spikes is not None:
        return load_spike_file(spikes, network.readout.classes)
    if not network.dataset:
        raise DataError(
            "this network was made elsewhere and has no data set; pass --spikes FILE.npz with "
            "'spikes' (samples, steps, channels) and, where known, 'labels' (samples,)."
        )
    loaded = load_split(network.dataset, split, data)
    owner = f"{split} samples of data set {network.dataset!r}"
    return fitting(owner, loaded, network.input, network.steps, network.readout.classes)


def fitting(owner: str, split: Split, code: InputCode, steps: int, classes: int) -> Split:
    """``split`` as samples of a network, with the classes that the network has.

    Args:
        owner: What to call the samples in an error.
        split: The samples.
        code: Of the network's input.
        steps: Of a sample.
        classes: Of the network.

    Raises:
        DataError: The samples have other channels, or a label that the network does not have.
    """
    channels = get_encoder(code.encoder).channels(split.shape, steps)
    if channels != code.pixels:
        raise DataError(
            f"{owner}: {channels} channels, {split.shape[0]} x {split.shape[1]} values each; the "
            f"network takes {code.pixels}."
        )
    require_known(owner, split.labels, classes)
    return Split(split.images, split.labels, split.shape, classes)


def load_spike_file(path: Path | str, classes: int) -> Split:
    """Read ``spikes`` (samples, steps, channels), 0 or 1, and ``labels`` (samples,) from .npz.

    Networks whose encoder takes intensities take ``images`` (samples, rows, columns) instead.
    Labels that are missing are ``NO_LABEL``, -1, which may also stand for single ones.

    Raises:
        DataError: The file holds anything else; names it.
    """
    path = Path(path)
    arrays = read_arrays(path)
    if not {"spikes", "images"} & arrays.keys():
        raise DataError(
            f"{path} holds {sorted(arrays)}; an array named 'spikes' is needed, or 'images' for a "
            f"network that takes intensities."
        )
    if "spikes" in arrays:
        images = spike_images(path, arrays["spikes"])
    else:
        images = intensity_images(path, arrays)
    samples, rows, columns = images.shape
    given = arrays.get("labels", np.full(samples, NO_LABEL))
    labels = integer_labels(path, given, samples)
    require_known(str(path), labels, classes)
    return Split(images.reshape(samples, rows * columns), labels, (rows, columns), classes)
