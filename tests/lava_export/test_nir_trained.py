"""Networks trained in other libraries, pinned by five test samples.

``fashion`` and ``speech`` are those of ``benchmarks/elsewhere`` (snnTorch), ``rockpool`` that of
``docs/how-to/elsewhere``.
"""

from __future__ import annotations

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from hw_targets.lava import direct
from lava_export.nir.file import read_nir
from lava_export.nir.importer import import_description
from lava_export.quantize.quantize import quantize
from spikeff.ir.arrays import Array
from spikeff.ir.io.npz import read_arrays
from spikeff.ir.network import NetworkDescription
from spikeff.ir.readout_codes import answers
from spikeff.ir.trace import compare_traces
from spikeff.references import floats
from tests.paths import NIR_FILES

RESETS = {"fashion": "subtract-late", "speech": "zero", "rockpool": "subtract"}
DT = {"fashion": 1e-4, "speech": 1e-4, "rockpool": 1e-3}
pytestmark = pytest.mark.parametrize("name", RESETS)


def opened(name: str) -> tuple[NetworkDescription, Array, dict[str, Array]]:
    """The network, its inputs (steps, samples, channels), and what the library recorded."""
    kept = read_arrays(NIR_FILES / f"trained_{name}.npz")
    inputs = np.moveaxis(kept.pop("spikes"), 0, 1)
    graph = read_nir(NIR_FILES / f"trained_{name}.nir")
    read = import_description(graph, DT[name], len(inputs), reset=RESETS[name], readout="counts")
    return read.description, inputs, kept


def test_the_floats_spike_as_the_library_does(name: str) -> None:
    network, inputs, theirs = opened(name)
    labels = theirs.pop("labels")
    ours = floats.run(network, inputs).spikes
    assert theirs.keys() == {p.name for p in network.populations if p.name in theirs} != set()
    for population, recorded in theirs.items():
        assert recorded.any()
        np.testing.assert_array_equal(np.moveaxis(ours[population], 1, 0), recorded)
    np.testing.assert_array_equal(answers(ours, network.readout, network.populations), labels)


def test_the_integers_answer_alike_and_lava_runs_the_same(name: str) -> None:
    network, inputs, theirs = opened(name)
    integers = quantize(network)
    ours = emulator.run(integers, inputs, record_states=True)
    spikes = ours.trace.window(network.steps).spikes
    guesses = answers(spikes, integers.readout, integers.populations)
    np.testing.assert_array_equal(guesses, theirs["labels"])
    some = inputs[:, :1]
    few = emulator.run(integers, some, record_states=True).trace
    assert compare_traces(few, direct.run_integer(integers, some).trace).equal
