"""The profile adds up to the estimate, and puts work where and when it is done."""

import numpy as np
import pytest

from hw_targets.cost.counts import active_updates, count_spikes, source_spikes
from hw_targets.cost.energy import DYNAMIC, IDLE, estimate
from hw_targets.cost.placement import place
from hw_targets.cost.profile import profile
from hw_targets.cost.table_registry import cost_table
from hw_targets.cost.traffic import traffic
from hw_targets.emulator import run as emulator
from lava_export.quantize.quantize import quantize
from tests.networks import random_description, random_inputs


@pytest.fixture(scope="module", params=[0, 3, 5])
def ran(request):
    rng = np.random.default_rng(request.param)
    network = quantize(random_description(rng), 8)
    inputs = random_inputs(rng, network.steps, 6)
    return network, place(network), inputs, emulator.run(network, inputs).trace


def estimated(ran, table):
    network, placement, inputs, trace = ran
    spikes = source_spikes(network, inputs, trace)
    active = {p.name: active_updates(network, p.name, spikes) for p in network.populations}
    counts = count_spikes(network, spikes, active)
    load = traffic(network, placement, spikes, active)
    alone = np.arange(inputs.shape[1])[:, np.newaxis]
    return counts, estimate(network, placement, counts, load, alone, table)


@pytest.mark.parametrize("name", ["loihi1", "loihi1-fitted", "digital45", "spinnaker2"])
def test_layers_cores_and_steps_add_up_to_the_estimate(ran, name):
    table = cost_table(name)
    counts, whole = estimated(ran, table)
    found = profile(*ran, table)
    joules = whole.mean_joules(DYNAMIC) + whole.mean_joules(IDLE)
    for parts in (found.layers, found.cores, found.steps):
        assert sum(part.joules for part in parts) == pytest.approx(joules, rel=1e-6)
        synops = counts.total_synops / found.presentations
        assert sum(part.synops for part in parts) == pytest.approx(synops)
        spikes = counts.hidden_spikes / found.presentations
        assert sum(part.spikes for part in parts) == pytest.approx(spikes)
    if whole.seconds is None:
        assert {step.seconds for step in found.steps} == {None}
    else:
        seconds = sum(step.seconds for step in found.steps)
        assert seconds == pytest.approx(whole.seconds["value"].mean())
        first = found.steps[0]
        assert first.watts == pytest.approx(first.joules / first.seconds)


def test_a_layer_works_as_many_steps_late_as_it_is_deep(ran):
    network, _, _, trace = ran
    found = profile(*ran, cost_table("loihi1"))
    fired = {p.name: trace.spikes[p.name].mean(axis=1).sum(axis=1) for p in network.populations}
    expected = np.zeros(len(found.steps))
    for p in network.populations:
        expected[p.depth + 1 : p.depth + 1 + network.period] += fired[p.name]
    assert [step.spikes for step in found.steps] == pytest.approx(expected.tolist())
    assert [core.layer for core in found.cores] == [
        p.name for p in network.populations for core in found.cores if core.layer == p.name
    ]
    assert sum(core.neurons for core in found.cores) == sum(p.size for p in network.populations)


def test_a_scenario_has_no_single_figure(ran):
    found = profile(*ran, cost_table("loihi2-scenario"))
    assert np.isnan([layer.joules for layer in found.layers]).all()
