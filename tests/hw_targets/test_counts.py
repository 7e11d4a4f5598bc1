from dataclasses import replace

import numpy as np
import pytest

from hw_targets.cost.counts import active_updates, count_run, joined, source_spikes
from hw_targets.cost.placement import place
from hw_targets.cost.traffic import traffic
from hw_targets.emulator import run as emulator
from hw_targets.registry import get_target
from lava_export.quantize.quantize import quantize
from spikeff.ir.connectivity import Sparse
from spikeff.ir.network import BLANK, INPUT
from spikeff.ir.roles import LEARNED
from spikeff.ir.trace import SpikeTrace
from tests.markers import slow_but
from tests.networks import (
    integer_connection,
    integer_network,
    integer_population,
    integers,
    random_description,
    random_inputs,
    silencing,
)
from tests.networks.connectivities import KINDS
from tests.parity.test_every_kind import connected


@pytest.fixture
def three_neurons():
    """Two neurons behind two inputs, one behind them; no memory, threshold 2 << 6."""
    network = integers([[4, 0], [0, 4]], vth=2, depth_weights=[[[2, 2]]])
    inputs = np.zeros((4, 1, 2), bool)
    inputs[0, 0, 0] = True
    inputs[2, 0] = True
    return network, inputs, emulator.run(network, inputs).trace


def test_counts_by_hand(three_neurons):
    """Inputs spike 3 times at one stored synapse each; layer1 fires at once: 3 spikes of 1 synapse.

    layer2 needs more than 2 and gets 2 at step 0, 4 at step 2: one spike.
    """
    counts = count_run(*three_neurons)
    assert counts.spikes["input"] == 3
    assert counts.spikes["layer1"] == 3
    assert counts.spikes["layer2"] == 1
    assert counts.excitatory == {"input->layer1": 3, "layer1->layer2": 3}
    assert counts.inhibitory == {"input->layer1": 0, "layer1->layer2": 0}
    assert counts.dense == {"input->layer1": 4 * 4, "layer1->layer2": 4 * 2}
    assert counts.hidden_spikes == 4
    assert counts.total_synops == 6
    # At step 0 one of the two neurons of layer1 is reached, at step 2 both; layer2 at both steps.
    assert counts.active == {"layer1": 3, "layer2": 2}
    assert counts.inactive == {"layer1": 5, "layer2": 2}
    # Both inputs and both neurons left a trace: all 4 and all 2 synapses change once.
    assert counts.learning == {"input->layer1": 4, "layer1->layer2": 2}


def matrices_of(network):
    """Connections that are parts of one matrix together: same ends, kind, delay and role."""
    found = {}
    for c in network.connections:
        found.setdefault((c.source, c.target, c.connectivity, c.delay, c.role), []).append(c)
    return found.values()


def brute_force(network, inputs, spikes):
    """Every count again, spike by spike and step by step, for each presentation."""
    period, presentations = network.period, inputs.shape[1]
    blanked = any(c.source == BLANK for c in network.connections)

    def spiking(source, step, sample):
        if source == INPUT:
            return np.flatnonzero(inputs[step, sample]) if step < network.steps else []
        if source == BLANK:
            return [0] if blanked and step >= network.steps else []
        return np.flatnonzero(spikes[source][step, sample])

    matrices = {id(c): c.connectivity.matrix(c.weights) for c in network.connections}
    found = []
    for sample in range(presentations):
        kinds = ("excitatory", "inhibitory", "active", "inactive", "dense", "learning")
        n = dict.fromkeys(kinds, 0)
        for part, *_ in matrices_of(network):
            there = part.connectivity.matrix(np.ones_like(part.weights)) != 0
            n["dense"] += period * int(there.sum())
            if part.role == LEARNED:
                spiked = {k for t in range(period) for k in spiking(part.source, t, sample)}
                n["learning"] += int(there[:, sorted(spiked)].sum())
        for p in network.populations:
            for step in range(period):
                reached = set(spiking(p.name, step, sample))
                for c in network.incoming(p.name):
                    if step < c.delay:
                        continue
                    for source in spiking(c.source, step - c.delay, sample):
                        weights = matrices[id(c)][:, source]
                        n["excitatory"] += int((weights > 0).sum())
                        n["inhibitory"] += int((weights < 0).sum())
                        reached.update(np.flatnonzero(weights).tolist())
                n["active"] += len(reached)
                n["inactive"] += p.size - len(reached)
        found.append(n)
    return found


