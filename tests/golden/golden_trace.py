"""The file form of a golden trace: network, input spikes and what a simulator made of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connection
from spikeff.ir.io.sealed import load_sealed, save_sealed
from spikeff.ir.io.serialise import pack_network, unpack_network
from spikeff.ir.network import NetworkDescription, Population
from spikeff.ir.trace import SpikeTrace

KIND, VERSION = "spikeff-golden-trace", 1
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
    table, arrays = pack_network(golden.network)
    arrays["golden.inputs"] = golden.inputs
    for quantity in ("spikes", "u", "v"):
        for name, values in getattr(golden.trace, quantity).items():
            arrays[f"golden.{quantity}.{name}"] = values
    save_sealed(path, KIND, VERSION, {"network": table, "made_by": golden.made_by}, arrays)


def load_golden(path: Path) -> GoldenTrace:
    """Read a file of :func:`save_golden`."""
    meta, arrays = load_sealed(path, KIND, VERSION)
    made_by = meta["made_by"]
    parts = {
        "integers": (IntegerNetwork, IntegerPopulation, IntegerConnection),
        "floats": (NetworkDescription, Population, Connection),
    }[made_by["numbers"]]
    network: Any = unpack_network(*parts, meta["network"], arrays, path)  # type: ignore[type-var]
    trace = SpikeTrace(made_by["simulator"], {})
    for quantity in ("spikes", "u", "v"):
        for population in network.populations:
            getattr(trace, quantity)[population.name] = arrays[
                f"golden.{quantity}.{population.name}"
            ]
    return GoldenTrace(network, np.asarray(arrays["golden.inputs"]), trace, made_by)
