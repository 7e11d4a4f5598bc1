"""Worst cases that follow from the weights alone, whatever the data.

But for membranes that lie in the current (``HELD_STEPS``), of which one is assumed.

A channel that spikes at most ``s`` times in ``T`` steps contributes at most ``w * g(min(s, T))``
to a current that keeps ``1 - du`` of itself per step, with the geometric sum
``g(s) = 1 + (1 - du) + ... + (1 - du)^(s - 1)``: the spikes are at their worst in consecutive
steps. The dynamics are those of ``spikeff.ir.network``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from spikeff.errors import DescriptionError, LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connection
from spikeff.ir.network import BLANK, INPUT, NetworkDescription, Population
from spikeff.ir.roles import HOST, SOFT_RESET

# Room above a bound for weights and biases that are rounded to integers later.
MARGIN = 1.25
# Steps of the largest input that a membrane which lies in the current may hold. A reset takes what
# a neuron is given, so no bound of use follows from the weights alone; the emulator counts wraps.
HELD_STEPS = 8


def find_population(description: NetworkDescription, name: str) -> Population:
    """Return the population ``name``; DescriptionError lists those that exist."""
    for population in description.populations:
        if population.name == name:
            return population
    names = [p.name for p in description.populations]
    raise DescriptionError(f"population {name!r} does not exist; choose one of {names}.")


def current_decay(description: NetworkDescription, population: Population) -> float:
    """Share du = dt / tau_syn of the current that is lost per step; 0 for an infinite tau_syn."""
    return description.dt / population.tau_syn


def geometric_sum(decay: float, count: int) -> float:
    """Sum of ``(1 - decay)^k`` for ``k < count``."""
    return float(np.power(1.0 - decay, np.arange(count, dtype=np.float64)).sum())


def spikes_per_source(description: NetworkDescription, source: str, steps: int) -> Array:
    """Most spikes of every neuron of ``source`` in ``steps`` steps: int64 (source size,)."""
    if source == INPUT:
        labels = description.labels
        most = np.full(description.input_size, description.input.spikes_per_channel)
        if labels is not None:
            most[description.input.pixels :] = len(labels.steps)
    elif source == BLANK:
        most = np.full(1, description.idle_steps)
    else:
        limit = find_population(description, source).spike_limit
        most = np.full(description.sizes[source], steps if limit is None else limit)
    return np.minimum(most, steps)


def worst_currents(
    description: NetworkDescription, name: str, steps: int | None = None
) -> tuple[Array, Array]:
    """Bounds of the synaptic current of every neuron of the population ``name``.

    Args:
        description: The network.
        name: The population.
        steps: Steps in which sources may spike; the ``steps`` of the description by default.

    Returns:
        The highest (>= 0) and the lowest (<= 0) current, float64 (size,) each, in units of the
        weights; without what the host adds to the bias (:func:`host_drives`).

    Raises:
        DescriptionError: No population has that name.
    """
    population = find_population(description, name)
    steps = description.steps if steps is None else steps
    decay = current_decay(description, population)
    sums = np.array([geometric_sum(decay, k) for k in range(steps + 1)])
    highest, lowest = np.zeros(population.size), np.zeros(population.size)
    for connection in description.incoming(name):
        if connection.role == HOST:
            continue
        held = held_steps(description, name, connection.source, steps)
        gain = sums[spikes_per_source(description, connection.source, held)]
        highest += _weighted(connection, gain, positive=True)
        lowest += _weighted(connection, gain, positive=False)
    return highest, lowest


def host_drives(description: NetworkDescription, name: str) -> tuple[Array, Array]:
    """Bounds of what the host adds to the bias of every neuron: highest >= 0, lowest <= 0."""
    size = find_population(description, name).size
    highest, lowest = np.zeros(size), np.zeros(size)
    for connection in description.incoming(name):
        if connection.role == HOST:
            gain = np.ones(description.input_size)
            highest += _weighted(connection, gain, positive=True)
            lowest += _weighted(connection, gain, positive=False)
    return highest, lowest


def held_steps(network: Any, name: str, source: str, steps: int) -> int:
    """Steps of input from one source that the current of a population is taken to hold at most.

    Blanking is no assumption: it spikes in every idle step, and no reset takes any of it.

    Args:
        network: In floats or in integers.
        name: The population.
        source: Of the spikes.
        steps: In which sources may spike.
    """
    soft = source != BLANK and any(c.role == SOFT_RESET for c in network.incoming(name))
    return min(steps, HELD_STEPS) if soft else steps


def _weighted(connection: Connection, gain: Array, positive: bool) -> Array:
    weights = np.maximum(connection.weights, 0) if positive else np.minimum(connection.weights, 0)
    return connection.connectivity.drive(weights, gain)


def silencing_current(
    description: NetworkDescription, name: str, steps: int | None = None
) -> float:
    """Inhibition that no neuron of ``name`` can overcome: max(worst current + v_leak), >= v_th.

    A neuron whose current stays at or below ``-v_leak`` moves towards rest or below, so it
    cannot cross a positive threshold from beneath.

    Args:
        description: The network.
        name: The population.
        steps: Steps in which sources may spike; the ``steps`` of the description by default.
    """
    population = find_population(description, name)
    highest = worst_currents(description, name, steps)[0] + host_drives(description, name)[0]
    return max(float((highest + population.v_leak).max()), population.v_th)


def self_inhibition_weight(
    description: NetworkDescription, name: str, margin: float = MARGIN
) -> float:
    """Weight W > 0 with which one spike silences its own neuron for the rest of the sample.

    For a one_to_one connection of weight ``-W`` and delay 1 on the population ``name``:
    ``W * (1 - du)^steps >= margin * max(worst positive current + v_leak)``.

    Args:
        description: The network without that connection.
        name: The population.
        margin: Factor above the bound, for weights and biases that are rounded to integers later.

    Raises:
        LimitError: The current decays completely within a step, so that no weight suffices.
    """
    population = find_population(description, name)
    kept = (1.0 - current_decay(description, population)) ** description.steps
    if kept <= 0.0:
        raise LimitError(
            f"population {name!r}: tau_syn = {population.tau_syn} s keeps nothing of a current for "
            f"{description.steps} steps of {description.dt} s, so no self-inhibition lasts; "
            f"choose a longer tau_syn."
        )
    return margin * silencing_current(description, name) / kept
