"""The file form of a golden trace: network, input spikes and what a simulator made of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lava_export.integers.network import IntegerNetwork
from lava_export.integers.serialise import pack_integers, unpack_integers
from spikeff.ir.arrays import Array
from spikeff.ir.io.description import unpack_description
from spikeff.ir.io.sealed import load_versioned, save_sealed
from spikeff.ir.io.serialise import pack_network
from spikeff.ir.trace import SpikeTrace

KIND, VERSION = "spikeff-golden-trace", 2
OF_NETWORK = {"integers": 3, "floats": 2}
FOLDER = Path(__file__).parent


@dataclass(frozen=True, eq=False)
class GoldenTrace:
    """inputs : bool (steps, samples, channels).   made_by : simulator, versions and seed."""

    network: Any
    inputs: Array
    trace: SpikeTrace
    made_by: dict[str, Any]


def save_golden(path: Path, golden: GoldenTrace) -> None:
    """Write one file; networks of integers and of floats differ in ``made_by["numbers"]``."""
    network = golden.network
    integers = isinstance(network, IntegerNetwork)
    table, arrays = pack_integers(network) if integers else pack_network(network)
    arrays["golden.inputs"] = golden.inputs
    for quantity in ("spikes", "u", "v"):
        for name, values in getattr(golden.trace, quantity).items():
            arrays[f"golden.{quantity}.{name}"] = values
    save_sealed(path, KIND, VERSION, {"network": table, "made_by": golden.made_by}, arrays)


def load_golden(path: Path) -> GoldenTrace:
    """Read a file of :func:`save_golden`."""
    found, meta, arrays = load_versioned(path, KIND, VERSION)
    made_by = meta["made_by"]
    unpack = {"integers": unpack_integers, "floats": unpack_description}[made_by["numbers"]]
    # Version 1 is older than roles, later ones are as the network's own files.
    version = 1 if found == 1 else OF_NETWORK[made_by["numbers"]]
    network: Any = unpack(version, meta["network"], arrays, path)
    trace = SpikeTrace(made_by["simulator"], {})
    for quantity in ("spikes", "u", "v"):
        for population in network.populations:
            getattr(trace, quantity)[population.name] = arrays[
                f"golden.{quantity}.{population.name}"
            ]
    return GoldenTrace(network, np.asarray(arrays["golden.inputs"]), trace, made_by)
