"""Networks on many cores and their samples, of which SANA-FE's times are recorded.

``python -m tests.hw_targets.sanafe_nets`` records them anew, which takes an hour.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hw_targets.beside import sanafe_run
from hw_targets.beside.sanafe_files import entering_streams, write_sanafe_files
from hw_targets.cost.counts import ByName, active_updates, count_spikes, source_spikes
from hw_targets.cost.energy import Estimate, estimate
from hw_targets.cost.placement import Placement, place
from hw_targets.cost.table_registry import cost_table
from hw_targets.cost.traffic import traffic
from hw_targets.emulator import run as emulator
from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.trace import SpikeTrace
from spikeff.pipeline.integers import integers_of
from spikeff.pipeline.saved import saved
from tests.networks import integers
from tests.networks.cores import spread_over

RECORDED = Path(__file__).parents[1] / "fixtures" / "sanafe_seconds.json"
SAMPLES = 50
TABLE = cost_table("loihi1-fitted")
# Inputs, neurons of each layer, cores of each layer, share of inputs that spike in a step.
MADE = {
    "two cores": (40, (30, 6), (1, 1), 0.2),
    "one wide layer": (60, (90,), (9,), 0.3),
    "a core for each neuron": (30, (24,), (24,), 0.5),
    "three layers": (40, (40, 30, 20), (8, 5, 3), 0.2),
    "uneven": (50, (60, 4), (3, 1), 0.4),
    "all inputs at once": (120, (64, 16), (16, 4), 1.0),
    "nearly silent": (50, (50, 10), (5, 2), 0.01),
}
ZOO = ("zoo:mnist-frugal",)
PIXELS = 0.15  # share of inputs that spike once in a sample


def network_of(name: str) -> tuple[IntegerNetwork, Placement]:
    if name in ZOO:
        network = integers_of(saved(name), None)
        return network, place(network)
    inputs, layers, cores, _ = MADE[name]
    rng = np.random.default_rng(0)
    sizes = (inputs, *layers)
    first, *others = (
        2 * rng.integers(-30, 60, (target, source))
        for source, target in zip(sizes, layers, strict=False)
    )
    network = integers(first, vth=150, du=4095, dv=200, steps=4, depth_weights=others)
    return network, spread_over(place(network), cores)


def inputs_of(name: str, network: IntegerNetwork, samples: int = SAMPLES) -> Array:
    """Input spikes, bool (steps, samples, inputs)."""
    rng = np.random.default_rng(5)
    if name in MADE:
        shape = network.steps, 1, network.input_size
        share = MADE[name][3]
        return np.concatenate([rng.random(shape) < share for _ in range(samples)], axis=1)
    inputs = np.zeros((network.steps, samples, network.input_size), np.bool_)
    on = rng.random(inputs.shape[1:]) < PIXELS
    at = rng.integers(0, network.steps, on.shape)
    sample, pixel = np.nonzero(on)
    inputs[at[sample, pixel], sample, pixel] = True
    return inputs


def estimated(name: str) -> Estimate:
    """Our estimate of the samples, an inference each."""
    network, placement = network_of(name)
    inputs = inputs_of(name, network)
    spikes = source_spikes(network, inputs, emulator.run(network, inputs).trace)
    return estimated_of(network, placement, spikes, SAMPLES)


def estimated_of(
    network: IntegerNetwork, placement: Placement, spikes: ByName, samples: int
) -> Estimate:
    active = {p.name: active_updates(network, p.name, spikes) for p in network.populations}
    load = traffic(network, placement, spikes, active)
    counts = count_spikes(network, spikes, active)
    return estimate(network, placement, counts, load, np.arange(samples)[:, np.newaxis], TABLE)


class SanafeChip:
    """SANA-FE's chip with a network on it, cleared between samples: making one takes longest."""

    def __init__(self, network: IntegerNetwork, placement: Placement, folder: Path) -> None:
        self._network, self._placement, self._folder = network, placement, folder
        self._chip: Any = None

    def run(self, inputs: Array, trace: SpikeTrace, spikes: ByName) -> sanafe_run.SanafeRun:
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


def runs_of(name: str, samples: int) -> Iterator[tuple[Array, SpikeTrace, ByName]]:
    """Inputs, trace and spikes of every source, sample after sample."""
    network, _ = network_of(name)
    every = inputs_of(name, network, samples)
    for k in range(samples):
        inputs = every[:, k : k + 1]
        trace = emulator.run(network, inputs).trace
        yield inputs, trace, source_spikes(network, inputs, trace)


def recorded() -> dict[str, list[float]]:
    """Seconds of every sample by network, as SANA-FE gave them."""
    found: dict[str, list[float]] = json.loads(RECORDED.read_text("utf-8"))["seconds"]
    return found


def record() -> None:
    seconds = {}
    for name in (*MADE, *ZOO):
        with tempfile.TemporaryDirectory() as folder:
            chip = SanafeChip(*network_of(name), Path(folder))
            seconds[name] = [chip.run(*run).seconds for run in runs_of(name, SAMPLES)]
    text = {"sanafe": "2.2.9", "table": TABLE.name, "seconds": seconds}
    RECORDED.write_text(json.dumps(text, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    record()
