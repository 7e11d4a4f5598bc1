"""Norse, Brian2 and Lava in floating point: the same network, spike for spike."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from typing import Any

import brian2
import numpy as np
import pytest

from spikeff.errors import DescriptionError
from spikeff.ir.connectivity import DENSE, ONE_TO_ONE, Connection
from spikeff.ir.network import INPUT, NetworkDescription
from spikeff.ir.trace import SpikeTrace, compare_traces
from spikeff.references import brian2 as brian2_reference
from spikeff.references import floats as float_reference
from spikeff.references import norse as norse_reference
from tests.networks import DT, random_description, random_inputs
from tests.parity.conftest import Lava, in_the_runtime_too, once_in_the_runtime

CASES: dict[str, dict[str, Any]] = {
    "one population": {"sizes": (12,)},
    "lasting current": {"sizes": (12, 9)},
    "decaying current": {"sizes": (12, 9), "tau_syn": 4 * DT},
    "current of a single step": {"sizes": (8, 8), "tau_syn": DT},
    "one spike, lasting current": {"sizes": (12, 9, 6), "one_spike": True},
    "one spike, decaying current": {"sizes": (12, 9, 6), "tau_syn": 9 * DT, "one_spike": True},
    "driven by its bias": {"sizes": (12, 9), "one_spike": True, "bias": 3.0},
    "a single step": {"sizes": (12, 9), "steps": 1, "one_spike": True},
}


def require_same_bits(plain: SpikeTrace, norse: SpikeTrace) -> None:
    """The same operations in the same order."""
    for name, spikes in norse.spikes.items():
        assert np.array_equal(plain.spikes[name], spikes)
        assert np.array_equal(plain.u[name], norse.u[name])
        assert np.array_equal(plain.v[name], norse.v[name])


QUICK = ("lasting current", "decaying current", "one spike, lasting current")


@pytest.mark.parametrize(("case", "lava"), once_in_the_runtime(CASES, *QUICK))
def test_all_simulators_agree(case: str, lava: Lava) -> None:
    rng = np.random.default_rng(sorted(CASES).index(case))
    description = random_description(rng, **CASES[case])
    inputs = random_inputs(rng, description.steps, samples=6)
    norse = norse_reference.run(description, inputs, record_states=True)
    require_same_bits(float_reference.run(description, inputs, record_states=True), norse)
    brian = brian2_reference.run(description, inputs)
    theirs = lava.run_float(description, inputs).trace
    assert all(spikes.any() for spikes in norse.spikes.values())
    assert compare_traces(norse, brian).equal
    assert compare_traces(brian, theirs.window(description.steps)).equal
    for name in norse.u:
        scale = np.abs(norse.u[name]).max()
        for ours, others in ((norse.u, theirs.u), (norse.v, theirs.v)):
            window = others[name][: description.steps]
            np.testing.assert_allclose(window, ours[name], rtol=1e-12, atol=1e-12 * scale)


@in_the_runtime_too
def test_delays_and_skips_agree(lava: Lava) -> None:
    rng = np.random.default_rng(5)
    description = _with_detours(rng, random_description(rng, (10, 8, 6), tau_syn=5 * DT))
    inputs = random_inputs(rng, description.steps, samples=1)
    recorded = norse_reference.run(description, inputs, record_states=True)
    require_same_bits(float_reference.run(description, inputs, record_states=True), recorded)
    norse = norse_reference.run(description, inputs)
    assert compare_traces(norse, brian2_reference.run(description, inputs)).equal
    theirs = lava.run_float(description, inputs).trace.window(description.steps)
    assert compare_traces(norse, theirs).equal


def _with_detours(rng: np.random.Generator, description: NetworkDescription) -> NetworkDescription:
    channels = description.input_size
    detours = (
        Connection(INPUT, "layer2", DENSE, rng.normal(0, 0.5, (6, channels))),
        Connection(INPUT, "layer0", DENSE, rng.normal(0, 0.5, (10, channels)), delay=2),
        Connection("layer2", "layer0", DENSE, rng.normal(0, 0.5, (10, 6)), delay=3),
        Connection("layer0", "layer0", ONE_TO_ONE, rng.normal(0, 0.5, 10), delay=2),
    )
    return replace(description, connections=description.connections + detours)


def test_a_sample_does_not_depend_on_its_neighbours(lava: Lava) -> None:
    rng = np.random.default_rng(8)
    description = random_description(rng, (12, 9), one_spike=True, bias=3.0)
    inputs = random_inputs(rng, description.steps, samples=5)
    together = lava.run_float(description, inputs).trace
    for sample in (0, 4):
        alone = lava.run_float(description, inputs[:, sample : sample + 1]).trace
        for name, spikes in alone.spikes.items():
            np.testing.assert_array_equal(spikes[:, 0], together.spikes[name][:, sample])


def test_brian2_leaves_its_global_state_alone() -> None:
    rng = np.random.default_rng(2)
    description = random_description(rng)
    before = (brian2.prefs.codegen.target, brian2.defaultclock.dt, sys.excepthook)
    brian2_reference.run(description, random_inputs(rng, description.steps, 1))
    assert (brian2.prefs.codegen.target, brian2.defaultclock.dt, sys.excepthook) == before


@pytest.mark.parametrize(
    "simulate", [float_reference.run, norse_reference.run, brian2_reference.run]
)
def test_inputs_that_do_not_fit_are_refused(simulate: Any) -> None:
    description = random_description(np.random.default_rng(0))
    channels = description.input_size
    with pytest.raises(DescriptionError, match=f"{channels} channels"):
        simulate(description, np.zeros((description.steps, 1, channels + 1), bool))
    with pytest.raises(DescriptionError, match="float64"):
        simulate(description, np.zeros((description.steps, 1, channels)))


def test_infinite_tau_syn_means_no_decay() -> None:
    rng = np.random.default_rng(4)
    description = random_description(rng, (5,), tau_syn=math.inf)
    inputs = random_inputs(rng, description.steps, 1)
    inputs[1:] = False
    u = norse_reference.run(description, inputs, record_states=True).u["layer0"]
    np.testing.assert_array_equal(u[-1], u[0])
