"""Spikes and synaptic operations of a whole run, where nobody asks for each presentation's.

The definitions are those of ``hw_targets.cost.counts``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.network import BLANK, INPUT
from spikeff.parallel import over_cores

BLOCK = 2**9  # presentations whose counts of a byte are added at once

_FAN_OUT: WeakKeyDictionary[IntegerNetwork, list[tuple[str, Array]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Totals:
    """What a run did in all.

    Attributes:
        spikes: Spikes by source, the input and the blanking line included.
        synops: Synaptic operations of all connections: spikes that arrive at stored synapses.
    """

    spikes: Mapping[str, int]
    synops: int

    @property
    def hidden_spikes(self) -> int:
        """Spikes of all populations, without input and blanking line."""
        return sum(n for name, n in self.spikes.items() if name not in (INPUT, BLANK))


def totals_of(network: IntegerNetwork, spikes: Mapping[str, Array]) -> Totals:
    """Totals from ``hw_targets.cost.counts.source_spikes``."""
    per_neuron = {name: _spikes_per_neuron(z) for name, z in spikes.items()}
    synops = sum(int(per_neuron[source] @ fan_out) for source, fan_out in _fan_out(network))
    return Totals({name: int(n.sum()) for name, n in per_neuron.items()}, synops)


def joined(parts: Sequence[Totals]) -> Totals:
    """The totals of several runs of the same network."""
    spikes = {name: sum(part.spikes[name] for part in parts) for name in parts[0].spikes}
    return Totals(spikes, sum(part.synops for part in parts))


def _fan_out(network: IntegerNetwork) -> list[tuple[str, Array]]:
    """Source of every connection, and the stored synapses of each of its neurons."""
    if network not in _FAN_OUT:
        _FAN_OUT[network] = [
            (c.source, c.connectivity.fan_out(c.weights != 0)) for c in network.connections
        ]
    return _FAN_OUT[network]


def _spikes_per_neuron(spikes: Array) -> Array:
    """Of all steps and presentations, int64 (neurons,)."""
    steps, presentations, neurons = spikes.shape
    kind = np.min_scalar_type(steps)

    def of_block(low: int) -> Array:
        # Bytes, added over steps while they hold the count, are a fraction of what is there.
        counts = spikes[:, low : low + BLOCK].view(np.uint8).sum(axis=0, dtype=kind)
        return np.asarray(counts.sum(axis=0, dtype=np.int64))

    blocks = over_cores(of_block, range(0, presentations, BLOCK))
    return np.asarray(sum(blocks, np.zeros(neurons, np.int64)))
