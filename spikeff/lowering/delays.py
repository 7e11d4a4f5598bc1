"""Delays of single synapses in a description: one connection for each number of steps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connectivity, Sparse

# Steps, and the synapses that delay a spike by as many.
Delayed = tuple[int, Connectivity, Array]


def by_delay(kind: Connectivity, weights: Array, delays: Array) -> Iterator[Delayed]:
    """The synapses of a connection, those of equal delay together, shortest delay first.

    Args:
        kind: Their connectivity; it stays where all have the same delay.
        weights: Of the shape that ``kind`` asks for.
        delays: Whole steps, of the same shape.
    """
    found = np.unique(delays)
    if len(found) == 1:
        yield int(found[0]), kind, weights
        return
    targets, sources = kind.ends(weights.shape)
    listed = kind.synapses(weights.shape)
    steps, values = delays.reshape(-1)[listed.weight], weights.reshape(-1)[listed.weight]
    for delay in found:
        own = steps == delay
        yield int(delay), Sparse(targets, sources, listed.post[own], listed.pre[own]), values[own]
