"""Seconds of an inference on a chip that synchronises its cores after every time step.

    step    = barrier + longest route + busiest core + entry port
    seconds = sum of the steps of all passes, and of those that fill the pipeline

The barrier between published numbers of tiles is interpolated. A core's work in a step is its
messages, synaptic operations, neuron updates and spikes, each at its published time. The entry port
passes one input message after the other. Where several work at once the sum is an upper bound.

A population of depth d works d + 1 steps behind the input, as each connection costs a step; the
sums are taken over the cores' own steps as they meet on the chip.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from hw_targets.cost.placement import Placement
from hw_targets.cost.table import Cost, CostTable
from hw_targets.cost.traffic import Traffic
from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array

NANO = 1e-9


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
) -> Array:
    """Seconds of every inference, (inferences,).

    Args:
        groups: Indexes of the presentations of each inference, (inferences, passes).
        level: "low", "value" or "high"; NaN where the table has no such figure.
    """
    inferences, passes = groups.shape
    steps = inference_steps(network, passes)
    if "step_ns" in table.rows:
        return np.full(inferences, steps * _ns(table.rows["step_ns"], level) * NANO)
    each = step_seconds(network, placement, load, groups, table, level)
    return np.asarray(each.sum(axis=0))


def step_seconds(
    network: IntegerNetwork,
    placement: Placement,
    load: Traffic,
    groups: Array,
    table: CostTable,
    level: str,
) -> Array:
    """Seconds of every step of every inference, (steps, inferences); see the module's head.

    Args:
        groups: As for :func:`inference_seconds`, as is ``level``.
    """
    inferences, passes = groups.shape
    steps = inference_steps(network, passes)
    if "step_ns" in table.rows:
        return np.full((steps, inferences), _ns(table.rows["step_ns"], level) * NANO)
    work = _work(load, table, level)
    neurons = (load.inactive[0, 0] + load.active[0, 0]).astype(np.float64)
    waiting = neurons * _row(table, "neuron_update_inactive_ns", level)
    busy = np.broadcast_to(waiting, (steps, inferences, placement.cores)).copy()
    port = np.zeros((steps, inferences))
    streamed = passes * network.period
    for p in network.populations:
        cores = placement.cores_of(p.name)
        window = slice(p.depth + 1, p.depth + 1 + streamed)
        for core in cores:
            busy[window, :, core] = _streamed(work[:, :, core], groups)
    port[:streamed] = _streamed(load.entering, groups) * _row(table, "message_ns", level)
    fixed = barrier_ns(table, placement.tiles, level) + _route_ns(load, table, level)
    return np.asarray((busy.max(axis=2) + port + fixed) * NANO)


def barrier_ns(table: CostTable, tiles: int, level: str) -> float:
    """Cost of a barrier over ``tiles`` tiles, interpolated between those of the table."""
    known = [(n, _ns(row, level)) for n, row in table.barriers]
    return float(np.interp(tiles, [n for n, _ in known], [ns for _, ns in known]))


def _work(load: Traffic, table: CostTable, level: str) -> Array:
    """Nanoseconds of every core in every step, (period, presentations, cores)."""
    parts = {
        "synaptic_operation_ns": load.synops,
        "neuron_update_active_ns": load.active,
        "neuron_update_inactive_ns": load.inactive,
        "message_ns": load.arriving,
        "message_out_ns": load.sent,
        "spike_ns": load.spikes,
    }
    return np.asarray(
        sum(n.astype(np.float64) * _row(table, name, level) for name, n in parts.items())
    )


def _streamed(per_step: Array, groups: Array) -> Array:
    """(period, presentations) of single passes to (passes * period, inferences) of streams."""
    return np.concatenate([per_step[:, passes] for passes in groups.T])


def _route_ns(load: Traffic, table: CostTable, level: str) -> float:
    columns, rows = load.farthest
    east_west = columns * _row(table, "hop_east_west_ns", level)
    return east_west + rows * _row(table, "hop_north_south_ns", level)


def _row(table: CostTable, name: str, level: str) -> float:
    return _ns(table.rows[name], level) if name in table.rows else 0.0


def _ns(cost: Cost, level: str) -> float:
    figure: Decimal | None = cost.at(level)
    return float("nan") if figure is None else float(figure)
