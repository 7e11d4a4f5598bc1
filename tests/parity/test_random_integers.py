"""Random integer networks: the emulator and Lava's fixed point, bit for bit or refused by name.

Most networks run in Lava's models without its runtime (``hw_targets.lava.direct``), which is held
against the runtime below.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import count, islice, product
from random import Random

import numpy as np
import pytest
from lava.utils.weightutils import SignMode, clip_weights, truncate_weights

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
from tests.hw_targets.interpreted import interpret, taken
from tests.networks import INPUT_SIZE, Case, integer_network, integer_population, random_case


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


@pytest.mark.parametrize(
    ("count", "least", "first"), [(50, 1, 0), pytest.param(100, 4, 1000, marks=pytest.mark.slow)]
)
def test_seeded_networks_and_what_they_reach(count: int, least: int, first: int) -> None:
    seen = Counter[str]()
    seed = first
    while seen["compared"] < count:
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
    assert all(found >= least for found in seen.values()), seen
    assert seed - first < 2 * count


def test_the_compiled_loops_are_lava(monkeypatch: pytest.MonkeyPatch) -> None:
    """What long runs take, as plain Python; the rest of this file runs the NumPy witness."""
    interpret(monkeypatch)
    cases = (random_case(Random(seed)) for seed in count(2000))
    some = [case for case in islice(cases, 50) if taken(case.network) and compared(case)]
    assert len(some) >= 12
    assert any(c.delay for case in some for c in case.network.connections)


def _has_conv(case: Case) -> bool:
    """Whether Lava's Conv is among the processes."""
    if not any(c.connectivity.name == "conv2d" for c in case.network.connections):
        return False
    with lava_compat.untouched_root_logger():
        graph = integer_graph(case.network, case.inputs)
    forget(list(graph.processes))
    return any(type(p).__name__ == "Conv" for p in graph.processes)


@pytest.mark.lava
@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_lava_without_its_runtime_is_lava(seed: int) -> None:
    case = random_case(Random(seed))
    direct = lava_direct.run_integer(case.network, case.inputs).trace
    runtime = lava_cpu.run_integer(case.network, case.inputs, record_states=True).trace
    comparison = compare_traces(direct, runtime)
    assert comparison.equal, comparison.first_divergence


@pytest.mark.lava
@pytest.mark.slow
def test_lavas_conv_in_its_runtime() -> None:
    """Where it is chosen at all, the runtime turns its ports as the models alone do."""
    case = next(c for c in (random_case(Random(seed)) for seed in range(1000)) if _has_conv(c))
    ours = emulator.run(case.network, case.inputs, record_states=True).trace
    runtime = lava_cpu.run_integer(case.network, case.inputs, record_states=True).trace
    comparison = compare_traces(ours, runtime)
    assert comparison.equal, comparison.first_divergence


# What a synapse may hold: Loihi stores 1 to 8 bits, and its exponent of 4 bits reaches 7. Below
# -6, the shift with which Lava takes a weight into u no longer makes the exponent good.
BITS, EXPONENTS = range(1, 9), range(-6, 8)
OWNER = "^connection input->p: "
CORNERS = (0, 1, 2, 3, 4, 6, 8, 24, 64, 96, 127, 128, 252, 253, 254, 255, 256, 257, 400)


def unchanged_by_lava(weight: int, bits: int, exponent: int, sign: str) -> bool:
    """Whether Lava's ``Dense`` keeps a weight: by its own clipping and truncating, and shift."""
    mode, given = SignMode[sign.upper()], np.array([[weight]])
    stored = int(truncate_weights(clip_weights(given, mode, num_bits=8), mode, bits)[0, 0])
    brings = stored << exponent if exponent > 0 else stored >> -exponent
    return stored == weight and brings == weight * Fraction(2) ** exponent


@pytest.mark.parametrize("sign", ["mixed", "excitatory", "inhibitory"])
def test_synapses_that_lava_would_change_are_refused_by_name(sign: str) -> None:
    """Lava floors a weight to the grid of its bits and shifts sums; nothing else is accepted."""
    made = Counter[bool]()
    weights = sorted({*CORNERS, *(-w for w in CORNERS)})
    for weight, bits, exponent in product(weights, range(-1, 11), range(-8, 10)):
        in_format = bits in BITS and exponent in EXPONENTS
        exact = in_format and unchanged_by_lava(weight, bits, exponent, sign)
        refused = contextlib.nullcontext() if exact else pytest.raises(LimitError, match=OWNER)
        with refused:
            IntegerConnection(INPUT, "p", DENSE, np.array([[weight]]), bits, exponent, sign)
        made[exact] += 1
    assert min(made.values()) > 200


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
