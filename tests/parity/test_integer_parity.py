"""The emulator and Lava in fixed point: bit for bit in u, v and spikes, idle steps included."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from hw_targets.emulator import witness
from hw_targets.lava import cpu as lava_cpu
from lava_export.integers.network import IntegerConnection, IntegerNetwork
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE
from spikeff.ir.network import BLANK, INPUT
from spikeff.ir.trace import SpikeTrace, compare_traces
from tests.networks import (
    INPUT_SIZE,
    integer_connection,
    integer_network,
    integer_population,
    random_inputs,
    silencing,
)
from tests.parity.conftest import Lava, in_the_runtime_too, once_in_the_runtime

EDGES: dict[str, list[dict[str, int]]] = {
    "decays": [{"du": du, "dv": dv} for du in (0, 1, 4094, 4095) for dv in (0, 1, 4095)],
    "thresholds": [{"vth": vth} for vth in (0, 1, 2**17 - 1)],
    "biases": [{"bias_exp": exp} for exp in (0, 7)],
}
SIGNS = ("mixed", "excitatory", "inhibitory")


def assert_equal_to_lava(lava: Lava, network: IntegerNetwork, inputs: Array) -> SpikeTrace:
    theirs = lava.run_integer(network, inputs).trace
    ours = emulator.run(network, inputs, record_states=True).trace
    comparison = compare_traces(ours, theirs)
    assert comparison.equal, comparison.first_divergence
    assert comparison.state_mismatches == 0
    assert {a.dtype for a in (*theirs.u.values(), *theirs.v.values())} == {np.dtype(np.int32)}
    return ours


def side_by_side(rng: np.random.Generator, constants: list[dict[str, int]], **synapses: Any) -> Any:
    """One population per entry of ``constants``, all driven by the input."""
    names = [f"p{k}" for k in range(len(constants))]
    populations = [
        integer_population(rng, name, 4, **chosen)
        for name, chosen in zip(names, constants, strict=True)
    ]
    connections = [
        integer_connection(rng, INPUT, name, (4, INPUT_SIZE), **synapses) for name in names
    ]
    return integer_network(populations, connections)


@pytest.mark.parametrize("edge", EDGES)
def test_edges_of_the_registers(edge: str, lava: Lava) -> None:
    rng = np.random.default_rng(sorted(EDGES).index(edge))
    network = side_by_side(rng, EDGES[edge], weight_exp=2)
    assert_equal_to_lava(lava, network, random_inputs(rng, network.steps, samples=3))


@pytest.mark.parametrize("sign_mode", SIGNS)
def test_weight_formats(sign_mode: str, lava: Lava) -> None:
    rng = np.random.default_rng(1)
    formats = [(8, 0), (8, 7), (4, 3), (1, 5)]
    populations = [integer_population(rng, f"p{k}", 4) for k in range(len(formats))]
    connections = [
        integer_connection(rng, INPUT, f"p{k}", (4, INPUT_SIZE), exp, sign_mode, bits)
        for k, (bits, exp) in enumerate(formats)
    ]
    network = integer_network(populations, connections)
    assert_equal_to_lava(lava, network, random_inputs(rng, network.steps, samples=2))


def test_folding_and_clipping(lava: Lava) -> None:
    rng = np.random.default_rng(3)
    network = side_by_side(rng, [{"du": 0, "dv": 0}, {"du": 0, "dv": 7, "vth": 2**17 - 1}])
    strong = [
        integer_connection(rng, INPUT, c.target, (4, INPUT_SIZE), weight_exp=7)
        for c in network.connections
    ]
    network = integer_network(list(network.populations), strong, steps=12)
    trace = assert_equal_to_lava(lava, network, random_inputs(rng, network.steps, samples=3))
    assert max(np.abs(v).max() for v in trace.v.values()) == 2**23 - 1


@in_the_runtime_too
def test_a_current_beyond_32_bits_wraps_as_in_lava(lava: Lava) -> None:
    rng = np.random.default_rng(4)
    channels = 1200 + INPUT_SIZE
    connections = [
        integer_connection(rng, INPUT, "p", (3, channels), 7, sign)
        for sign in ("excitatory", "excitatory", "mixed")
    ]
    population = integer_population(rng, "p", 3, du=0)
    network = integer_network([population], connections, pixels=1200 + 30)
    inputs = rng.random((network.steps, 2, channels)) < 0.95
    trace = assert_equal_to_lava(lava, network, inputs)
    assert np.abs(trace.u["p"].astype(np.int64)).max() > 2**24


def test_exactly_at_the_threshold_and_at_the_fold(lava: Lava) -> None:
    def weights(*rows: tuple[int, int]) -> Array:
        """Rows of a weight repeated for so many channels."""
        matrix = np.zeros((len(rows), INPUT_SIZE), np.int16)
        for row, (weight, channels) in zip(matrix, rows, strict=True):
            row[:channels] = weight
        return matrix

    rng = np.random.default_rng(5)
    populations = [
        replace(integer_population(rng, name, 2, du=4095, vth=252), bias_mant=np.zeros(2))
        for name in ("threshold", "fold")
    ]
    synapses = {
        "threshold": (weights((252, 1), (254, 1)), 0),
        "fold": (weights((-256, 4), (128, 8)), 7),
    }
    connections = [
        IntegerConnection(INPUT, name, DENSE, matrix, 8, exp, "mixed")
        for name, (matrix, exp) in synapses.items()
    ]
    inputs = np.zeros((6, 1, INPUT_SIZE), bool)
    inputs[0] = True
    trace = assert_equal_to_lava(lava, integer_network(populations, connections), inputs)
    assert trace.spikes["threshold"][0, 0].tolist() == [False, True]
    assert trace.u["fold"][0, 0].tolist() == [2**23, 2**23]


def self_inhibited(rng: np.random.Generator, idle_steps: int = 1, blank: bool = True) -> Any:
    """Two populations that inhibit themselves, with strong positive biases."""
    names = ("layer0", "layer1")
    populations = [integer_population(rng, name, 10, k) for k, name in enumerate(names)]
    connections = [
        integer_connection(rng, INPUT, "layer0", (10, INPUT_SIZE)),
        integer_connection(rng, "layer0", "layer1", (10, 10)),
    ]
    for name in names:
        connections.append(silencing(name, 10, name, delay=1))
        if blank:
            connections.append(silencing(name, 10, BLANK, delay=0))
    return integer_network(populations, connections, idle_steps=idle_steps)


@pytest.mark.parametrize(("seed", "lava"), once_in_the_runtime(range(3), *range(3)))
def test_samples_in_a_row_with_self_inhibition(seed: int, lava: Lava) -> None:
    rng = np.random.default_rng(seed)
    network = self_inhibited(rng)
    trace = assert_equal_to_lava(lava, network, random_inputs(rng, network.steps, samples=8))
    for spikes in trace.spikes.values():
        assert spikes.any()
        assert not spikes[network.steps :].any()


@in_the_runtime_too
def test_delays_and_skips(lava: Lava) -> None:
    rng = np.random.default_rng(6)
    populations = [integer_population(rng, f"p{k}", 6, k) for k in range(3)]
    connections = [
        integer_connection(rng, INPUT, "p0", (6, INPUT_SIZE)),
        integer_connection(rng, INPUT, "p2", (6, INPUT_SIZE), weight_exp=1),
        integer_connection(rng, "p0", "p1", (6, 6), weight_exp=2),
        integer_connection(rng, "p1", "p2", (6, 6), weight_exp=2, delay=2),
        integer_connection(rng, INPUT, "p0", (6, INPUT_SIZE), delay=2),
        silencing("p1", 6, "p1", delay=2),
        *(silencing(f"p{k}", 6, BLANK, delay=0) for k in range(3)),
    ]
    network = integer_network(populations, connections, steps=9, idle_steps=2)
    assert_equal_to_lava(lava, network, random_inputs(rng, network.steps, samples=4))


@pytest.mark.slow
@pytest.mark.lava
def test_states_do_not_change_the_spikes_and_chunks_do_not_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(9)
    network = self_inhibited(rng)
    inputs = random_inputs(rng, network.steps, samples=11)
    whole = emulator.run(network, inputs, record_states=True).trace
    monkeypatch.setattr(witness, "CHUNK_SAMPLES", (4, 4))
    chunks = emulator.run(network, inputs, record_states=True).trace
    assert compare_traces(whole, chunks).equal
    assert not emulator.run(network, inputs).trace.u
    spikes_only = lava_cpu.run_integer(network, inputs[:, :2]).trace
    for name, spikes in spikes_only.spikes.items():
        np.testing.assert_array_equal(spikes, whole.spikes[name][:, :2])


def test_lingering_spikes_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(LimitError, match=r"layer0->layer0: neuron \d+ of 'layer0' spikes"):
        emulator.run(
            self_inhibited(rng, idle_steps=0, blank=False), random_inputs(rng, 6, samples=4)
        )


def test_what_is_refused_would_leak_in_lava(lava: Lava) -> None:
    population = integer_population(np.random.default_rng(0), "p", 1, dv=0, vth=600)
    # 600 << 6 takes the bias all 7 steps of a period, so it spikes in the idle step.
    driven = replace(population, bias_mant=np.array([86]), bias_exp=6)
    inhibited = integer_network([driven], [silencing("p", 1, "p", delay=1)], idle_steps=1)
    linked = replace(
        inhibited,
        connections=(
            *inhibited.connections,
            integer_connection(np.random.default_rng(0), INPUT, "p", (1, INPUT_SIZE)),
        ),
    )
    silence = np.zeros((6, 2, INPUT_SIZE), bool)
    with pytest.raises(LimitError, match="within the last 1 of 7 steps of sample 0"):
        emulator.run(linked, silence)
    u = lava.run_integer(linked, silence).trace.u["p"]
    assert u[0, 0, 0] < 0  # what the warm-up left behind


def test_a_broken_spike_limit_is_refused() -> None:
    rng = np.random.default_rng(0)
    population = integer_population(rng, "p", 4, vth=0)
    limited = replace(population, spike_limit=1)
    connection = integer_connection(rng, INPUT, "p", (4, INPUT_SIZE), 2, "excitatory")
    network = integer_network([limited], [connection])
    with pytest.raises(LimitError, match=r"'p': neuron \d+ spiked \d+ times in sample 0"):
        emulator.run(network, np.ones((6, 2, INPUT_SIZE), bool))
