"""What the mesh and the cores carry under a placement: messages, hops, and the load of every core.

A spike sends one message to every core that holds at least one of its stored synapses. Its synapses
to several populations in one core share that message.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hw_targets.cost.counts import ByName
from hw_targets.cost.placement import Placement
from lava_export.integers.host_bias import written_neurons
from lava_export.integers.network import IntegerConnection, IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.network import BLANK, INPUT


@dataclass(frozen=True, eq=False)
class Traffic:
    """Messages and operations of every core in every step.

    Attributes:
        between_chips: Those of the messages that pass from one chip to another.
        synops: Synaptic operations, float32 (period, presentations, cores), as the next five.
        active: Neuron updates with an input or a spike.
        inactive: All other neuron updates.
        arriving: Messages into the core.
        sent: Messages out of the core.
        spikes: Spikes of the core's own neurons.
        entering: Messages of input and blanking line, and biases that the host writes, each as
            one message in the first step, int64 (period, presentations).
        farthest: Hops east-west and north-south of the longest route in use.
        sources: The spikes that were counted, by source.
    """

    messages: ByName
    between_chips: ByName
    hops_east_west: ByName
    hops_north_south: ByName
    synops: Array
    active: Array
    inactive: Array
    arriving: Array
    sent: Array
    spikes: Array
    entering: Array
    farthest: tuple[int, int]
    sources: ByName


def traffic(
    network: IntegerNetwork, placement: Placement, spikes: ByName, active: ByName
) -> Traffic:
    """Traffic of a run from ``counts.source_spikes`` and ``counts.active_updates``."""
    messages, between, east_west, north_south, routes = {}, {}, {}, {}, [(0, 0)]
    shape = (network.period, spikes[INPUT].shape[1], placement.cores)
    kinds = ("synops", "active", "arriving", "sent", "spikes")
    load = {kind: np.zeros(shape, np.float32) for kind in kinds}
    entering = np.zeros(shape[:2], np.int64)
    for source, z in spikes.items():
        reach = reached_cores(network, placement, source)
        columns, rows = placement.hops(source, z.shape[2])
        per_neuron = z.sum(axis=0, dtype=np.int64)
        messages[source] = per_neuron @ reach.sum(axis=1)
        between[source] = per_neuron @ (reach & placement.crossing(source, z.shape[2])).sum(axis=1)
        east_west[source] = per_neuron @ (reach * columns).sum(axis=1)
        north_south[source] = per_neuron @ (reach * rows).sum(axis=1)
        routes.extend(zip(columns[reach].tolist(), rows[reach].tolist(), strict=True))
        for p in network.populations:
            cores, late = placement.cores_of(p.name), steps_later(network, source, p.depth)
            arrived = z[: max(network.period - late, 0)].astype(np.float32)
            load["arriving"][late:, :, cores] += arrived @ reach[:, cores].astype(np.float32)
        if source in (INPUT, BLANK):
            entering += z @ reach.sum(axis=1)
        else:
            home = _one_hot(placement.core_of[source], placement.cores)
            load["sent"] += (z * reach.sum(axis=1, dtype=np.float32)) @ home
    for c in network.connections:
        arriving = spikes[c.source][: max(network.period - c.delay, 0)].astype(np.float32)
        load["synops"][c.delay :] += arriving @ synapses_per_core(c, placement).astype(np.float32)
    entering[0] += written_neurons(network.host)
    neurons = np.zeros(placement.cores, np.float32)
    for p in network.populations:
        home = _one_hot(placement.core_of[p.name], placement.cores)
        neurons += home.sum(axis=0)
        load["active"] += active[p.name].astype(np.float32) @ home
        load["spikes"] += spikes[p.name].astype(np.float32) @ home
    return Traffic(
        messages,
        between,
        east_west,
        north_south,
        inactive=neurons - load["active"],
        entering=entering,
        farthest=max(routes, key=sum),
        sources=spikes,
        **load,
    )


def steps_later(network: IntegerNetwork, source: str, depth: int) -> int:
    """Steps from a spike's own to those of a population of ``depth`` that it is delivered in.

    None along the layers; one more for each layer that a spike goes back, itself included.
    """
    if source in (INPUT, BLANK):
        return 0
    own = next(p.depth for p in network.populations if p.name == source)
    return max(own + 1 - depth, 0)


def synapses_per_core(connection: IntegerConnection, placement: Placement) -> Array:
    """Stored synapses of every source neuron in every core, int64 (source size, cores)."""
    stored, cores = connection.weights != 0, placement.cores
    kind, group = connection.connectivity, placement.core_of[connection.target]
    counted = np.zeros((kind.ends(stored.shape)[1], cores), np.int64)
    source, core, synapses = kind.axons(stored, group, cores)
    counted[source, core] = synapses
    return counted


def reached_cores(network: IntegerNetwork, placement: Placement, source: str) -> Array:
    """Cores that a spike of every neuron of ``source`` is sent to, bool (size, cores)."""
    reach = np.zeros((network.sizes[source], placement.cores), np.bool_)
    for c in network.connections:
        if c.source == source:
            reach |= synapses_per_core(c, placement) > 0
    return reach


def _one_hot(cores: Array, total: int) -> Array:
    return np.asarray(cores[:, np.newaxis] == np.arange(total), np.float32)
