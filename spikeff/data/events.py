"""Event recordings (neuromorphic data sets) as spike trains, read by the package ``tonic``.

``n-mnist``      Orchard et al. 2015: .bin files in NMNIST/{Train,Test}/<label>/.
``shd``          Cramer et al. 2020: SHD/shd_{train,test}.h5.
``dvs-gesture``  Amir et al. 2017: .npy files in DVSGesture/ibmGesture{Train,Test}/<user>_<light>/.

tonic is optional (``pip install spikeff[events]``). By itself it downloads whatever it does not
find; here it does so only on request, and verifies the MD5 sum of what it downloaded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.links import require_no_links
from spikeff.errors import DataError, UnknownNameError
from spikeff.extras import require_extra
from spikeff.ir.arrays import Array
from spikeff.ir.numbers import whole_number
from spikeff.ir.sizes import MAX_STEPS

MICROSECONDS = 1e6


@dataclass(frozen=True)
class EventSet:
    """A data set that tonic reads.

    Attributes:
        tonic_name: Its class in ``tonic.datasets``.
        ending: What the names of its files end in.
        classes: Number of classes.
        seconds: Usual window of a recording, in seconds.
    """

    tonic_name: str
    ending: str
    classes: int
    seconds: float


EVENT_SETS = {
    "n-mnist": EventSet("NMNIST", ".bin", 10, 0.31),
    "shd": EventSet("SHD", ".h5", 20, 1.4),
    "dvs-gesture": EventSet("DVSGesture", ".npy", 11, 6.0),
}


class Recordings(Protocol):
    """A data set of tonic: (events, label) by index.

    Attributes:
        sensor_size: Width, height and polarities of the sensor.
    """

    sensor_size: tuple[int, int, int]

    def __len__(self) -> int: ...
    def __getitem__(self, index: int) -> tuple[Array, Any]: ...


def open_recordings(name: str, split: str, directory: Path, download: bool = False) -> Recordings:
    """Open one half of a registered event data set.

    Args:
        name: Of the data set.
        split: "train" or "test".
        directory: Where the folder of the data set is.
        download: Whether to fetch what is missing.

    Raises:
        UnknownNameError: No event data set has that name.
        TargetUnavailableError: tonic is not installed.
        DataError: Recordings are missing and not to be fetched, or tonic cannot read them.
    """
    if name not in EVENT_SETS:
        raise UnknownNameError("event data set", name, EVENT_SETS)
    tonic = require_extra("tonic")
    known = EVENT_SETS[name]
    kind = getattr(tonic.datasets, known.tonic_name)
    if known.ending == ".npy":
        kind = _on_its_sensor(kind)
    if not download:
        kind = _offline(kind, known)
    if known.ending == ".h5":
        for path in sorted((directory / known.tonic_name).rglob("*.h5")):
            require_no_links(path)
    try:
        recordings: Recordings = kind(str(directory), train=split == "train")
    except DataError:
        raise
    except Exception as error:  # tonic's readers raise errors of many kinds for damaged files
        raise DataError(
            f"{directory / known.tonic_name}: tonic cannot open {name} ({error})."
        ) from None
    return recordings


def _offline(original: Any, known: EventSet) -> Any:
    """tonic's class, restricted to files that are there: tonic has no switch for its downloads."""

    class Offline(original):  # type: ignore[misc]
        def _check_exists(self) -> bool:
            return bool(self._folder_contains_at_least_n_files_of_type(1, known.ending))

        def download(self) -> None:
            raise DataError(
                f"no {known.ending} file below {self.location_on_system}/{self.folder_name}; put "
                f"the recordings there or let them be fetched with --download."
            )

    Offline.__name__ = original.__name__  # tonic uses it as the name of the folder
    return Offline


def _on_its_sensor(original: Any) -> Any:
    """tonic's class, which narrows x and y to 16 bits and p to one: asked before it does."""

    class Checked(original):  # type: ignore[misc]
        def __getitem__(self, index: int) -> tuple[Array, Any]:
            stored = np.load(self.data[index], allow_pickle=False)
            names = ("x", "y", "p")
            _require_on_sensor(dict(zip(names, stored.T, strict=False)), self.sensor_size, index)
            events, label = super().__getitem__(index)
            return events, label

    Checked.__name__ = original.__name__
    return Checked


