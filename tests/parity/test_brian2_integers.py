"""The Brian2 integer model, written from the published equations, against the emulator."""

from __future__ import annotations

import os
from functools import cache
from random import Random

import numpy as np
import pytest
from brian2.devices.device import get_device, runtime_device

from hw_targets.emulator import run as emulator
from spikeff.errors import DescriptionError, LimitError, UnknownNameError
from spikeff.ir.trace import compare_traces
from spikeff.references import brian2 as brian2_reference
from spikeff.references import brian2_integers
from spikeff.references import norse as norse_reference
from tests.markers import slow_but
from tests.networks import DT, Case, random_case, random_description, random_inputs

COMPILED = pytest.mark.skipif(
    not os.environ.get("SPIKEFF_COMPILED"),
    reason="compiling takes minutes: set SPIKEFF_COMPILED=1 where a C++ compiler is installed",
)


@cache
def accepted_cases(count: int, first: int) -> list[Case]:
    """Random networks that the emulator does not refuse."""
    cases, seed = [], first
    while len(cases) < count:
        case = random_case(Random(seed))
        seed += 1
        try:
            emulator.run(case.network, case.inputs)
        except LimitError:
            continue
        cases.append(case)
    return cases


@pytest.mark.parametrize("index", slow_but(range(8), 0))
def test_two_implementations_that_share_no_arithmetic(index: int) -> None:
    case = accepted_cases(8, first=5000)[index]
    ours = emulator.run(case.network, case.inputs, record_states=True).trace
    theirs = brian2_integers.run(case.network, case.inputs)
    comparison = compare_traces(ours, theirs)
    assert comparison.equal, comparison.first_divergence


def test_inputs_and_targets_that_do_not_fit_are_refused() -> None:
    case = accepted_cases(1, first=0)[0]
    with pytest.raises(DescriptionError, match="do not fit"):
        brian2_integers.run(case.network, case.inputs[1:])
    with pytest.raises(UnknownNameError, match="Did you mean 'cython'"):
        brian2_integers.run(case.network, case.inputs, "cyton")


@COMPILED
@pytest.mark.parametrize("target", ["cython", "cpp_standalone"])
def test_compiled_integers(target: str) -> None:
    case = accepted_cases(1, first=253)[0]
    ours = emulator.run(case.network, case.inputs, record_states=True).trace
    theirs = brian2_integers.run(case.network, case.inputs, target)
    comparison = compare_traces(ours, theirs)
    assert comparison.equal, comparison.first_divergence
    assert get_device() is runtime_device


@COMPILED
@pytest.mark.parametrize("target", ["cython", "cpp_standalone"])
def test_compiled_floats_round_as_numpy_does(target: str) -> None:
    rng = np.random.default_rng(4)
    description = random_description(rng, (12, 9), tau_syn=4 * DT)
    inputs = random_inputs(rng, description.steps, samples=5)
    norse = norse_reference.run(description, inputs, record_states=True)
    compiled = brian2_reference.run(description, inputs, target, record_states=True)
    comparison = compare_traces(norse, compiled, exact_states=False)
    assert comparison.equal, comparison.first_divergence
    assert comparison.state_error is not None
    assert comparison.state_error < 1e-12
