"""What a run did, counted: spikes, synaptic operations, neuron updates.

A synaptic operation is one spike arriving at one stored (non-zero) synapse. A neuron update is
active in a step in which the neuron spikes, in which a spike arrives at it over a one_to_one
connection, or at its population over any other; else inactive. That is an upper bound on the active
ones. Idle steps and blanking count like any other.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from lava_export.integer_network import IntegerConnection, IntegerNetwork
from spikeff.description import BLANK, DENSE, INPUT, Array
from spikeff.trace import SpikeTrace


@dataclass
class Counts:
    """Totals over ``presentations``; per population, or per connection ``source->target``."""

    presentations: int = 0
    spikes: Counter[str] = field(default_factory=Counter)
    synops: Counter[str] = field(default_factory=Counter)
    active_updates: Counter[str] = field(default_factory=Counter)
    inactive_updates: Counter[str] = field(default_factory=Counter)

    def add(self, other: Counts) -> None:
        """Add the totals of another run of the same network."""
        self.presentations += other.presentations
        for name in ("spikes", "synops", "active_updates", "inactive_updates"):
            getattr(self, name).update(getattr(other, name))

    @property
    def hidden_spikes(self) -> int:
        """Spikes of all populations, without input and blanking line."""
        return sum(n for name, n in self.spikes.items() if name not in (INPUT, BLANK))

    @property
    def total_synops(self) -> int:
        """Synaptic operations of all connections."""
        return sum(self.synops.values())


def connection_name(connection: IntegerConnection) -> str:
    """``source->target``."""
    return f"{connection.source}->{connection.target}"


def fan_out(connection: IntegerConnection) -> Array:
    """Stored synapses of every source neuron, (source size,)."""
    stored = connection.weights != 0
    return np.asarray(stored.sum(axis=0) if connection.kind == DENSE else stored, np.int64)


def count_run(network: IntegerNetwork, inputs: Array, trace: SpikeTrace) -> Counts:
    """Count a run. inputs : bool (steps, presentations, input size); trace of ``period`` steps."""
    presentations = inputs.shape[1]
    per_neuron = {name: z.sum(axis=(0, 1)) for name, z in trace.spikes.items()}
    per_neuron[INPUT] = inputs.sum(axis=(0, 1))
    per_neuron[BLANK] = np.array([network.idle_steps * presentations])
    blanked = any(c.source == BLANK for c in network.connections)
    counts = Counts(presentations)
    for name, n in per_neuron.items():
        counts.spikes[name] = int(n.sum()) if name != BLANK or blanked else 0
    for c in network.connections:
        counts.synops[connection_name(c)] += int(per_neuron[c.source] @ fan_out(c))
    for population in network.populations:
        active = _active(network, population.name, inputs, trace)
        counts.active_updates[population.name] = active
        total = network.period * presentations * population.size
        counts.inactive_updates[population.name] = total - active
    return counts


def _active(network: IntegerNetwork, name: str, inputs: Array, trace: SpikeTrace) -> int:
    spikes = trace.spikes[name]
    period, presentations, size = spikes.shape
    driven = np.zeros((period, presentations), dtype=bool)
    touched = spikes.copy()
    for c in network.incoming(name):
        if c.source == BLANK:
            driven[network.steps :] = True
            continue
        source = inputs if c.source == INPUT else trace.spikes[c.source]
        arrivals = source.any(axis=2) if c.kind == DENSE else source
        arrivals = arrivals[: period - c.delay]
        reached = driven if c.kind == DENSE else touched
        reached[c.delay : c.delay + len(arrivals)] |= arrivals
    return int(driven.sum()) * size + int(touched[~driven].sum())