def split_from_events(
    recordings: Recordings,
    steps: int,
    seconds: float,
    classes: int,
    pool: int = 1,
    samples: int | None = None,
) -> tuple[Split, float]:
    """Bin recordings into spike trains of ``steps`` steps: a spike where a bin holds an event.

    Channels: polarity slowest, then y, then x.

    Args:
        recordings: Events in microseconds, with their labels.
        steps: Bins in time.
        seconds: Window that the steps divide, from the start of a recording; later events are left
            out.
        classes: Number of classes.
        pool: This many neighbours along x and y become one channel.
        samples: Read only this many recordings, the first ones; all where None.

    Returns:
        The split, and the share of the events that lie in the window.

    Raises:
        DataError: A number is not positive, a recording cannot be read, a label is not among the
            classes, or events lie off the sensor; names the recording.
    """
    if min(steps, pool) < 1 or steps > MAX_STEPS or not 0 < seconds < math.inf:
        raise DataError(
            f"steps = {steps}, pool = {pool}, seconds = {seconds}: all must be > 0 and finite, and "
            f"steps at most {MAX_STEPS}."
        )
    width, height, polarities = recordings.sensor_size
    shape = (polarities, -(-height // pool), -(-width // pool))
    held = _length(recordings)
    count = held if samples is None else min(samples, held)
    if count < 1:
        raise DataError("the event data hold no recording.")
    trains = np.zeros((count, steps, int(np.prod(shape))), np.uint8)
    labels, kept, total = np.zeros(count, np.int64), 0, 0
    for index in range(count):
        events, label = _recording(recordings, index)
        labels[index] = whole_number(f"recording {index}: label", label, 0, classes - 1, DataError)
        channels = _channels(events, recordings.sensor_size, pool, shape, index)
        step = np.floor(events["t"] * (steps / (seconds * MICROSECONDS))).astype(np.int64)
        inside = (step >= 0) & (step < steps)
        trains[index, step[inside], channels[inside]] = 255
        kept, total = kept + int(inside.sum()), total + len(step)
    split = Split(trains.reshape(count, -1), labels, (steps, trains.shape[2]), classes)
    return split, kept / total if total else 1.0


def _length(recordings: Recordings) -> int:
    try:
        return len(recordings)
    except Exception as error:  # as above
        raise DataError(f"the recordings cannot be counted ({error}); fetch them again.") from None


def _recording(recordings: Recordings, index: int) -> tuple[Array, Any]:
    try:
        events, label = recordings[index]
    except DataError:
        raise
    except Exception as error:  # as above
        raise DataError(f"recording {index} cannot be read ({error}); fetch it again.") from None
    return events, label


def _channels(
    events: Array, sensor: tuple[int, int, int], pool: int, shape: tuple[int, ...], index: int
) -> Array:
    names = events.dtype.names or ()
    for axis in names:
        _require_finite(axis, events[axis], index)
    x = events["x"].astype(np.int64)
    y = events["y"].astype(np.int64) if "y" in names else np.zeros_like(x)
    # A sensor of one polarity has one plane, whatever number the file gives that polarity.
    p = events["p"].astype(np.int64) if sensor[2] > 1 else np.zeros_like(x)
    _require_on_sensor({"x": x, "y": y, "p": p}, sensor, index)
    channels: Array = np.ravel_multi_index((p, y // pool, x // pool), shape)
    return channels


def _require_finite(axis: str, values: Array, index: int) -> None:
    if not np.isfinite(values).all():
        raise DataError(f"recording {index}: {axis} is not finite; the file is damaged.")


def _require_on_sensor(
    places: Mapping[str, Array], sensor: tuple[int, int, int], index: int
) -> None:
    for (axis, values), size in zip(places.items(), sensor, strict=True):
        _require_finite(axis, values, index)
        if values.size and not (values.min() >= 0 and values.max() < size):
            raise DataError(
                f"recording {index}: {axis} from {values.min()} to {values.max()}; the sensor has "
                f"{size}: the file is damaged."
            )
