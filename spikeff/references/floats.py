"""A description in floating point, step by step in NumPy: what calibration compares with.

The recurrence of ``spikeff.ir.network`` in float64, in the order of Norse's operations, so that its
spikes and states are those of ``spikeff.references.norse`` to the last bit; it needs no simulator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from spikeff.ir.arrays import Array
from spikeff.ir.inputs import require_input_spikes
from spikeff.ir.network import BLANK, INPUT, NetworkDescription, Population
from spikeff.ir.trace import SpikeTrace

# Drive of a step (samples, neurons) to the spikes 0.0 or 1.0 and the membrane potential after it,
# and the synaptic current with the drive in it.
Step: TypeAlias = Callable[[Array], tuple[Array, Array, Array]]


def run(description: NetworkDescription, inputs: Array, record_states: bool = False) -> SpikeTrace:
    """Run ``inputs`` through ``description``.

    Args:
        inputs: bool (steps, samples, input size).

    Returns:
        A trace of ``steps`` steps: samples start at rest, so there are no idle steps and the
        blanking line is left out.
    """
    return run_neurons("floats", _lif, description, inputs, record_states)


def run_neurons(
    name: str,
    neurons: Callable[[Population, float, int], Step],
    description: NetworkDescription,
    inputs: Array,
    record_states: bool,
) -> SpikeTrace:
    """Run ``inputs`` through ``description`` with any simulator's neurons.

    Args:
        name: Of the simulator.
        neurons: A population, seconds per step and samples to a population at rest.
        inputs: bool (steps, samples, input size).
    """
    require_input_spikes(description, inputs)
    samples = inputs.shape[1]
    spikes = {INPUT: inputs.astype(np.float64)}
    current, potential = {}, {}
    for population in description.populations:
        size = (len(inputs), samples, population.size)
        spikes[population.name] = np.zeros(size)
        if record_states:
            current[population.name], potential[population.name] = np.zeros(size), np.zeros(size)
    steps = {p.name: neurons(p, description.dt, samples) for p in description.populations}
    for step in range(description.steps):
        for key, advance in steps.items():
            fired, v, u = advance(_drive(description, key, spikes, step))
            spikes[key][step] = fired
            if record_states:
                current[key][step], potential[key][step] = u, v
    return SpikeTrace(name, {p: spikes[p] > 0 for p in steps}, current, potential)


def _drive(
    description: NetworkDescription, population: str, spikes: dict[str, Array], step: int
) -> Array:
    """What the spikes that arrive at ``population`` in ``step`` bring, (samples, neurons)."""
    drive = np.zeros(spikes[population].shape[1:])
    for c in description.incoming(population):
        if c.source != BLANK and step >= c.delay:
            drive += c.connectivity.drive(c.weights, spikes[c.source][step - c.delay])
    return drive


def _lif(population: Population, dt: float, samples: int) -> Step:
    """Current-based LIF neurons; Norse (Pehle and Pedersen 2021), ``functional/lif.py``."""
    du, dv = dt * (1.0 / population.tau_syn), dt * (1.0 / population.tau_mem)
    i = np.zeros((samples, population.size))
    v = np.zeros_like(i)

    def step(drive: Array) -> tuple[Array, Array, Array]:
        nonlocal i, v
        arrived = i + drive
        v = v + dv * ((population.v_leak - v) + arrived)
        i = arrived + -du * arrived
        fired = (v > population.v_th).astype(np.float64)
        v = (1 - fired) * v
        return fired, v, arrived

    return step
