"""Seconds of inferences on a mesh that blocks: routers with finite buffers, cores that are busy.

Every core updates its neurons one after the other, all priced as active, since one whose state is
not zero may be. It sends the messages of a spike as soon as it is there. Messages enter in the
order in which they would be ready if nothing blocked (``hw_targets.cost.mesh.queues``). The step
ends when all is sent and done, and the barrier passed.

The model is our own, of what J. A. Boyle et al., SANA-FE, IEEE TCAD 44(8), 2025 estimate from
averages over a route: there a message waits for the mean of those on the chip, here for those
before it. Their time has lain below it in all samples that were tried, a time of one step not quite
in all: it is no proven bound. It is simulated for the first inferences, as far as ``MOST`` messages
go.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hw_targets.cost.latency import NANO, Prices, barrier_ns, sending_ns
from hw_targets.cost.mesh.messages import Messages, messages_of
from hw_targets.cost.mesh.queues import Queued, last_work
from hw_targets.cost.placement import Placement
from hw_targets.cost.table import CostTable
from hw_targets.cost.traffic import Traffic
from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array

MOST = 2**19  # messages


def blocked_seconds(
    network: IntegerNetwork,
    placement: Placement,
    load: Traffic,
    groups: Array,
    table: CostTable,
    levels: Sequence[str],
) -> dict[str, Array]:
    """Seconds of the first inferences by level, (inferences simulated,).

    Args:
        groups: Indexes of the presentations of each inference, (inferences, passes).
    """
    groups = groups[: _simulated(load, groups)]
    shown, own = np.unique(groups, return_inverse=True)
    spikes = {source: z[:, shown] for source, z in load.sources.items()}
    messages = messages_of(network, placement, spikes)
    found = {}
    for level in levels:
        price = Prices(table, level, all_active=True)
        sending = sending_ns(network, placement, load, groups, price)
        passes = own.reshape(groups.shape)
        queued = _queued(messages, passes, network.period, len(sending), placement.cores, price)
        spent = last_work(queued, sending.reshape(-1, placement.cores))
        steps = spent.reshape(sending.shape[:2]) + barrier_ns(table, placement.tiles, level)
        found[level] = np.asarray(steps.sum(axis=0) * NANO)
    return found


def _simulated(load: Traffic, groups: Array) -> int:
    """How many inferences have ``MOST`` messages between them; one at least."""
    each = np.sum([n[groups].sum(axis=1) for n in load.messages.values()], axis=0)
    return max(int(np.searchsorted(np.cumsum(each), MOST, side="right")), 1)


def _queued(
    messages: Messages, passes: Array, period: int, steps: int, cores: int, price: Prices
) -> Queued:
    """Messages of inferences, by step of the chip's clock and inference, in their order."""
    inferences, each = passes.shape
    first, last = messages.first[passes.ravel()], messages.first[passes.ravel() + 1]
    many = last - first
    nth = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    chosen = np.repeat(first, many) + nth
    inference, which = np.divmod(np.repeat(np.arange(passes.size), many), each)
    lane = (messages.step[chosen] + which * period) * inferences + inference
    ready = _ready_ns(messages, cores, price)[chosen]
    order = np.lexsort((ready, lane))
    chosen = chosen[order]
    ways = messages.ways
    hops = np.array([0.0, price["hop_east_west_ns"], price["hop_north_south_ns"]])
    return Queued(
        np.searchsorted(lane[order], np.arange(steps * inferences + 1)),
        ready[order],
        messages.sender[chosen],
        messages.way[chosen],
        price["message_ns"] + messages.synapses[chosen] * price["synaptic_operation_ns"],
        ways,
        hops[ways.hop],
    )


def _ready_ns(messages: Messages, cores: int, price: Prices) -> Array:
    """When each message would be ready if nothing blocked, from the start of its step."""
    port = max(price["message_ns"], price["message_out_ns"])
    from_core = (
        messages.updated * price.inactive
        + messages.fired * price["spike_ns"]
        + messages.sent * price["message_out_ns"]
    )
    return np.where(messages.sender == cores, messages.sent * port, from_core)
