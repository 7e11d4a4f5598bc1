"""Networks whose layers pass so many spikes per sample, for the tests of spike budgets."""

from __future__ import annotations

from dataclasses import replace

from spikeff.ir.arrays import Array
from spikeff.ir.circuits.self_inhibition import self_inhibition
from spikeff.ir.circuits.spike_budget import spike_budget
from spikeff.ir.network import NetworkDescription


def with_budget(
    description: NetworkDescription, budget: int, behind: int = 0
) -> NetworkDescription:
    """Put counter and gate behind one population of a chain; those above it hear the gate."""
    lower = description.populations[: behind + 1]
    first, upper = lower[-1], description.populations[behind + 1 :]
    made = spike_budget(first, budget, description.dt)
    deeper = tuple(replace(p, depth=p.depth + 1) for p in upper)
    rewired = tuple(
        replace(c, source=made.gate.name)
        if c.source == first.name and c.target != first.name
        else c
        for c in description.connections
    )
    free = replace(
        description,
        populations=(*lower, made.counter, made.gate, *deeper),
        connections=(*rewired, *made.connections),
    )
    stop = self_inhibition(free, made.counter.name)
    return replace(free, connections=(*free.connections, stop))


def within(spikes: Array, budget: int) -> Array:
    """Spikes (steps, samples, neurons) of steps before which fewer than ``budget`` were spent."""
    each_step = spikes.sum(axis=2)
    before = each_step.cumsum(axis=0) - each_step
    kept: Array = spikes & (before < budget)[:, :, None]
    return kept
