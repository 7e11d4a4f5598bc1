from dataclasses import replace

import numpy as np
import pytest

from hw_targets.cost.counts import active_updates, count_run, joined, source_spikes
from hw_targets.cost.placement import place
from hw_targets.cost.traffic import traffic
from hw_targets.emulator import run as emulator
from hw_targets.registry import get_target
from lava_export.quantize.quantize import quantize
from spikeff.ir.network import BLANK, INPUT
from tests.markers import slow_but
from tests.networks import integers, random_description, random_inputs
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


def brute_force(network, inputs, spikes):
    """Every count again, spike by spike, for each presentation."""
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
        n = {"excitatory": 0, "inhibitory": 0, "active": 0, "inactive": 0}
        for p in network.populations:
            for step in range(period):
                reached = set(spiking(p.name, step, sample))
                for c in network.incoming(p.name):
                    if step < c.delay:
                        continue
                    for source in spiking(c.source, step - c.delay, sample):
                        for target, w in enumerate(matrices[id(c)][:, source]):
                            n["excitatory"] += int(w > 0)
                            n["inhibitory"] += int(w < 0)
                            if w != 0:
                                reached.add(target)
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
    assert counts.dense["layer0->layer1"].tolist() == [network.period * pairs] * 2
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
