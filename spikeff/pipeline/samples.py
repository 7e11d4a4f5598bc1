"""The samples that a trained network is shown: where they lie, and whether it knows their like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from spikeff.data.classes import NO_LABEL, listed
from spikeff.data.dataset import Split
from spikeff.data.fingerprint import Fingerprint
from spikeff.data.registry import VALIDATION, load_split, load_validation
from spikeff.data.spike_trains import fitting
from spikeff.errors import DataError, SpikeffError
from spikeff.lowering.parts import input_code
from spikeff.training.model import Model
from spikeff.training.run_folder import checkpoint_path, read_record
from spikeff.training.stored import read_stored
from spikeff.training.validation import parts
from spikeff.zoo import PREFIX


def data_directory(source: Path | str, data: Path | str | None) -> Path | None:
    """Where the data of a run lie: ``data`` where it is given, else where they lay in training.

    Args:
        source: A run directory, or a file in one, such as its best checkpoint or an export.
        data: Directory that the caller gave.

    Returns:
        None where nothing is known, as for data sets that are built in.

    Raises:
        DataError: The directory of the training is there no more.
    """
    if data is not None:
        return Path(data)
    run = Path(source) if Path(source).is_dir() else Path(source).parent
    kept = read_record(run).get("data_directory") if checkpoint_path(run).exists() else None
    if not isinstance(kept, str) or str(source).startswith(PREFIX):
        return None
    if not Path(kept).is_dir():
        raise DataError(
            f"{run} was trained on data in {kept}, and there is no such directory now; pass "
            f"--data DIR."
        )
    return Path(kept)


def run_samples(model: Model, split: str, directory: Path | None) -> Split:
    """Samples of a trained model: "train" those it learned, "validation", or "test".

    Raises:
        UnknownNameError: There is no such split.
        DataError: It cannot be read, or does not fit the model.
    """
    config, dataset = model.config, model.config.data.dataset
    samples: Split | None = None
    if split in ("train", VALIDATION):
        whole, own = load_split(dataset, "train", directory), load_validation(dataset, directory)
        learned, held = parts(config, whole, own)
        samples = learned if split == "train" else held
    if samples is None:
        samples = load_split(dataset, split, directory)
    owner = f"{split} samples of data set {dataset!r}"
    network = model.network
    return fitting(owner, samples, input_code(model), config.data.steps, network.classes)


def unlike_training(run: Path, samples: Split, directory: Path | None) -> Iterator[str]:
    """Sentences on what makes ``samples`` or its directory unlike what ``run`` was trained on.

    Args:
        run: A run directory or checkpoint file.
        samples: Those to be answered.
        directory: Where they were read, with the training samples beside them.

    Raises:
        DataError: Training had none of the labels, so that no answer could be right.
    """
    stored = read_stored(run)
    trained = stored.fingerprints.get("train")
    if trained is None:
        return  # of a version that kept no fingerprint
    labels = [label for label in np.unique(samples.labels).tolist() if label != NO_LABEL]
    new = [label for label in labels if label not in trained.labels]
    known = f"training had labels {listed(trained.labels)} alone"
    if new and len(new) == len(labels):
        raise DataError(
            f"the samples have labels {listed(new)}, and {known}: no answer of {run} could be "
            f"right. Pass the data that it was trained on, or train with these."
        )
    if new:
        yield f"some samples have labels {listed(new)}, and {known}: they cannot be right"
    now = _training_samples(stored.config.data.dataset, directory)
    if now is not None and now != trained:
        yield (
            f"the training samples beside these are not those that {run} was trained on: {now}; "
            f"then {trained}"
        )


def _training_samples(dataset: str, directory: Path | None) -> Fingerprint | None:
    try:
        return Fingerprint.of(load_split(dataset, "train", directory))
    except SpikeffError:
        return None