@pytest.mark.lava
@pytest.mark.parametrize("one_spike", slow_but([False, True], False))
def test_counts_equal_those_of_lavas_spikes(one_spike):
    """Our counts of the emulator's run against every spike of Lava's run, one by one."""
    rng = np.random.default_rng(5)
    network = quantize(random_description(rng, sizes=(70, 9), one_spike=one_spike), 8)
    inputs = random_inputs(rng, network.steps, 3)
    lava = get_target("lava").run(network, inputs).trace
    ours = count_run(network, inputs, emulator.run(network, inputs).trace)
    theirs = brute_force(network, inputs, lava.spikes)
    assert ours.hidden_spikes == sum(int(z.sum()) for z in lava.spikes.values()) > 50
    for sample, expected in enumerate(theirs):
        for name, count in expected.items():
            assert sum(int(n[sample]) for n in getattr(ours, name).values()) == count
    assert ours.total_synops > 1000


@pytest.mark.parametrize("name", slow_but(KINDS, "conv2d"))
def test_counts_follow_the_synapses_of_every_kind(name):
    network = quantize(connected(name, seed=1))
    inputs = random_inputs(np.random.default_rng(2), network.steps, 2)
    trace = emulator.run(network, inputs).trace
    counts = count_run(network, inputs, trace)
    for sample, expected in enumerate(brute_force(network, inputs, trace.spikes)):
        for part, count in expected.items():
            assert sum(int(n[sample]) for n in getattr(counts, part).values()) == count
    ends = ("layer0", "layer1")
    first = next(c for c in network.connections if (c.source, c.target) == ends)
    kind, shape = first.connectivity, first.weights.shape
    pairs = kind.count(shape)
    # Two matrices of the kind, with other delays, and in each of them every pair.
    assert counts.dense["layer0->layer1"].tolist() == [2 * network.period * pairs] * 2
    left_a_trace = trace.spikes["layer0"].any(axis=0)
    learned = left_a_trace @ kind.fan_out(np.ones(shape, bool))
    assert counts.learning["layer0->layer1"].tolist() == (2 * learned).tolist()
    spikes = source_spikes(network, inputs, trace)
    active = {p.name: active_updates(network, p.name, spikes) for p in network.populations}
    found = traffic(network, place(network), spikes, active)
    assert int(found.synops.sum()) == counts.total_synops > 0


def test_presentations_are_counted_apart_and_gathered():
    rng = np.random.default_rng(0)
    network = quantize(random_description(rng), 8)
    inputs = random_inputs(rng, network.steps, 4)
    whole = count_run(network, inputs, emulator.run(network, inputs).trace)
    parts = [
        count_run(network, part, emulator.run(network, part).trace)
        for part in (inputs[:, :1], inputs[:, 1:])
    ]
    both = joined(parts)
    for name in ("spikes", "excitatory", "inhibitory", "dense", "active", "inactive", "learning"):
        for key, n in getattr(whole, name).items():
            assert np.array_equal(n, getattr(both, name)[key])
    pairs = whole.gathered(np.array([[0, 3], [1, 1]]))
    n = whole.spikes["layer0"]
    assert pairs.spikes["layer0"].tolist() == [n[0] + n[3], 2 * n[1]]


