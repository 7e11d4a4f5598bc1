from dataclasses import replace

import numpy as np

from hw_targets.cost.counts import active_updates, source_spikes
from hw_targets.cost.placement import distance, place
from hw_targets.cost.traffic import reached_cores, traffic
from spikeff.ir.connectivity import ONE_TO_ONE
from spikeff.ir.roles import SELF_INHIBITION
from spikeff.ir.trace import SpikeTrace
from tests.networks import integers


def wide():
    """3 inputs -> 4,000 neurons (cores 0 to 3, tile 0) -> 2 neurons (core 4, tile 1).

    Input 0 has synapses in the first core only, input 1 in the first and the last, input 2 none.
    """
    first = np.zeros((4000, 3), int)
    first[0, 0] = 2
    first[0, 1], first[3999, 1] = 2, 2
    second = np.zeros((2, 4000), int)
    second[0, 3999] = -2
    return integers(first, depth_weights=[second], steps=2)


def test_populations_fill_consecutive_cores():
    placement = place(wide())
    assert placement.cores == 5
    assert placement.tiles == 2
    assert placement.core_of["layer1"][[0, 999, 1000, 3999]].tolist() == [0, 0, 1, 3]
    assert placement.core_of["layer2"].tolist() == [4, 4]
    assert placement.core_tiles().tolist() == [0, 0, 0, 0, 1]
    assert list(placement.cores_of("layer1")) == [0, 1, 2, 3]


def test_hops_go_by_columns_and_rows():
    """Tile 9 is in the second row and second column of a mesh of 8 columns."""
    assert [int(n) for n in distance(np.array(0), np.array(9))] == [1, 1]
    assert [int(n) for n in distance(np.array(7), np.array(8))] == [7, 1]


def test_messages_go_once_to_every_core_with_a_synapse():
    network = wide()
    placement = place(network)
    assert reached_cores(network, placement, "input").sum(axis=1).tolist() == [1, 2, 0]
    inputs = np.zeros((2, 2, 3), bool)
    inputs[0, 0] = True  # the first presentation: all three inputs once
    inputs[:, 1, 1] = True  # the second: input 1 twice
    spikes = {"layer1": np.zeros((2, 2, 4000), bool), "layer2": np.zeros((2, 2, 2), bool)}
    spikes["layer1"][1, 0, [0, 3999]] = True  # neuron 0 reaches nobody, neuron 3999 core 4
    sources = source_spikes(network, inputs, SpikeTrace("hand", spikes))
    active = {p.name: active_updates(network, p.name, sources) for p in network.populations}
    load = traffic(network, placement, sources, active)
    assert load.messages["input"].tolist() == [3, 4]
    assert load.messages["layer1"].tolist() == [1, 0]
    assert load.hops_east_west["input"].tolist() == [0, 0]  # spikes enter at tile 0
    assert load.hops_east_west["layer1"].tolist() == [1, 0]
    assert load.hops_north_south["layer1"].tolist() == [0, 0]
    assert load.synops[:, :, 3].tolist() == [[1, 1], [0, 1]]
    assert load.synops[1, 0, 4] == 1
    assert load.arriving[0, :, 0].tolist() == [2, 1]
    assert load.entering.tolist() == [[3, 2], [0, 2]]
    assert load.spikes[1, 0].tolist() == [1, 0, 0, 1, 0]
    assert load.farthest == (1, 0)
    assert load.active[1, 0, 0] == 1  # the spiking neuron
    assert load.active[0, 0, 0] + load.inactive[0, 0, 0] == 1000


def test_a_spike_to_its_own_core_arrives_in_the_step_in_which_it_is_sent():
    """Its target hears it one of its own steps later, as a layer above hears it in the same."""
    network = integers([[4]], vth=2, steps=3)
    (first,) = network.connections
    inhibits = replace(
        first,
        source="layer1",
        connectivity=ONE_TO_ONE,
        weights=np.array([-4]),
        delay=1,
        role=SELF_INHIBITION,
    )
    network = replace(network, connections=(first, inhibits))
    inputs = np.zeros((3, 1, 1), bool)
    inputs[0] = True
    spikes = SpikeTrace("hand", {"layer1": inputs.copy()})
    sources = source_spikes(network, inputs, spikes)
    active = {"layer1": active_updates(network, "layer1", sources)}
    load = traffic(network, place(network), sources, active)
    assert load.arriving[:, 0, 0].tolist() == [1, 1, 0]
    assert load.synops[:, 0, 0].tolist() == [1, 1, 0]
