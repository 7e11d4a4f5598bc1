"""What a run did, counted per presentation: spikes, synaptic operations, neuron updates, learning.

A synaptic operation is one spike arriving at one stored (non-zero) synapse: excitatory or
inhibitory by the sign of the weight. ``dense`` is what hardware that skips nothing would do: every
synapse, zero or not, in every step.

A neuron update is *active* in a step in which a spike arrives at one of the neuron's stored
synapses, or in which the neuron spikes, and always where a host writes its bias for each sample;
else *inactive*. Idle steps and blanking count like any other. What such a host is given does not
enter the chip as spikes.

A learning update is one change of one plastic synapse by the three-factor rule, executed once per
presentation, at its end: every synapse of a plastic connection whose presynaptic neuron spiked in
the presentation and so left a trace. Plastic are the connections of role ``learned``; inhibition of
itself, gates and counters, the blanking line and the readout's neurons are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from hw_targets.cost.reached import mark_reached
from lava_export.integers.network import IntegerConnection, IntegerNetwork
from lava_export.integers.parts import place_of
from spikeff.ir.arrays import Array
from spikeff.ir.network import BLANK, INPUT
from spikeff.ir.roles import LEARNED
from spikeff.ir.trace import SpikeTrace

ByName = dict[str, Array]
ARROW = "->"


@dataclass(frozen=True, eq=False)
class Counts:
    """What a run did; every array is int64 (presentations,).

    Connections are named ``source->target``: matrices between the same ends, and the parts of one
    that differ in the exponent of their weights, are counted together.

    Attributes:
        spikes: Spikes by source, the input and the blanking line included.
        excitatory: Synaptic operations with positive weights, by connection.
        inhibitory: Synaptic operations with negative weights, by connection.
        dense: Synaptic operations if no spike and no zero weight were skipped, by connection.
        learning: Weight updates of on-chip learning, by connection.
        active: Neuron updates with an input or a spike, by population.
        inactive: All other neuron updates, by population.
    """

    spikes: ByName
    excitatory: ByName
    inhibitory: ByName
    dense: ByName
    active: ByName
    inactive: ByName
    learning: ByName

    @property
    def presentations(self) -> int:
        """Number of presentations."""
        return len(next(iter(self.spikes.values())))

    @property
    def synops(self) -> ByName:
        """Effective synaptic operations by connection."""
        return {name: n + self.inhibitory[name] for name, n in self.excitatory.items()}

    @property
    def total_synops(self) -> int:
        """Effective synaptic operations of all connections and presentations."""
        return sum(int(n.sum()) for n in self.synops.values())

    @property
    def hidden_spikes(self) -> int:
        """Spikes of all populations and presentations, without input and blanking line."""
        return sum(int(n.sum()) for name, n in self.spikes.items() if name not in (INPUT, BLANK))

    def gathered(self, groups: Array) -> Counts:
        """Sums over groups of presentations: indexes (groups, presentations of each)."""
        return Counts(
            **{
                k: {name: n[groups].sum(axis=1) for name, n in table.items()}
                for k, table in _parts(self)
            }
        )


def joined(parts: Sequence[Counts]) -> Counts:
    """The counts of several runs of the same network, one after the other."""
    first = parts[0]
    return Counts(
        **{
            k: {name: np.concatenate([getattr(p, k)[name] for p in parts]) for name in table}
            for k, table in _parts(first)
        }
    )


def connection_name(connection: IntegerConnection) -> str:
    """``source->target``; a name that holds an arrow itself is quoted."""
    ends = connection.source, connection.target
    return ARROW.join(repr(name) if ARROW in name else name for name in ends)


def targets(network: IntegerNetwork) -> dict[str, str]:
    """Population at the end of every connection, by :func:`connection_name`."""
    return {connection_name(c): c.target for c in network.connections}


def source_spikes(network: IntegerNetwork, inputs: Array, trace: SpikeTrace) -> ByName:
    """Spikes of every source over the ``period``, bool (period, presentations, size).

    Args:
        inputs: bool (steps, presentations, input size).
        trace: Spikes of the run, of ``period`` steps.
    """
    presentations = inputs.shape[1]
    padded = np.zeros((network.period, presentations, network.input_size), np.bool_)
    if not network.host:
        padded[: network.steps] = inputs
    blank = np.zeros((network.period, presentations, 1), np.bool_)
    if any(c.source == BLANK for c in network.connections):
        blank[network.steps :] = True
    return trace.spikes | {INPUT: padded, BLANK: blank}


def count_run(network: IntegerNetwork, inputs: Array, trace: SpikeTrace) -> Counts:
    """Count a run on any simulator or target from its input and its spikes."""
    spikes = source_spikes(network, inputs, trace)
    active = {p.name: active_updates(network, p.name, spikes) for p in network.populations}
    return count_spikes(network, spikes, active)


def count_spikes(network: IntegerNetwork, spikes: ByName, active: ByName | None) -> Counts:
    """Counts from :func:`source_spikes` and :func:`active_updates`.

    Args:
        active: None leaves the counts of updates empty, where only spikes and operations are
            needed.
    """
    per_neuron = {name: _spikes_per_neuron(z) for name, z in spikes.items()}
    presentations = len(per_neuron[INPUT])
    counts = Counts({}, {}, {}, {}, {}, {}, {})
    for name, n in per_neuron.items():
        counts.spikes[name] = n.sum(axis=1)
    for c in network.connections:
        name, n = connection_name(c), per_neuron[c.source]
        _add(counts.excitatory, name, n @ c.connectivity.fan_out(c.weights > 0))
        _add(counts.inhibitory, name, n @ c.connectivity.fan_out(c.weights < 0))
    for c in _matrices(network):
        every, pairs = np.ones(c.weights.shape, np.bool_), c.connectivity.count(c.weights.shape)
        _add(counts.dense, connection_name(c), np.full(presentations, network.period * pairs))
        if c.role == LEARNED:
            updates = (per_neuron[c.source] > 0) @ c.connectivity.fan_out(every)
            _add(counts.learning, connection_name(c), updates)
    if active is not None:
        for p in network.populations:
            counts.active[p.name] = active[p.name].sum(axis=(0, 2), dtype=np.int64)
            counts.inactive[p.name] = network.period * p.size - counts.active[p.name]
    return counts


def _matrices(network: IntegerNetwork) -> list[IntegerConnection]:
    """One connection of every matrix: its integer parts are one to what stores every synapse."""
    return list({place_of(c): c for c in network.connections}.values())


def _spikes_per_neuron(spikes: Array) -> Array:
    """Summed over steps, int64; in bytes where they hold the count of all steps."""
    narrow = spikes.view(np.uint8).sum(axis=0, dtype=np.min_scalar_type(len(spikes)))
    return np.asarray(narrow, np.int64)


def active_updates(network: IntegerNetwork, name: str, spikes: ByName) -> Array:
    """Active updates of a population's neurons, bool (period, presentations, size)."""
    if any(h.target == name for h in network.host):
        return np.ones_like(spikes[name])
    active: Array = spikes[name].copy()
    for c in network.incoming(name):
        arriving = spikes[c.source][: max(network.period - c.delay, 0)]
        mark_reached(c, arriving, active[c.delay :])
    return active


def _add(table: ByName, name: str, n: Array) -> None:
    table[name] = table[name] + n if name in table else n


def _parts(counts: Counts) -> list[tuple[str, ByName]]:
    return [(field.name, getattr(counts, field.name)) for field in fields(Counts)]