def test_parts_of_a_matrix_add_up(three_neurons):
    """A matrix stored as two, of its first and its second row, is the same matrix."""
    network, inputs, trace = three_neurons
    whole = count_run(network, inputs, trace)
    first, *others = network.connections
    upper = np.array([[1], [0]], first.weights.dtype)
    parts = [replace(first, weights=first.weights * share) for share in (upper, 1 - upper)]
    split = count_run(replace(network, connections=(*parts, *others)), inputs, trace)
    for name in ("excitatory", "dense", "learning", "active"):
        assert getattr(split, name) == getattr(whole, name)


def delayed(seed):
    """Dense connections with and without a delay, two of them between the same ends, and a loop."""
    rng = np.random.default_rng(seed)
    populations = [
        replace(integer_population(rng, name, size, depth), bias_mant=np.zeros(size))
        for name, size, depth in (("p", 7, 0), ("q", 5, 3))
    ]
    sizes = {"p": 7, "q": 5, INPUT: integer_network(populations, []).input_size}
    wiring = [(INPUT, "p", 0), (INPUT, "q", 2), ("p", "q", 0), ("p", "q", 2), ("q", "p", 4)]
    connections = [
        integer_connection(rng, source, target, (sizes[target], sizes[source]), delay=delay)
        for source, target, delay in wiring
    ]
    blanked = [silencing(name, sizes[name], BLANK) for name in ("p", "q")]
    return integer_network(populations, [*connections, *blanked], steps=6, idle_steps=4)


@pytest.mark.parametrize("seed", range(3))
def test_delayed_dense_connections_and_idle_steps_by_brute_force(seed):
    network = delayed(seed)
    inputs = random_inputs(np.random.default_rng(seed), network.steps, 3)
    trace = emulator.run(network, inputs).trace
    counts = count_run(network, inputs, trace)
    for sample, expected in enumerate(brute_force(network, inputs, trace.spikes)):
        for part, count in expected.items():
            by_name = getattr(counts, part)
            assert sum(int(n[sample]) for n in by_name.values()) == count > 0, part
    # Both matrices from p to q, in every step, the idle ones too.
    assert counts.dense["p->q"].tolist() == [2 * 5 * 7 * (6 + 4)] * 3
    twice = trace.spikes["p"].any(axis=0).sum(axis=1) * 5 * 2
    assert counts.learning["p->q"].tolist() == twice.tolist()
    updates = (counts.active[name] + counts.inactive[name] for name in ("p", "q"))
    assert [n.tolist() for n in updates] == [[70] * 3, [50] * 3]
    spikes = source_spikes(network, inputs, trace)
    active = {p.name: active_updates(network, p.name, spikes) for p in network.populations}
    load = traffic(network, place(network), spikes, active)
    assert int(load.synops.sum()) == counts.total_synops


def test_a_few_neurons_reach_those_of_the_same_number_in_a_larger_population():
    network = integers(np.full((5, 2), 4), vth=2)
    (first,) = network.connections
    paired = replace(
        first, connectivity=Sparse(5, 2, np.array([1]), np.array([1])), weights=np.array([4])
    )
    network = replace(network, connections=(paired,))
    inputs = np.zeros((4, 3, 2), bool)
    inputs[0, 1], inputs[1, 2, 0] = True, True
    counts = count_run(network, inputs, emulator.run(network, inputs).trace)
    # The second neuron in the step in which its input spikes; it spikes then, too.
    assert counts.active["layer1"].tolist() == [0, 1, 0]
    assert counts.excitatory["input->layer1"].tolist() == [0, 1, 0]


def test_a_delay_beyond_the_period_arrives_in_no_step():
    network = integers([[4, 0], [0, 4]], vth=2)
    (first,) = network.connections
    late = replace(network, connections=(replace(first, delay=9),))
    inputs = np.ones((4, 1, 2), bool)
    silent = SpikeTrace("none", {"layer1": np.zeros((4, 1, 2), bool)})
    counts = count_run(late, inputs, silent)
    assert (counts.active["layer1"], counts.inactive["layer1"]) == (0, 8)
    spikes = source_spikes(late, inputs, silent)
    active = {"layer1": active_updates(late, "layer1", spikes)}
    assert traffic(late, place(late), spikes, active).synops.sum() == 0
