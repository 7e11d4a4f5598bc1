"""What every way of running the emulator is given: populations ready to run, in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from hw_targets.emulator import lif as fixed_point_lif
from hw_targets.emulator import synapses, warm_up
from hw_targets.emulator.lif import FixedPointLIF
from hw_targets.emulator.synapses import Synapses
from hw_targets.target import Saturation
from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.trace import SpikeTrace


@dataclass(frozen=True, eq=False)
class Stage:
    """One population with its incoming synapses, in the order of evaluation."""

    name: str
    size: int
    neurons: FixedPointLIF
    synapses: list[Synapses]


# (stages, network, spikes of every source, trace, biases that differ between samples) -> counters
# of each chunk; writes the spikes of the trace.
RunSamples = Callable[
    [list[Stage], IntegerNetwork, dict[str, Array], SpikeTrace, dict[str, Array]],
    list[dict[str, Saturation]],
]


# Weights from which a network's stages are kept: the chunks of a long run are as many calls.
WORTH_KEEPING = 2**18
_KEPT: WeakKeyDictionary[IntegerNetwork, list[Stage]] = WeakKeyDictionary()


def stages_of(network: IntegerNetwork) -> list[Stage]:
    """Every population, ready to run; those of a large network are kept as long as it is."""
    if network in _KEPT:
        return _KEPT[network]
    stages = [_stage(network, k) for k in range(len(network.populations))]
    if sum(c.weights.size for c in network.connections) >= WORTH_KEEPING:
        _KEPT[network] = stages
    return stages


def _stage(network: IntegerNetwork, index: int) -> Stage:
    population = network.populations[index]
    incoming = synapses.prepare(network.incoming(population.name))
    hosts = [h for h in network.host if h.target == population.name]
    period = warm_up.longest_run(network)
    neurons = fixed_point_lif.prepare(population, incoming, period, hosts)
    return Stage(population.name, population.size, neurons, incoming)


def in_chunks(samples: int, size: int) -> list[slice]:
    """Consecutive slices of at most ``size`` samples."""
    return [slice(low, min(low + size, samples)) for low in range(0, samples, size)]
