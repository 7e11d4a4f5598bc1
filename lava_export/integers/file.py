"""The file form of an IntegerNetwork: sealed safetensors, version 5, no pickle.

Version 5 holds biases that a host writes, version 4 plasticity; networks without either are written
in version 3, which holds the roles of populations and connections, the connectivity of these with
its fields, and how the integers were chosen.

Weights lie on a grid of even spacing; wherever one byte says how many spacings each is, the file
holds these (``grid_steps``), of the places along the last axis that have any (``grid_sources``: the
sources, in a matrix). Else, and always in version 1, it holds the weights.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from lava_export.chips.limits import weight_step
from lava_export.integers.network import IntegerNetwork
from lava_export.integers.serialise import (
    VERSION,
    WITHOUT_HOST,
    WITHOUT_PLASTICITY,
    pack_integers,
    unpack_integers,
)
from spikeff.errors import DescriptionError, FileFormatError, UnknownNameError
from spikeff.ir.arrays import Array
from spikeff.ir.io.reading import reading
from spikeff.ir.io.sealed import Arrays, load_versioned, sealed_bytes
from spikeff.ir.io.serialise import is_plastic
from spikeff.ir.io.whole_file import write_bytes_whole
from spikeff.ir.sizes import require_few

KIND = "spikeff-integer-network"
ONE_BYTE = np.iinfo(np.int8)


def save_integer_network(path: Path, network: IntegerNetwork) -> None:
    """Write ``network`` to ``path``, whole or not at all."""
    write_bytes_whole(path, integer_network_bytes(network))


def integer_network_bytes(network: IntegerNetwork) -> bytes:
    """The file's content."""
    table, arrays = pack_integers(network)
    for index, connection in enumerate(network.connections):
        _narrow(arrays, index, weight_step(connection.weight_bits, connection.sign_mode))
    version = WITHOUT_HOST if is_plastic(network) else WITHOUT_PLASTICITY
    version = VERSION if network.host else version
    return sealed_bytes(KIND, version, table, arrays)


def load_integer_network(path: Path) -> IntegerNetwork:
    """Read a network.

    Raises:
        FileFormatError: The file is damaged, foreign or newer.
    """
    with reading(path, FileFormatError):
        return _network(path)


def _network(path: Path) -> IntegerNetwork:
    version, table, arrays = load_versioned(path, KIND, VERSION)
    try:
        _require_few(arrays)
        for index, part in enumerate(table["connections"]):
            _widen(arrays, index, weight_step(part["weight_bits"], part["sign_mode"]))
    except (LookupError, TypeError, ValueError, UnknownNameError, DescriptionError) as error:
        raise FileFormatError(f"{path}: missing or malformed part ({error}).") from None
    for name, array in arrays.items():
        if not name.startswith("readout.") and array.dtype.kind not in "iu":
            raise FileFormatError(f"{path}: {name} are {array.dtype}; a chip is given integers.")
    return unpack_integers(version, table, arrays, path)


def _narrow(arrays: Arrays, index: int, spacing: int) -> None:
    weights: Array = arrays[f"connection{index}.weights"]
    steps = weights // spacing
    fits = not steps.size or (ONE_BYTE.min <= steps.min() and steps.max() <= ONE_BYTE.max)
    if fits and (steps * spacing == weights).all():
        del arrays[f"connection{index}.weights"]
        connected = steps.any(axis=tuple(range(steps.ndim - 1)))
        arrays[f"connection{index}.grid_sources"] = connected
        arrays[f"connection{index}.grid_steps"] = steps[..., connected].astype(np.int8)


def _require_few(arrays: Arrays) -> None:
    """Refuse more weights than a network may have, before room is made for any of them."""
    wide = [
        math.prod((*steps.shape[:-1], len(arrays[name.replace("grid_steps", "grid_sources")])))
        for name, steps in arrays.items()
        if name.endswith(".grid_steps")
    ]
    plain = [array.size for name, array in arrays.items() if name.endswith(".weights")]
    require_few("network", synapses=sum(wide) + sum(plain))


def _widen(arrays: Arrays, index: int, spacing: int) -> None:
    name = f"connection{index}.grid_steps"
    if name not in arrays:
        return
    steps, connected = arrays.pop(name), arrays.pop(f"connection{index}.grid_sources")
    if steps.dtype != ONE_BYTE.dtype or connected.dtype != np.bool_ or connected.ndim != 1:
        raise ValueError(f"{name}: {steps.dtype} for sources {connected.dtype} {connected.shape}")
    weights = np.zeros((*steps.shape[:-1], len(connected)), np.int16)
    weights[..., connected] = steps.astype(np.int16) * np.int16(spacing)
    arrays[f"connection{index}.weights"] = weights
