"""Data sets: scikit-learn's digits (embedded), IDX files, own arrays, spike tasks, sound.

A data set of several speakers may be named with one of them held out: "spoken-digits@george". That
name stands in configurations, runs and network files, so that whoever reads one of these loads the
same split.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from spikeff.data import tasks as spike_tasks
from spikeff.data.aesop import SYMBOLS, load_aesop
from spikeff.data.arrays import read_split
from spikeff.data.cifar10 import CLASSES as CIFAR10_CLASSES
from spikeff.data.cifar10 import load_cifar10
from spikeff.data.dataset import Split
from spikeff.data.images import load_digits, load_idx
from spikeff.data.matched_counts import INTERVALS, LAGS, SYNCHRONY, loader
from spikeff.data.moving_digit import CLASSES as DIGITS
from spikeff.data.moving_digit import load_moving_digit
from spikeff.data.parts import MEANINGS, load_context, load_relation
from spikeff.data.shards import read_shards
from spikeff.data.sound.spoken_digits import CLASSES as SPOKEN
from spikeff.data.sound.spoken_digits import load_spoken_digits, without_speaker
from spikeff.data.sound.two_ears import ANGLES, load_two_ears_sound
from spikeff.data.two_views import load_two_views
from spikeff.data.yin_yang import CLASSES as YIN_YANG_CLASSES
from spikeff.data.yin_yang import load_yin_yang
from spikeff.errors import ConfigError, DataError, UnknownKindError, UnknownNameError
from spikeff.ir.arrays import Array

ARRAYS = "arrays"
HELD_OUT = "@"  # before the name of the speaker who is held out


def load_arrays(split: str, directory: Path | None) -> Split:
    """The user's own samples: ``train.npz`` (``spikeff.data.arrays``) or a folder ``train``.

    ``spikeff.data.shards`` says what the folder holds; of ``test`` and ``validation`` the same.
    """
    if directory is None:
        raise DataError(
            "data set 'arrays' is read from files: pass --data DIR with train.npz and test.npz."
        )
    folder, file = directory / split, directory / f"{split}.npz"
    if not folder.is_dir():
        return read_split(file, gaps=split != "train")
    if file.exists():
        raise DataError(f"{folder} and {file} are both there; remove the one that is not meant.")
    return read_shards(folder, gaps=split != "train")


def holds_arrays(directory: Path, split: str) -> bool:
    """Whether a directory has samples of one's own for ``split``, in a file or a folder."""
    return (directory / f"{split}.npz").exists() or (directory / split).is_dir()


def load_coincidence(split: str, directory: Path | None) -> Split:
    """Which channels fire together: see ``spikeff.data.tasks``; ``directory`` is not used."""
    return _spike_trains(spike_tasks.coincidence(split))


def load_two_ears(split: str, directory: Path | None) -> Split:
    """Which delay lies between two ears: see ``spikeff.data.tasks``; no ``directory`` needed."""
    return _spike_trains(spike_tasks.two_ears(split))


def load_two_bare_ears(split: str, directory: Path | None) -> Split:
    """The same sounds without delay lines."""
    return _spike_trains(spike_tasks.two_bare_ears(split))


def _spike_trains(task: tuple[Array, Array]) -> Split:
    """Spikes bool (samples, steps, channels) with their labels, as a split."""
    spikes, labels = task
    samples, steps, channels = spikes.shape
    images = spikes.reshape(samples, steps * channels) * np.uint8(255)
    return Split(images, labels, (steps, channels), spike_tasks.CLASSES)


def splits_of_arrays(directory: Path | None) -> tuple[str, ...]:
    """The splits that files in ``directory`` hold; ``validation.npz`` need not be there."""
    own = directory is not None and holds_arrays(directory, VALIDATION)
    return WITH_VALIDATION if own else SPLITS


IDX_SETS = ("mnist", "fashion-mnist", "kmnist")
VALIDATION = "validation"
SPLITS = ("train", "test")
WITH_VALIDATION = ("train", VALIDATION, "test")
Load = Callable[[str, Path | None], Split]


@dataclass(frozen=True)
class Dataset:
    """A registry entry.

    Attributes:
        load: Returns the split "train" or "test", from files in a directory where it needs any;
            and "validation" where ``splits`` names it.
        classes: Number of classes; None where only its files say.
        splits: Names of the splits there are in a directory.
        built_in: Whether it needs no files, so that a directory would be ignored.
        without: From a speaker to how the data set is loaded with that speaker held out for the
            test; None where it has no speakers.
        near: What an answer one class off still is, where classes are in order; "" where not.
        symbols: Characters of its classes, where it is text: samples are windows of it.
    """

    load: Load
    classes: int | None
    splits: Callable[[Path | None], tuple[str, ...]] = lambda directory: SPLITS
    built_in: bool = False
    without: Callable[[str], Load] | None = None
    near: str = ""
    symbols: str | None = None


