"""Random integer networks: the emulator and Lava's fixed point, bit for bit or refused by name.

Most networks run in Lava's models without its runtime (``hw_targets.lava.direct``), which is held
against the runtime below.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hw_targets.emulator import run as emulator
from hw_targets.lava import cpu as lava_cpu
from hw_targets.lava import direct as lava_direct
from hw_targets.lava.cpu import forget
from lava_export.integers.network import IntegerConnection
from lava_export.lava import compat as lava_compat
from lava_export.lava.graph import integer_graph
from spikeff.errors import LimitError
from spikeff.ir.connectivity import DENSE
from spikeff.ir.network import INPUT
from spikeff.ir.trace import compare_traces
from tests.networks import INPUT_SIZE, Case, integer_network, integer_population, random_case

REPRODUCIBLE = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def compared(case: Case) -> bool:
    """Compare a case in emulator and Lava; False where the emulator refuses it by name."""
    try:
        ours = emulator.run(case.network, case.inputs, record_states=True).trace
    except LimitError as refusal:
        if "would reach" not in str(refusal):
            raise
        return False
    lava = lava_direct.run_integer(case.network, case.inputs).trace
    comparison = compare_traces(ours, lava)
    assert comparison.equal, comparison.first_divergence
    return True


@settings(REPRODUCIBLE, max_examples=100)
@given(random=st.randoms(use_true_random=False))
def test_networks_that_hypothesis_finds(random: Random) -> None:
    compared(random_case(random))


def test_two_hundred_seeded_networks_and_what_they_reach() -> None:
    seen = Counter[str]()
    seed = 0
    while seen["compared"] < 200:
        case = random_case(Random(seed))
        seed += 1
        if not compared(case):
            continue
        seen["compared"] += 1
        run = emulator.run(case.network, case.inputs)
        seen["wraps"] += any(s.u_wraps for s in run.saturation.values())
        seen["clips"] += any(s.v_clips for s in run.saturation.values())
        seen["spikes"] += any(z.any() for z in run.trace.spikes.values())
        seen["delays"] += any(c.delay for c in case.network.connections)
        seen.update({c.connectivity.name for c in case.network.connections})
        seen["Conv"] += _has_conv(case)
        seen["loops"] += any(c.source == c.target for c in case.network.connections)
    assert all(count >= 10 for count in seen.values()), seen
    assert seed < 400


def _has_conv(case: Case) -> bool:
    """Whether Lava's Conv is among the processes."""
    if not any(c.connectivity.name == "conv2d" for c in case.network.connections):
        return False
    with lava_compat.untouched_root_logger():
        graph = integer_graph(case.network, case.inputs)
    forget(list(graph.processes))
    return any(type(p).__name__ == "Conv" for p in graph.processes)


@settings(REPRODUCIBLE, max_examples=8)
@given(seed=st.integers(0, 2**32))
def test_lava_without_its_runtime_is_lava(seed: int) -> None:
    case = random_case(Random(seed))
    direct = lava_direct.run_integer(case.network, case.inputs).trace
    runtime = lava_cpu.run_integer(case.network, case.inputs, record_states=True).trace
    comparison = compare_traces(direct, runtime)
    assert comparison.equal, comparison.first_divergence


def test_lavas_conv_in_its_runtime() -> None:
    """Where it is chosen at all, the runtime turns its ports as the models alone do."""
    case = next(c for c in (random_case(Random(seed)) for seed in range(1000)) if _has_conv(c))
    ours = emulator.run(case.network, case.inputs, record_states=True).trace
    runtime = lava_cpu.run_integer(case.network, case.inputs, record_states=True).trace
    comparison = compare_traces(ours, runtime)
    assert comparison.equal, comparison.first_divergence


@settings(REPRODUCIBLE, max_examples=60)
@given(
    weight=st.integers(-400, 400),
    bits=st.integers(-1, 10),
    exponent=st.integers(-8, 9),
    sign=st.sampled_from(["mixed", "excitatory", "inhibitory"]),
)
def test_synapses_outside_the_exact_domain_are_refused_by_name(
    weight: int, bits: int, exponent: int, sign: str
) -> None:
    """Exact are weights on Lava's grid and exponents 0..7; Lava would floor or shift the rest."""
    low, high = {"mixed": (-256, 255), "excitatory": (0, 255), "inhibitory": (-255, 0)}[sign]
    grid = 2 ** (8 - bits + (sign == "mixed"))
    exact = 1 <= bits <= 8 and 0 <= exponent <= 7 and low <= weight <= high and weight % grid == 0
    arguments: tuple[Any, ...] = (INPUT, "p", DENSE, np.array([[weight]]), bits, exponent, sign)
    if exact:
        IntegerConnection(*arguments)
    else:
        with pytest.raises(LimitError, match="connection input->p: "):
            IntegerConnection(*arguments)


@pytest.mark.parametrize("field", ["du", "dv", "vth", "bias_exp"])
def test_registers_hold_their_width_and_no_more(field: str) -> None:
    population = random_case(Random(0)).network.populations[0]
    highest = {"du": 4095, "dv": 4095, "vth": 2**17 - 1, "bias_exp": 7}[field]
    for value in (0, highest):
        assert getattr(replace(population, **{field: value}), field) == value
    for value in (-1, highest + 1):
        with pytest.raises(LimitError, match=f"population 'p0': {field} = {value}"):
            replace(population, **{field: value})


def test_a_spike_from_before_the_first_sample_is_refused_and_would_reach_lava() -> None:
    """The input keeps samples silent; only in the empty steps before them does the bias win."""
    population = integer_population(
        np.random.default_rng(0), "p", 1, du=4095, dv=0, vth=100, bias_exp=0
    )
    driven = replace(population, bias_mant=np.array([2000]))
    connections = [
        IntegerConnection(INPUT, "p", DENSE, np.full((1, INPUT_SIZE), -254), 8, 0, "mixed"),
        IntegerConnection("p", "p", DENSE, np.array([[254]]), 8, 0, "mixed", delay=1),
    ]
    network = integer_network([driven], connections, steps=3, idle_steps=1)
    inputs = np.zeros((3, 2, INPUT_SIZE), bool)
    inputs[0] = True
    with pytest.raises(LimitError, match="'p': neuron 0, driven by its bias, spikes 1 steps befo"):
        emulator.run(network, inputs)
    u = lava_direct.run_integer(network, inputs).trace.u["p"]
    assert u[0, 0, 0] == u[0, 1, 0] + (254 << 6)
