"""Files of lava-dl's ``netx``: HDF5 with a group per layer, as slayer's blocks write them.

``layer/0``, ``layer/1`` ... hold ``type``, ``shape``, weights and a group ``neuron``;
``simulation`` holds ``Ts``, milliseconds per step, and ``tSample``, milliseconds per sample
(lava-dl 0.6.0, ``lava/lib/dl/slayer/block/base.py`` and ``lava/lib/dl/netx/hdf5.py``). Numbers are
integers, whatever their type.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from lava_export.nir.limits import require_plain
from spikeff.errors import FileFormatError
from spikeff.ir.arrays import Array

LAYERS, NEURON, SIMULATION = "layer", "neuron", "simulation"
MAX_LAYERS = 1000


@dataclass(frozen=True, eq=False)
class Layer:
    """One group of ``layer``.

    Attributes:
        name: What errors and populations call it, "layer2".
        kind: Its ``type``.
        arrays: Its arrays of numbers by name.
        neuron: Constants of its neurons by name, numbers and texts; None where it has none.
    """

    name: str
    kind: str
    arrays: dict[str, Array]
    neuron: dict[str, Any] | None

    def integers(self, key: str, default: int | None = None) -> tuple[int, ...]:
        """The whole numbers of an array, flattened.

        Raises:
            FileFormatError: There is none of that name, or it holds anything else.
        """
        if key not in self.arrays and default is not None:
            return (default,)
        values = whole(f"{self.name}, {key!r}", self.array(key).reshape(-1))
        if not values.size:
            raise FileFormatError(f"{self.name} ({self.kind}): {key!r} holds no number.")
        return tuple(int(v) for v in values)

    def array(self, key: str) -> Array:
        """An array of finite numbers.

        Raises:
            FileFormatError: There is none of that name, or it holds anything else.
        """
        found = self.arrays.get(key)
        if found is None:
            raise FileFormatError(f"{self.name} ({self.kind}) holds no {key!r}.")
        if found.dtype.kind not in "biuf" or not np.isfinite(found).all():
            raise FileFormatError(f"{self.name}, {key!r}: finite numbers are read.")
        return found

    def constant(self, key: str, default: int) -> int:
        """A whole number of its neurons.

        Raises:
            FileFormatError: It is anything else.
        """
        value = np.asarray((self.neuron or {}).get(key, default))
        if value.size != 1 or value.dtype.kind not in "biuf":
            raise FileFormatError(f"{self.name}, neuron/{key}: one number is read.")
        return int(whole(f"{self.name}, neuron/{key}", value.reshape(-1))[0])


@dataclass(frozen=True, eq=False)
class NetxFile:
    """What a file holds.

    Attributes:
        layers: In their order.
        milliseconds: Of a step; None where the file does not say.
        steps: Of a sample; None where the file does not say.
    """

    layers: tuple[Layer, ...]
    milliseconds: float | None
    steps: int | None


def whole(owner: str, values: Array) -> Array:
    """``values`` as int64.

    Raises:
        FileFormatError: A value is not finite, no whole number, or beyond 32 bits.
    """
    given = np.asarray(values)
    ok = given.dtype.kind in "biuf" and np.isfinite(given).all()
    if not ok or (given != np.trunc(given)).any() or (np.abs(given) >= 2.0**31).any():
        raise FileFormatError(
            f"{owner}: whole numbers of at most 32 bits are read; export the network quantised, as "
            f"slayer's blocks do."
        )
    return given.astype(np.int64)


def read_netx(path: Path) -> NetxFile:
    """Read a file.

    Raises:
        FileFormatError: The file is damaged, foreign or beyond what is read; names the item.
    """
    if not path.is_file():
        raise FileFormatError(f"{path} does not exist or is no file; a netx file was expected.")
    try:
        require_plain(path, "netx")
        with h5py.File(path, "r") as file:
            return NetxFile(tuple(_layers(path, file)), *_simulation(path, file))
    except FileFormatError:
        raise
    # h5py answers damage with errors of many kinds.
    except Exception as error:
        raise FileFormatError(
            f"{path} is not a readable netx file ({type(error).__name__}: {error}); it is damaged "
            f"or foreign."
        ) from None


def _layers(path: Path, file: Any) -> list[Layer]:
    group = file.get(LAYERS)
    if not isinstance(group, h5py.Group) or not len(group):
        raise FileFormatError(
            f"{path} holds no layers; a file of lava-dl's netx has a group {LAYERS!r} of them."
        )
    names = [str(number) for number in range(len(group))]
    if set(group) != set(names) or len(names) > MAX_LAYERS:
        raise FileFormatError(
            f"{path}: layers {sorted(group)[:10]}; at most {MAX_LAYERS}, numbered from 0, are read."
        )
    return [_layer(path, f"{LAYERS}{name}", group[name]) for name in names]


def _layer(path: Path, name: str, group: Any) -> Layer:
    if not isinstance(group, h5py.Group):
        raise FileFormatError(f"{path}: {name} is no group.")
    arrays = {key: item[()] for key, item in group.items() if isinstance(item, h5py.Dataset)}
    kind = _text(arrays.pop("type", b""))
    nested = [key for key, item in group.items() if isinstance(item, h5py.Group)]
    if set(nested) - {NEURON}:
        raise FileFormatError(
            f"{path}: {name} ({kind}) holds {', '.join(map(repr, nested))}; complex weights are "
            f"not read: networks of CUBA neurons are."
        )
    neuron = None
    if nested:
        constants = {key: item[()] for key, item in group[NEURON].items()}
        neuron = {
            k: _text(v) if np.asarray(v).dtype.kind in "SO" else v for k, v in constants.items()
        }
    return Layer(name, kind, {k: np.asarray(v) for k, v in arrays.items()}, neuron)


def _text(value: Any) -> str:
    first = np.asarray(value).reshape(-1)[:1].tolist()
    text = first[0] if first else ""
    return text.decode("ascii", "replace") if isinstance(text, bytes) else str(text)


def _simulation(path: Path, file: Any) -> tuple[float | None, int | None]:
    group = file.get(SIMULATION)
    if not isinstance(group, h5py.Group) or not {"Ts", "tSample"} <= set(group):
        return None, None
    values = [np.asarray(group[key][()]).reshape(-1) for key in ("Ts", "tSample")]
    if any(v.size != 1 or v.dtype.kind not in "iuf" or not v[0] > 0 for v in values):
        raise FileFormatError(f"{path}: Ts and tSample of 'simulation' are numbers above 0.")
    step, sample = (float(v[0]) for v in values)
    return step, int(min(sample / step, 2**31))
