"""A layer's spikes pass until their number reaches the budget: the same in every simulator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from lava_export.quantize.blanking import with_blanking
from lava_export.quantize.quantize import quantize
from spikeff.ir.network import NetworkDescription
from spikeff.ir.trace import SpikeTrace, compare_traces
from spikeff.references import brian2 as brian2_reference
from spikeff.references import norse as norse_reference
from tests.markers import slow_but
from tests.networks import DT, random_description, random_inputs, with_budget, within
from tests.parity.conftest import Lava, once_in_the_runtime

CASES: dict[str, dict[str, Any]] = {
    "lasting current": {},
    "fast current": {"tau_syn": 2 * DT},
    "at most one spike per neuron": {"one_spike": True},
}
BUDGETS = {"lasting current": 5, "fast current": 7, "at most one spike per neuron": 3}


def network(case: str, rng: np.random.Generator) -> NetworkDescription:
    return with_budget(random_description(rng, (12, 9), 10, **CASES[case]), BUDGETS[case])


def assert_budget_binds(trace: SpikeTrace, steps: int, budget: int) -> None:
    """Some samples spend it and lose spikes, and exactly those of later steps."""
    layer, passed = (trace.spikes[name][:steps] for name in ("layer0", "layer0.passed"))
    np.testing.assert_array_equal(passed, within(layer, budget))
    assert passed.sum() < layer.sum()
    spent = layer.sum((0, 2)) >= budget
    np.testing.assert_array_equal(trace.spikes["layer0.budget"][:steps].sum((0, 2)), spent)
    assert trace.spikes["layer1"][:steps].any()


@pytest.mark.parametrize("case", slow_but(CASES, "fast current"))
def test_floats_agree(case: str, lava: Lava) -> None:
    rng = np.random.default_rng(sorted(CASES).index(case))
    description = network(case, rng)
    inputs = random_inputs(rng, description.steps, samples=6)
    norse = norse_reference.run(description, inputs)
    assert_budget_binds(norse, description.steps, BUDGETS[case])
    assert compare_traces(norse, brian2_reference.run(description, inputs)).equal
    theirs = lava.run_float(with_blanking(description), inputs).trace
    assert compare_traces(norse, theirs.window(description.steps)).equal


@pytest.mark.parametrize(("case", "lava"), once_in_the_runtime(CASES, *CASES))
def test_integers_agree(case: str, lava: Lava) -> None:
    rng = np.random.default_rng(10 + sorted(CASES).index(case))
    integers = quantize(network(case, rng))
    inputs = random_inputs(rng, integers.steps, samples=6)
    ours = emulator.run(integers, inputs, record_states=True).trace
    assert_budget_binds(ours, integers.steps, BUDGETS[case])
    theirs = lava.run_integer(integers, inputs).trace
    comparison = compare_traces(ours, theirs)
    assert comparison.equal, comparison.first_divergence
    assert comparison.state_mismatches == 0
