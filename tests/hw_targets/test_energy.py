from dataclasses import replace

import numpy as np
import pytest

from hw_targets import emulator
from hw_targets.cost_table import cost_table
from hw_targets.counts import Counts, count_run
from hw_targets.energy import estimate
from spikeff.errors import ConfigError, UnknownNameError
from tests.builders import integers


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
    assert counts.synops == {"input->layer1": 3, "layer1->layer2": 3}
    assert counts.hidden_spikes == 4
    # Steps 0 and 2 bring spikes to both populations.
    assert counts.active_updates == {"layer1": 4, "layer2": 2}
    assert counts.inactive_updates == {"layer1": 4, "layer2": 2}


def test_energy_by_hand(three_neurons):
    network, _, _ = three_neurons
    result = estimate(network, count_run(*three_neurons), 1, cost_table("loihi1"))
    assert result.synaptic_joules == pytest.approx(6 * 23.6e-12, rel=1e-12)
    assert result.neuron_joules == pytest.approx((6 * 81 + 6 * 52) * 1e-12, rel=1e-12)
    # input and layer1 spike to one core each; layer2 has no target.
    assert result.spike_joules == pytest.approx(6 * 1.7e-12, rel=1e-12)
    parts = result.synaptic_joules + result.neuron_joules + result.spike_joules
    assert result.dynamic_joules == parts
    assert result.cores == 2
    assert result.steps == 4 + 2
    busiest = (3 * 3.5 + 4 * 8.4 + 4 * 5.3) / 4
    assert result.seconds == pytest.approx(6 * (113 + busiest) * 1e-9, rel=1e-12)
    assert result.static_joules == pytest.approx(2 * 0.816e-3 * result.seconds, rel=1e-12)
    assert result.kind == "estimated"
    assert "Davies" in result.source


def test_half_the_spikes_cost_half_the_synaptic_energy(three_neurons):
    network, _, _ = three_neurons
    whole = count_run(*three_neurons)
    halved = Counts(whole.presentations)
    halved.add(whole)
    halved.synops = type(whole.synops)({k: n / 2 for k, n in whole.synops.items()})
    halved.presentations = whole.presentations
    table = cost_table("loihi1")
    full = estimate(network, replace(whole), 1, table).synaptic_joules
    assert estimate(network, halved, 1, table).synaptic_joules == full / 2


def test_an_inference_of_ten_passes_costs_ten(three_neurons):
    network, inputs, _ = three_neurons
    ten = np.repeat(inputs, 10, axis=1)
    counts = count_run(network, ten, emulator.run(network, ten).trace)
    table = cost_table("loihi1")
    one = estimate(network, count_run(*three_neurons), 1, table)
    assert estimate(network, counts, 10, table).dynamic_joules == pytest.approx(
        10 * one.dynamic_joules
    )


def test_tables_need_sources_and_known_names():
    with pytest.raises(UnknownNameError, match="loihi1"):
        cost_table("loihi3")
    with pytest.raises(ConfigError, match="source is empty"):
        replace(cost_table("loihi1"), source="")
    with pytest.raises(ConfigError, match="is negative"):
        replace(cost_table("loihi1"), synaptic_operation_pj=-1.0)
