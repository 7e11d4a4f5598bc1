"""Networks whose neurons may spike k times per sample, for the parity tests."""

from __future__ import annotations

from dataclasses import replace

from spikeff.ir import roles
from spikeff.ir.arrays import Array
from spikeff.ir.circuits.spike_limit import FREE, spike_gate
from spikeff.ir.network import NetworkDescription


def with_gates(description: NetworkDescription, limit: int) -> NetworkDescription:
    """Put a gate behind every population of a chain; it takes the population's name."""
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


def first_spikes(spikes: Array, limit: int) -> Array:
    """The first ``limit`` spikes of every neuron and sample, bool (steps, samples, neurons)."""
    kept: Array = spikes & (spikes.cumsum(axis=0) <= limit)
    return kept
