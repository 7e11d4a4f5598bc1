"""Small stored traces: what the simulators said once, they say today."""

from __future__ import annotations

import pytest

from hw_targets.emulator import run as emulator
from hw_targets.lava import direct as lava_direct
from lava_export.quantize.blanking import with_blanking
from spikeff.ir.trace import compare_traces
from spikeff.references import brian2 as brian2_reference
from spikeff.references import brian2_integers
from spikeff.references import norse as norse_reference
from tests.golden import make
from tests.golden.golden_trace import FOLDER, GoldenTrace, load_golden
from tests.markers import slow_but


def golden(name: str) -> GoldenTrace:
    return load_golden(FOLDER / f"{name}.safetensors")


def test_every_file_says_what_made_it() -> None:
    files = {path.stem for path in FOLDER.glob("*.safetensors")}
    assert files == {*make.INTEGERS, *make.FLOATS}
    for name in files:
        made_by = golden(name).made_by
        assert made_by["script"] == "tests/golden/make.py"
        assert made_by["versions"]["numpy"]
        assert made_by["simulator"] == ("lava" if name in make.INTEGERS else "norse")


@pytest.mark.parametrize("name", slow_but(make.INTEGERS, "loop-and-perfect-integrator"))
def test_integers(name: str) -> None:
    stored = golden(name)
    assert all(spikes.any() for spikes in stored.trace.spikes.values())
    ours = emulator.run(stored.network, stored.inputs, record_states=True).trace
    lava = lava_direct.run_integer(stored.network, stored.inputs).trace
    brian2 = brian2_integers.run(stored.network, stored.inputs)
    for trace in (ours, lava, brian2):
        comparison = compare_traces(stored.trace, trace)
        assert comparison.equal, comparison.first_divergence


@pytest.mark.parametrize("name", make.FLOATS)
def test_floats(name: str) -> None:
    stored = golden(name)
    steps = stored.network.steps
    norse = norse_reference.run(stored.network, stored.inputs, record_states=True)
    brian2 = brian2_reference.run(stored.network, stored.inputs, record_states=True)
    lava = lava_direct.run_float(with_blanking(stored.network), stored.inputs).trace.window(steps)
    for trace in (norse, brian2, lava):
        comparison = compare_traces(stored.trace, trace, exact_states=False)
        assert comparison.equal, comparison.first_divergence
        assert comparison.state_error is not None
        assert comparison.state_error < 1e-12
