"""At most k spikes per neuron and sample: the same spikes in every simulator."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from lava_export.quantize.blanking import with_blanking
from lava_export.quantize.quantize import quantize
from spikeff.ir.trace import compare_traces
from spikeff.references import brian2 as brian2_reference
from spikeff.references import norse as norse_reference
from tests.markers import slow_but
from tests.networks import DT, first_spikes, random_description, random_inputs, with_gates
from tests.parity.conftest import MODELS, Lava

CASES: dict[str, dict[str, Any]] = {
    "two spikes, lasting current": {"limit": 2},
    "three spikes, fast current": {"limit": 3, "tau_syn": 2 * DT},
    "one spike, current of a single step": {"limit": 1, "tau_syn": DT, "bias": 3.0},
}


@pytest.mark.parametrize("case", slow_but(CASES, "two spikes, lasting current"))
def test_floats_agree_and_keep_the_first_spikes(case: str, lava: Lava) -> None:
    fields = {"tau_syn": math.inf} | CASES[case]
    limit = fields.pop("limit")
    rng = np.random.default_rng(sorted(CASES).index(case))
    description = with_gates(random_description(rng, (12, 9), 10, **fields), limit)
    inputs = random_inputs(rng, description.steps, samples=5)
    norse = norse_reference.run(description, inputs)
    for name in ("layer0", "layer1"):
        free = norse.spikes[f"{name}.free"]
        assert free.sum(axis=0).max() > limit
        np.testing.assert_array_equal(norse.spikes[name], first_spikes(free, limit))
    assert compare_traces(norse, brian2_reference.run(description, inputs)).equal
    theirs = lava.run_float(with_blanking(description), inputs).trace
    assert compare_traces(norse, theirs.window(description.steps)).equal


@pytest.mark.parametrize("limit", slow_but([2, 3], 2))
def test_integers_agree_and_keep_the_first_spikes(limit: int, lava: Lava) -> None:
    rng = np.random.default_rng(limit)
    description = random_description(rng, (12, 9), steps=10, tau_syn=2 * DT, bias=1.0)
    network = quantize(with_gates(description, limit))
    inputs = random_inputs(rng, network.steps, samples=6)
    inputs[:, 3:] = True  # saturating drive
    ours = emulator.run(network, inputs, record_states=True).trace
    theirs = lava.run_integer(network, inputs).trace
    comparison = compare_traces(ours, theirs)
    assert comparison.equal, comparison.first_divergence
    assert comparison.state_mismatches == 0
    for name in ("layer0", "layer1"):
        free = ours.spikes[f"{name}.free"]
        assert free.sum(axis=0).max() > limit
        np.testing.assert_array_equal(ours.spikes[name], first_spikes(free, limit))
        assert not ours.spikes[name][network.steps :].any()


def test_a_long_sample_agrees_in_integers() -> None:
    rng = np.random.default_rng(7)
    network = quantize(with_gates(random_description(rng, (6,), steps=200, tau_syn=2 * DT), 17))
    inputs = random_inputs(rng, network.steps, samples=2)
    ours = emulator.run(network, inputs, record_states=True).trace
    theirs = MODELS.run_integer(network, inputs).trace
    assert compare_traces(ours, theirs).equal
    free = ours.spikes["layer0.free"]
    assert free.sum(axis=0).max() > 17
    np.testing.assert_array_equal(ours.spikes["layer0"], first_spikes(free, 17))
