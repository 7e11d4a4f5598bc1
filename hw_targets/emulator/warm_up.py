"""The steps before the first sample: does a spike from then reach into it?

Where every connection costs a step, a population of depth d has run ``warm-up + 1 + d`` steps when
its first sample starts (``lava_export.integers.timing``), without input but with its bias. What
spikes then is cleared by no reset if a delay holds it until the sample. Here those steps are run as
Lava runs them, and such a spike is refused by name.
"""

from __future__ import annotations

import numpy as np

from hw_targets.emulator.lif import FixedPointLIF
from hw_targets.emulator.synapses import Synapses
from lava_export.integers.network import IntegerNetwork
from lava_export.integers.timing import Timing, timing_of
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.network import BLANK, INPUT

Stage = tuple[str, FixedPointLIF, list[Synapses]]


def longest_run(network: IntegerNetwork) -> int:
    """Most steps between two resets of a population: a period, or what comes before the first."""
    return max(network.period, 1 + max(p.depth for p in network.populations))


def require_silent(network: IntegerNetwork, stages: list[Stage]) -> None:
    """Refuse a network in which a spike from before the first sample would reach into it.

    Args:
        stages: Name, neurons and incoming synapses of every population, in the order of evaluation.

    Raises:
        LimitError: Such a spike is possible.
    """
    delays = {c.source: c.delay for c in sorted(network.connections, key=lambda c: c.delay)}
    delays = {name: d for name, d in delays.items() if d and name not in (INPUT, BLANK)}
    if not delays:
        return
    spikes = _run(network, timing_of(network, 1), stages)
    for name, delay in delays.items():
        late = spikes[name][-delay:]
        if late.any():
            before, _, neuron = (int(x) for x in np.argwhere(late)[-1])
            raise LimitError(
                f"population {name!r}: neuron {neuron}, driven by its bias, spikes "
                f"{len(late) - before} steps before the first sample and a connection is {delay} "
                f"steps late, so the spike would reach into it; lower the bias, blank the network "
                f"(lava_export.quantize.blanking.with_blanking) before quantising, or raise its "
                f"weights."
            )


def _run(network: IntegerNetwork, timing: Timing, stages: list[Stage]) -> dict[str, Array]:
    """Spikes of every population, bool (steps, 1, neurons), up to the first sample."""
    total = timing.warm_up + 1 + max(timing.depths.values())
    spikes = {name: np.zeros((total, 1, size), np.bool_) for name, size in network.sizes.items()}
    local = np.arange(-total, 0)
    spikes[BLANK][(local >= -timing.warm_up) & (local % network.period >= network.steps)] = True
    states = {name: (np.zeros((1, n)), np.zeros((1, n))) for name, n in network.sizes.items()}
    for now in range(total):
        for name, neurons, synapses in stages:
            if local[now] < -(timing.warm_up + 1 + timing.depths[name]):
                continue
            u, v = states[name]
            if local[now] % network.period == 0:
                u[:] = v[:] = 0.0
            neurons.decay_current(u)
            for synapse in synapses:
                if now >= synapse.delay:
                    synapse.add_to(u, spikes[synapse.source][now - synapse.delay])
            neurons.fold_current(u)
            neurons.fire(u, v, spikes[name][now])
    return spikes