DATASETS: dict[str, Dataset] = {
    "digits": Dataset(load_digits, 10, built_in=True),
    **{name: Dataset(partial(load_idx, name), 10) for name in IDX_SETS},
    "cifar10-jpeg": Dataset(load_cifar10, CIFAR10_CLASSES),
    "coincidence": Dataset(load_coincidence, spike_tasks.CLASSES, built_in=True),
    "two-ears": Dataset(load_two_ears, spike_tasks.CLASSES, built_in=True),
    "two-ears-bare": Dataset(load_two_bare_ears, spike_tasks.CLASSES, built_in=True),
    "intervals": Dataset(loader(INTERVALS), INTERVALS.sizes.classes, built_in=True),
    "synchrony-across": Dataset(loader(SYNCHRONY), SYNCHRONY.sizes.classes, built_in=True),
    "lags": Dataset(loader(LAGS), LAGS.sizes.classes, built_in=True),
    "yin-yang": Dataset(load_yin_yang, YIN_YANG_CLASSES, lambda directory: WITH_VALIDATION),
    "moving-digit": Dataset(load_moving_digit, DIGITS),
    "context": Dataset(load_context, MEANINGS),
    "relation": Dataset(load_relation, 2),
    "two-views": Dataset(load_two_views, DIGITS),
    "spoken-digits": Dataset(load_spoken_digits, SPOKEN, without=without_speaker),
    "two-ears-sound": Dataset(
        load_two_ears_sound, len(ANGLES), built_in=True, near="within 10 degrees"
    ),
    "aesop": Dataset(load_aesop, len(SYMBOLS), symbols=SYMBOLS),
    ARRAYS: Dataset(load_arrays, None, splits_of_arrays),
}


def register_dataset(
    name: str, load: Load, classes: int | None = None, splits: tuple[str, ...] = SPLITS
) -> None:
    """Make a data set known to configurations by ``name``.

    Args:
        name: Not yet taken.
        load: Called with a name of ``splits`` and the directory of ``--data``, None where none was
            given; returns a Split, and raises DataError where it cannot.
        classes: Number of classes, where it is known before anything is loaded.
        splits: "train" and "test", and "validation" where the data set has such a split.

    Raises:
        ConfigError: The name is taken.
    """
    if name in DATASETS:
        raise ConfigError(f"data set {name!r} is registered already; choose another name.")
    DATASETS[name] = Dataset(load, classes, lambda directory: splits)


def get_dataset(name: str) -> Dataset:
    """The entry of a data set, whose name may say which speaker is held out.

    Raises:
        UnknownNameError: No data set has that name.
        ConfigError: It has no speakers, and one is to be held out.
    """
    known, marked, speaker = name.partition(HELD_OUT)
    if known not in DATASETS:
        raise UnknownKindError("data set", known, DATASETS)
    entry = DATASETS[known]
    if not marked:
        return entry
    if entry.without is None or not speaker:
        some = ", ".join(name for name, each in DATASETS.items() if each.without is not None)
        raise ConfigError(
            f"data set {known!r} cannot hold out speaker {speaker!r}: name one in data sets of "
            f"speakers ({some}), with --hold-out or after {HELD_OUT!r}, or leave it out."
        )
    return replace(entry, load=entry.without(speaker))


def near_of(dataset: str) -> str:
    """What an answer one class off still is in ``dataset``; "" where classes have no order."""
    known = DATASETS.get(dataset.partition(HELD_OUT)[0])
    return known.near if known is not None else ""


def holding_out(dataset: str, speaker: str) -> str:
    """The name of ``dataset`` with ``speaker`` held out; raises as :func:`get_dataset`."""
    name = f"{dataset.partition(HELD_OUT)[0]}{HELD_OUT}{speaker}"
    get_dataset(name)
    return name


def classes_of(dataset: str) -> int | None:
    """Classes of a registered data set; None where only its files say."""
    return get_dataset(dataset).classes


def load_split(dataset: str, split: str, directory: Path | None) -> Split:
    """Load ``split`` ("train", "test", or "validation" where there is one) of a data set.

    Raises:
        UnknownNameError: No data set, no split or no speaker has that name.
        DataError: Its files are missing or cannot be used, or none would be read.
    """
    entry = get_dataset(dataset)
    if entry.built_in and directory is not None:
        raise DataError(
            f"data set {dataset!r} is built in, so nothing of {directory} would be read: leave "
            f"--data out, or learn your own data with dataset = {ARRAYS!r}."
        )
    if split not in entry.splits(directory):
        raise UnknownNameError(f"split of data set {dataset!r}", split, entry.splits(directory))
    return entry.load(split, directory)


def load_validation(dataset: str, directory: Path | None) -> Split | None:
    """The validation split that a data set has of its own; None where it has none."""
    if VALIDATION not in get_dataset(dataset).splits(directory):
        return None
    return load_split(dataset, VALIDATION, directory)
