"""SANA-FE's mesh with blocking lies between our shortest and our longest time, on many cores."""

import numpy as np
import pytest

from hw_targets.beside import sanafe_run
from hw_targets.beside.sanafe_files import entering_streams, write_sanafe_files
from hw_targets.cost.counts import active_updates, count_spikes, source_spikes
from hw_targets.cost.energy import estimate
from hw_targets.cost.placement import place
from hw_targets.cost.table_registry import cost_table
from hw_targets.cost.traffic import traffic
from hw_targets.emulator import run as emulator
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
}
SAMPLES = 50
TABLE = cost_table("loihi1-fitted")


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


def our_times(network, placement, spikes):
    """Shortest and longest time of the presentation, in seconds."""
    active = {p.name: active_updates(network, p.name, spikes) for p in network.populations}
    load = traffic(network, placement, spikes, active)
    counts = count_spikes(network, spikes, active)
    ours = estimate(network, placement, counts, load, np.array([[0]]), TABLE)
    return ours.interval["everything"]["value"][0], ours.interval["nothing"]["value"][0]


class SanafeChip:
    """SANA-FE's chip with a network on it, cleared between samples: making one takes longest."""

    def __init__(self, network, placement, folder):
        self._network, self._placement, self._folder = network, placement, folder
        self._chip = None

    def run(self, inputs, trace, spikes):
        files = write_sanafe_files(
            self._folder, self._network, self._placement, inputs, trace, TABLE
        )
        if self._chip is None:
            self._chip = sanafe_run.load_chip(files)
            self._resting = sanafe_run.resting_biases(files)
        else:
            self._chip.reset()
            for group, stream in entering_streams(self._network, spikes, files.steps).items():
                neurons = self._chip.mapped_neuron_groups[group]
                for neuron, train in zip(neurons, stream.T.tolist(), strict=True):
                    neuron.set_attributes(model_attributes={"spikes": train})
        return sanafe_run.replay(self._chip, files, self._resting)


def runs_of(name, samples):
    """Inputs, trace and spikes of every source, sample after sample."""
    network, _ = network_of(name)
    rng, share = np.random.default_rng(5), NETS[name][3]
    for _ in range(samples):
        inputs = rng.random((network.steps, 1, network.input_size)) < share
        trace = emulator.run(network, inputs).trace
        yield inputs, trace, source_spikes(network, inputs, trace)


def counted(run):
    """What it counts and prices; its time differs by up to 6 % between fresh chips, too."""
    return {name: value for name, value in vars(run).items() if name != "seconds"}


def test_a_cleared_chip_is_as_a_fresh_one(tmp_path):
    pytest.importorskip("sanafe", reason="the sanafe package is not installed")
    network, placement = network_of("three layers")
    chip, seen = SanafeChip(network, placement, tmp_path), set()
    for run in runs_of("three layers", 3):
        again, fresh = chip.run(*run), SanafeChip(network, placement, tmp_path).run(*run)
        assert counted(again) == pytest.approx(counted(fresh), rel=1e-12)
        for seconds in (again.seconds, fresh.seconds):
            shortest, longest = our_times(network, placement, run[-1])
            assert shortest <= seconds <= longest
        seen.add(again.spikes)
    assert len(seen) == 3


@pytest.mark.slow
@pytest.mark.parametrize("name", NETS)
def test_sanafe_lies_within_our_times(name, tmp_path):
    pytest.importorskip("sanafe", reason="the sanafe package is not installed")
    network, placement = network_of(name)
    assert placement.cores == sum(NETS[name][2])
    chip, ratios = SanafeChip(network, placement, tmp_path), []
    for run in runs_of(name, SAMPLES):
        shortest, longest = our_times(network, placement, run[-1])
        theirs = chip.run(*run).seconds
        assert shortest * (1 - 1e-12) <= theirs <= longest * (1 + 1e-12)
        ratios.append((theirs / shortest, longest / theirs))
    assert np.max(ratios) < 9, "bounds that say something"
