"""Circuits of stock neurons behind the populations of a network, and what they let pass.

``tests/spikeff/test_describe.py`` holds that they are wired as ``spikeff.lowering`` wires them.
"""

from __future__ import annotations

from dataclasses import replace

from spikeff.ir import roles
from spikeff.ir.arrays import Array
from spikeff.ir.circuits.self_inhibition import self_inhibition
from spikeff.ir.circuits.spike_budget import spike_budget
from spikeff.ir.circuits.spike_limit import FREE, spike_gate
from spikeff.ir.network import NetworkDescription


def with_gates(description: NetworkDescription, limit: int) -> NetworkDescription:
    """Let each neuron of a chain spike ``limit`` times per sample.

    The gate behind a population takes the population's name.
    """
    populations = []
    connections = description.connections
    for index, population in enumerate(description.populations):
        free = replace(population, name=population.name + FREE, depth=2 * index, role=roles.FREE)
        gate, synapses = spike_gate(free, population.name, limit, description.dt)
        populations += [free, gate]
        connections = tuple(
            replace(c, target=free.name) if c.target == population.name else c for c in connections
        )
        connections += synapses
    return replace(description, populations=tuple(populations), connections=connections)


def with_budget(
    description: NetworkDescription, budget: int, behind: int = 0
) -> NetworkDescription:
    """Put counter and gate behind one population of a chain; those above it hear the gate."""
    lower = description.populations[: behind + 1]
    layer, upper = lower[-1], description.populations[behind + 1 :]
    made = spike_budget(layer, budget, description.dt)
    deeper = tuple(replace(p, depth=p.depth + 1) for p in upper)
    heard = tuple(
        replace(c, source=made.gate.name) if layer.name == c.source != c.target else c
        for c in description.connections
    )
    free = replace(
        description,
        populations=(*lower, made.counter, made.gate, *deeper),
        connections=(*heard, *made.connections),
    )
    stop = self_inhibition(free, made.counter.name)
    return replace(free, connections=(*free.connections, stop))


def first_spikes(spikes: Array, limit: int) -> Array:
    """The first ``limit`` spikes of every neuron and sample, bool (steps, samples, neurons)."""
    kept: Array = spikes & (spikes.cumsum(axis=0) <= limit)
    return kept


def within(spikes: Array, budget: int) -> Array:
    """Spikes (steps, samples, neurons) of steps before which fewer than ``budget`` were spent."""
    each_step = spikes.sum(axis=2)
    before = each_step.cumsum(axis=0) - each_step
    kept: Array = spikes & (before < budget)[:, :, None]
    return kept
