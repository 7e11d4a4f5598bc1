"""Messages of presentations: when each is sent, by whom, after what, and what it sets off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hw_targets.cost.counts import ByName
from hw_targets.cost.mesh.ways import Ways, ways_of
from hw_targets.cost.placement import Placement
from hw_targets.cost.traffic import steps_later, synapses_per_core
from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.network import BLANK, INPUT


@dataclass(frozen=True, eq=False)
class Messages:
    """Messages in the order of presentations; arrays are (messages,) unless said otherwise.

    Attributes:
        first: Index of the first message of each presentation, (presentations + 1,).
        step: Step of the chip's clock, from the presentation's first.
        sender: Core that sends; the number of cores for the entry port.
        way: Row of ``ways``.
        updated: Neurons that the core has updated when it is the sending one's turn.
        fired: Spikes of the core in this step, that of the message included.
        sent: Messages of the core in this step, itself included.
        synapses: Stored synapses that it arrives at.
    """

    ways: Ways
    first: Array
    step: Array
    sender: Array
    way: Array
    updated: Array
    fired: Array
    sent: Array
    synapses: Array


@dataclass(frozen=True, eq=False)
class _Axons:
    """Pairs of neuron and core that share a synapse, of one source; arrays are (axons,).

    Attributes:
        way: Number of the way from the neuron's core.
        late: Steps of the chip's clock from a spike's own to its arrival.
        before: Index of the first axon of each neuron, and one more, (size + 1,).
        home: Sender of each neuron, (size,).
        turn: Neurons of its core updated up to each, (size,).
    """

    way: Array
    synapses: Array
    late: Array
    before: Array
    home: Array
    turn: Array


def messages_of(network: IntegerNetwork, placement: Placement, spikes: ByName) -> Messages:
    """Every message of a run, from ``counts.source_spikes``."""
    pairs: dict[tuple[int, int], int] = {}
    parts = [
        _sent(_axons(network, placement, source, pairs), z, placement.cores)
        for source, z in spikes.items()
    ]
    of, *columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(of, kind="stable")
    first = np.searchsorted(of[order], np.arange(spikes[INPUT].shape[1] + 1))
    return Messages(ways_of(placement, list(pairs)), first, *(each[order] for each in columns))


def _axons(
    network: IntegerNetwork, placement: Placement, source: str, pairs: dict[tuple[int, int], int]
) -> _Axons:
    """Axons of a source.

    Args:
        pairs: Number of each pair of sender and core, to which those met here are added.
    """
    size, cores = network.sizes[source], placement.cores
    synapses, late = np.zeros((size, cores), np.int64), np.zeros(cores, np.int64)
    for c in network.connections:
        if c.source == source:
            synapses += synapses_per_core(c, placement)
    for p in network.populations:
        late[placement.cores_of(p.name)] = p.depth + steps_later(network, source, p.depth)
    neuron, core = np.nonzero(synapses)
    home, turn = np.full(size, cores), np.zeros(size, np.int64)
    if source not in (INPUT, BLANK):
        home = placement.core_of[source]
        turn = _running(home, np.ones(size, np.int64))
    before = np.searchsorted(neuron, np.arange(size + 1))
    met, which = np.unique(home[neuron] * cores + core, return_inverse=True)
    way = [pairs.setdefault(divmod(pair, cores), len(pairs)) for pair in met.tolist()]
    return _Axons(
        np.array(way, np.int64)[which], synapses[neuron, core], late[core], before, home, turn
    )


def _sent(axons: _Axons, z: Array, cores: int) -> tuple[Array, ...]:
    """The presentation of each message of a source, and the columns of ``Messages``.

    Args:
        z: Spikes, bool (period, presentations, size).
    """
    of, step, fires = np.nonzero(z.transpose(1, 0, 2))
    home, fan = axons.home[fires], np.diff(axons.before)[fires]
    of_core = (of * len(z) + step) * (cores + 1) + home
    fired, sent = _running(of_core, np.ones(len(of), np.int64)), _running(of_core, fan)
    nth = np.arange(fan.sum()) - np.repeat(np.cumsum(fan) - fan, fan)
    axon = np.repeat(axons.before[fires], fan) + nth
    return (
        np.repeat(of, fan),
        np.repeat(step, fan) + axons.late[axon],
        np.repeat(home, fan),
        axons.way[axon],
        np.repeat(axons.turn[fires], fan),
        np.repeat(fired, fan),
        np.repeat(sent - fan, fan) + nth + 1,
        axons.synapses[axon],
    )


def _running(group: Array, amount: Array) -> Array:
    """Sum of the amounts of a group up to each, itself included; a group lies in one piece."""
    total = np.cumsum(amount)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    before = total[starts] - amount[starts]
    return np.asarray(total - np.repeat(before, np.diff(starts, append=len(group))))
