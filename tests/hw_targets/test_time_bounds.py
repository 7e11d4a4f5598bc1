"""SANA-FE's mesh with blocking lies between our shortest and our longest time, on many cores."""

import numpy as np
import pytest

from hw_targets.beside import sanafe_run
from hw_targets.beside.sanafe_files import write_sanafe_files
from hw_targets.cost.counts import active_updates, count_spikes, source_spikes
from hw_targets.cost.energy import estimate
from hw_targets.cost.placement import place
from hw_targets.cost.table_registry import cost_table
from hw_targets.cost.traffic import traffic
from hw_targets.emulator import run as emulator
from tests.markers import slow_but
from tests.networks import integers
from tests.networks.cores import spread_over

# Inputs, neurons of each layer, cores of each layer, share of inputs that spike in a step.
NETS = {
    "two cores": (40, (30, 6), (1, 1), 0.2),
    "one wide layer": (60, (90,), (9,), 0.3),
    "a core for each neuron": (30, (24,), (24,), 0.5),
    "three layers": (40, (40, 30, 20), (8, 5, 3), 0.2),
    "uneven": (50, (60, 4), (3, 1), 0.4),
    "all inputs at once": (120, (64, 16), (16, 4), 1.0),
    "nearly silent": (50, (50, 10), (5, 2), 0.01),
    "two late layers": (30, (20, 20), (4, 2), 0.2),
}
SAMPLES = 50
FEW = {"three layers": 3, "two cores": 10, "all inputs at once": 10}


def network_of(name, seed=0):
    inputs, layers, cores, _ = NETS[name]
    rng = np.random.default_rng(seed)
    sizes = (inputs, *layers)
    first, *others = (
        2 * rng.integers(-30, 60, (target, source))
        for source, target in zip(sizes, layers, strict=False)
    )
    network = integers(first, vth=150, du=4095, dv=200, steps=4, depth_weights=others)
    return network, spread_over(place(network), cores)


def single(network, placement, inputs, folder):
    trace = emulator.run(network, inputs).trace
    table = cost_table("loihi1-fitted")
    spikes = source_spikes(network, inputs, trace)
    active = {p.name: active_updates(network, p.name, spikes) for p in network.populations}
    load = traffic(network, placement, spikes, active)
    counts = count_spikes(network, spikes, active)
    ours = estimate(network, placement, counts, load, np.array([[0]]), table)
    files = write_sanafe_files(folder, network, placement, inputs, trace, table)
    theirs = sanafe_run.simulate(files)
    return ours, theirs


@pytest.mark.parametrize("name", slow_but(NETS, "three layers"))
def test_sanafe_lies_within_our_times(name, tmp_path):
    pytest.importorskip("sanafe", reason="the sanafe package is not installed")
    network, placement = network_of(name)
    assert placement.cores == sum(NETS[name][2])
    rng, share = np.random.default_rng(5), NETS[name][3]
    ratios = []
    for _ in range(FEW.get(name, SAMPLES)):
        inputs = rng.random((network.steps, 1, network.input_size)) < share
        ours, theirs = single(network, placement, inputs, tmp_path)
        shortest = ours.interval["everything"]["value"][0]
        longest = ours.interval["nothing"]["value"][0]
        assert shortest * (1 - 1e-12) <= theirs.seconds <= longest * (1 + 1e-12)
        ratios.append((theirs.seconds / shortest, longest / theirs.seconds))
    assert np.max(ratios) < 9, "bounds that say something"
