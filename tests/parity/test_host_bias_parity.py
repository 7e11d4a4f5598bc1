"""Biases that a host writes for each sample: the same u, v and spikes in every simulator.

The seeds are of cases that samples with other biases answer otherwise.
"""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from hw_targets.emulator import torch_kernel, witness
from hw_targets.lava import cpu, direct
from spikeff.ir.trace import SpikeTrace, compare_traces
from spikeff.references import brian2_integers
from tests.hw_targets.interpreted import interpret, taken
from tests.hw_targets.plain_emulator import plain
from tests.networks import Case
from tests.networks.host_biases import hosted_case


def case_of(seed: int) -> Case:
    return hosted_case(Random(seed))


def in_numpy(case: Case) -> SpikeTrace:
    trace = emulator.run(case.network, case.inputs, True, witness.run_samples).trace
    written = trace.spikes[case.network.host[0].target]
    assert (written != written[:, :1]).any()
    return trace


@pytest.mark.parametrize("seed", [3, 50, 74, 112, 133, 139, 170, 188, 255, 320])
def test_emulator_and_lava_are_equal(seed: int) -> None:
    case = case_of(seed)
    ours = in_numpy(case)
    assert compare_traces(ours, plain(case.network, case.inputs).trace).equal
    assert compare_traces(ours, direct.run_integer(case.network, case.inputs).trace).equal


@pytest.mark.parametrize("seed", [8, 12, 130, 170])
def test_compiled_loops_and_torch_are_equal(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    case = case_of(seed)
    ours = in_numpy(case)
    in_torch = torch_kernel.run(case.network, case.inputs, True, "cpu").trace
    assert compare_traces(ours, in_torch).equal
    interpret(monkeypatch)
    assert taken(case.network)
    assert compare_traces(ours, emulator.run(case.network, case.inputs, True).trace).equal


@pytest.mark.slow
@pytest.mark.parametrize("seed", [50, 170])
def test_brian2_and_lavas_runtime_are_equal(seed: int) -> None:
    case = case_of(seed)
    ours = in_numpy(case)
    assert compare_traces(ours, brian2_integers.run(case.network, case.inputs)).equal
    assert compare_traces(ours, cpu.run_integer(case.network, case.inputs, True).trace).equal


def test_a_sample_keeps_its_bias_among_others() -> None:
    case = case_of(288)
    ours = in_numpy(case)
    for k in range(case.inputs.shape[1]):
        alone = emulator.run(case.network, case.inputs[:, k : k + 1], True).trace
        for name, v in alone.v.items():
            np.testing.assert_array_equal(v[:, 0], ours.v[name][:, k])


def test_many_samples_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    case = case_of(60)
    many = Case(case.network, np.concatenate([case.inputs] * 7, axis=1))
    monkeypatch.setattr(witness, "CHUNK_SAMPLES", (4, 7))
    assert compare_traces(in_numpy(many), plain(many.network, many.inputs).trace).equal
