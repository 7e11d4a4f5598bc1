"""Connections that differ in their delays alone: one list of synapses, in memory and in Lava."""

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.lava import direct
from lava_export.integers.lists import as_one, synapse_lists
from lava_export.lava.graph import integer_graph
from lava_export.mapping.capacity import chip_capacity
from lava_export.mapping.packing import Synapses
from spikeff.ir.connectivity import DENSE, Sparse
from spikeff.lowering.delays import by_delay
from tests.networks import integers

TARGETS, SOURCES = 64, 10
ROLES = ("learned", "fixed", "learned", "fixed")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def delayed(rng, weights=None, most=3):
    """A network whose input delays spikes by 0 to ``most`` steps, a connection for each number."""
    weights = np.full((TARGETS, SOURCES), 2) if weights is None else weights
    whole = integers(weights)
    (first,) = whole.connections
    steps = rng.integers(most + 1, size=weights.shape)
    parts = tuple(
        replace(first, connectivity=kind, weights=values, delay=delay)
        for delay, kind, values in by_delay(DENSE, weights, steps)
    )
    return replace(whole, connections=parts, idle_steps=most), steps


def test_delays_share_axons_and_take_six_bits_a_synapse(rng):
    network, _ = delayed(rng)
    assert len(network.connections) == 4
    (part,) = chip_capacity(network)
    whole = Synapses(integers(np.full((TARGETS, SOURCES), 2)).connections[0], delayed=True)
    assert part.synapse_bits == whole.packed(0, TARGETS).bits == SOURCES * (64 * 14 + 64)
    assert part.input_axons == SOURCES
    assert part.formats == {"0: input->layer1": "dense"}


def test_few_synapses_are_told_apart_by_an_index(rng):
    weights = np.where(rng.random((TARGETS, SOURCES)) < 0.1, 2, 0)
    network, _ = delayed(rng, weights)
    listed = [c for c in network.connections if c.weights.any()]
    network = replace(network, connections=tuple(listed))
    counts = np.count_nonzero(weights, axis=0)
    (part,) = chip_capacity(network)
    assert part.input_axons == np.count_nonzero(counts)
    assert part.synapse_bits == sum(-(-(n * (8 + 6 + 6) + 10) // 64) * 64 for n in counts if n)


def test_what_one_list_cannot_hold_stays_apart(rng):
    network, _ = delayed(rng, most=1)
    early, late = network.connections
    assert [len(each) for each in synapse_lists((early, late))] == [2]
    twice = replace(late, connectivity=early.connectivity, weights=early.weights)
    other = replace(late, weight_exp=1)
    fixed = replace(late, role="fixed")
    for neighbour in (twice, other, fixed):
        assert [len(each) for each in synapse_lists((early, neighbour))] == [1, 1]
    dense = integers(np.full((TARGETS, SOURCES), 2)).connections[0]
    assert synapse_lists((dense, dense)) == [[dense], [dense]]


def test_one_connection_has_the_synapses_of_all(rng):
    network, _ = delayed(rng, rng.integers(1, 50, (TARGETS, SOURCES)) * 2)
    one = as_one(list(network.connections))
    wanted = sum(c.connectivity.matrix(c.weights) for c in network.connections)
    assert (one.connectivity, one.delay) == (DENSE, 3)
    np.testing.assert_array_equal(one.weights, wanted)
    some = as_one(list(network.connections[1:]))
    assert isinstance(some.connectivity, Sparse)
    np.testing.assert_array_equal(
        some.connectivity.matrix(some.weights),
        wanted - network.connections[0].connectivity.matrix(network.connections[0].weights),
    )


def test_lava_holds_them_in_one_process_with_their_delays(rng):
    network, steps = delayed(rng, np.full((TARGETS, SOURCES), 200))
    inputs = rng.random((network.steps, 2, network.input_size)) < 0.3
    graph = integer_graph(network, inputs)
    (synapses,) = (p for p in graph.processes if hasattr(p, "delays"))
    np.testing.assert_array_equal(synapses.delays.init.toarray(), steps)
    spikes = direct.run_integer(network, inputs).trace.spikes["layer1"]
    roles = zip(network.connections, ROLES, strict=True)
    apart = replace(network, connections=tuple(replace(c, role=role) for c, role in roles))
    np.testing.assert_array_equal(direct.run_integer(apart, inputs).trace.spikes["layer1"], spikes)
    assert spikes.any()
