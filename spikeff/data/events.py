"""Event recordings (neuromorphic data sets), read by the package ``tonic``.

``n-mnist``      Orchard et al. 2015: .bin files in NMNIST/{Train,Test}/<label>/.
``shd``          Cramer et al. 2020: SHD/shd_{train,test}.h5.
``dvs-gesture``  Amir et al. 2017: .npy files in DVSGesture/ibmGesture{Train,Test}/<user>_<light>/.

tonic is optional (``pip install spikeff[events]``). By itself it downloads whatever it does not
find; here it does so only on request, and verifies the MD5 sum of what it downloaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from spikeff.data.links import require_no_links
from spikeff.errors import DataError, UnknownNameError
from spikeff.extras import require_extra
from spikeff.ir.arrays import Array


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
            require_on_sensor(dict(zip(names, stored.T, strict=False)), self.sensor_size, index)
            events, label = super().__getitem__(index)
            return events, label

    Checked.__name__ = original.__name__
    return Checked


def require_finite(axis: str, values: Array, index: int) -> None:
    """Raise DataError, naming the recording, unless all values of an axis are finite."""
    if not np.isfinite(values).all():
        raise DataError(f"recording {index}: {axis} is not finite; the file is damaged.")


def require_on_sensor(
    places: Mapping[str, Array], sensor: tuple[int, int, int], index: int
) -> None:
    """Raise DataError, naming the recording, unless all places lie on the sensor.

    Args:
        places: x, y and polarity of every event.
        sensor: Width, height and polarities.
        index: Of the recording.
    """
    for (axis, values), size in zip(places.items(), sensor, strict=True):
        require_finite(axis, values, index)
        if values.size and not (values.min() >= 0 and values.max() < size):
            raise DataError(
                f"recording {index}: {axis} from {values.min()} to {values.max()}; the sensor has "
                f"{size}: the file is damaged."
            )
