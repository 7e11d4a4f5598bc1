"""Seconds of an inference on a chip that synchronises its cores after every time step.

    seconds = sum of the steps of all passes, and of those that fill the pipeline

How much works at the same time is not published, so a step has three lengths:

    everything overlaps   barrier + the longer of sending and receiving of the busiest core
    cores overlap         barrier + longest route + busiest core + entry port
    nothing overlaps      barrier + every core, every message on the longest route, entry port

Sending is a core's neuron updates, spikes and messages out, receiving its messages in and synaptic
operations, each at its published time. The barrier between published numbers of tiles is
interpolated. The entry port passes one input message after the other. Where nothing overlaps every
neuron is priced as active, since one whose state is not zero may be. A mesh that blocks
(``hw_targets.cost.mesh.blocking``) lies between the first length and the last.

A population of depth d works d + 1 steps behind the input, as each connection costs a step: spikes
are delivered in the step in which they are sent, and change potentials in the next. The sums are
taken over the steps as they meet on the chip.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hw_targets.cost.placement import Placement
from hw_targets.cost.table import CostTable
from hw_targets.cost.traffic import Traffic
from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array

NANO = 1e-9
# What works at the same time.
EVERYTHING, CORES, NOTHING = "everything", "cores", "nothing"
OVERLAPS = (EVERYTHING, CORES, NOTHING)


def pipeline_fill(network: IntegerNetwork) -> int:
    """Steps after the last input step until the deepest population has processed its last."""
    return 1 + max(p.depth for p in network.populations)


def inference_steps(network: IntegerNetwork, passes: int) -> int:
    """Time steps of an inference of ``passes`` passes."""
    return passes * network.period + pipeline_fill(network)


def inference_seconds(
    network: IntegerNetwork,
    placement: Placement,
    load: Traffic,
    groups: Array,
    table: CostTable,
    level: str,
    overlap: str = CORES,
) -> Array:
    """Seconds of every inference, (inferences,).

    Args:
        groups: Indexes of the presentations of each inference, (inferences, passes).
        level: "low", "value" or "high"; NaN where the table has no such figure.
        overlap: What works at the same time, one of ``OVERLAPS``.
    """
    each = step_seconds(network, placement, load, groups, table, level, overlap)
    return np.asarray(each.sum(axis=0))


def floor_seconds(steps: int, inferences: int, table: CostTable, level: str) -> Array | None:
    """Seconds at the shortest step measured on a board, (inferences,); None without such a row."""
    if "step_floor_ns" not in table.rows:
        return None
    return np.full(inferences, steps * table.rows["step_floor_ns"].number(level) * NANO)


def step_seconds(
    network: IntegerNetwork,
    placement: Placement,
    load: Traffic,
    groups: Array,
    table: CostTable,
    level: str,
    overlap: str = CORES,
) -> Array:
    """Seconds of every step of every inference, (steps, inferences); see the module's head.

    Args:
        groups: As for :func:`inference_seconds`, as are ``level`` and ``overlap``.
    """
    inferences, passes = groups.shape
    steps = inference_steps(network, passes)
    if "step_ns" in table.rows:
        return np.full((steps, inferences), table.rows["step_ns"].number(level) * NANO)
    price = Prices(table, level, overlap == NOTHING)
    received = _received_ns(load, price)
    sending = sending_ns(network, placement, load, groups, price)
    receiving, transit = np.zeros(sending.shape), np.zeros((steps, inferences))
    entering, streamed = np.zeros((steps, inferences)), passes * network.period
    for p in network.populations:
        hears = slice(p.depth, p.depth + streamed)
        for core in placement.cores_of(p.name):
            receiving[hears, :, core] = _streamed(received[:, :, core], groups)
            transit[hears] += _streamed(load.arriving[:, :, core], groups)
    entering[:streamed] = _streamed(load.entering, groups)
    route, fixed = _route_ns(load, price), barrier_ns(table, placement.tiles, level)
    spent = COMBINED[overlap](
        Work(sending, receiving, entering * price["message_ns"], transit * route, route)
    )
    return np.asarray((spent + fixed) * NANO)


def sending_ns(
    network: IntegerNetwork, placement: Placement, load: Traffic, groups: Array, price: Prices
) -> Array:
    """Neuron updates, spikes and messages out in every step, (steps, inferences, cores)."""
    inferences, passes = groups.shape
    shape = (inference_steps(network, passes), inferences, placement.cores)
    sent = _sent_ns(load, price)
    sending = np.broadcast_to(_waiting_ns(load, price), shape).copy()
    for p in network.populations:
        works = slice(p.depth + 1, p.depth + 1 + passes * network.period)
        for core in placement.cores_of(p.name):
            sending[works, :, core] = _streamed(sent[:, :, core], groups)
    return sending


@dataclass(frozen=True, eq=False)
class Work:
    """Nanoseconds of every step of every inference.

    Attributes:
        sending: Neuron updates, spikes and messages out, (steps, inferences, cores).
        receiving: Messages in and synaptic operations, of the same shape.
        port: The entry port's messages, (steps, inferences).
        transit: All messages on the longest route, one after the other, (steps, inferences).
        route: One message on the longest route.
    """

    sending: Array
    receiving: Array
    port: Array
    transit: Array
    route: float


def _everything_overlaps(work: Work) -> Array:
    return np.asarray(np.maximum(work.sending, work.receiving).max(axis=2))


def _cores_overlap(work: Work) -> Array:
    return np.asarray((work.sending + work.receiving).max(axis=2) + work.port + work.route)


def _nothing_overlaps(work: Work) -> Array:
    routes = np.maximum(work.transit, work.route)
    return np.asarray((work.sending + work.receiving).sum(axis=2) + work.port + routes)


COMBINED = {EVERYTHING: _everything_overlaps, CORES: _cores_overlap, NOTHING: _nothing_overlaps}


def barrier_ns(table: CostTable, tiles: int, level: str) -> float:
    """Cost of a barrier over ``tiles`` tiles, interpolated between those of the table."""
    known = [(n, row.number(level)) for n, row in table.barriers]
    return float(np.interp(tiles, [n for n, _ in known], [ns for _, ns in known]))


class Prices:
    """Nanoseconds of a table's rows at one level; 0 where it has none.

    Attributes:
        all_active: True prices a waiting neuron as an active one, as where its state is not zero.
    """

    def __init__(self, table: CostTable, level: str, all_active: bool) -> None:
        self.table = table
        self.level = level
        self.all_active = all_active

    def __getitem__(self, name: str) -> float:
        row = self.table.rows.get(name)
        return 0.0 if row is None else row.number(self.level)

    @property
    def inactive(self) -> float:
        """Nanoseconds of a neuron that waits."""
        waits, acts = self["neuron_update_inactive_ns"], self["neuron_update_active_ns"]
        return max(waits, acts) if self.all_active else waits


def _sent_ns(load: Traffic, price: Prices) -> Array:
    """What a core does before its messages are out, (period, presentations, cores)."""
    updates = _priced(load.active, price["neuron_update_active_ns"])
    updates += _priced(load.inactive, price.inactive)
    return (
        updates
        + _priced(load.sent, price["message_out_ns"])
        + _priced(load.spikes, price["spike_ns"])
    )


def _received_ns(load: Traffic, price: Prices) -> Array:
    """What a core does with messages that arrive, (period, presentations, cores)."""
    synops = _priced(load.synops, price["synaptic_operation_ns"])
    return synops + _priced(load.arriving, price["message_ns"])


def _priced(count: Array, ns: float) -> Array:
    return np.asarray(count.astype(np.float64) * ns)


def _waiting_ns(load: Traffic, price: Prices) -> Array:
    """A step in which no neuron does anything, (cores,)."""
    return _priced(load.inactive[0, 0] + load.active[0, 0], price.inactive)


def _streamed(per_step: Array, groups: Array) -> Array:
    """(period, presentations) of single passes to (passes * period, inferences) of streams."""
    return np.concatenate([per_step[:, passes] for passes in groups.T])


def _route_ns(load: Traffic, price: Prices) -> float:
    columns, rows = load.farthest
    return columns * price["hop_east_west_ns"] + rows * price["hop_north_south_ns"]
