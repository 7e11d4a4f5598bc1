"""A budget of spikes per layer and sample, kept by stock neurons: a counter and a gate.

What passes upwards is the layer's spikes up to the step in which their number reaches the budget;
then the way is closed for the rest of the sample. How much a layer fired is taken away, who fired
and when stays: the part that layer norm plays in the rate version (Hinton 2022, section 2.1).

The counter is one neuron with a lasting current (``tau_syn`` infinite) and a membrane that forgets
at once (``tau_mem = dt``), so that v = i. It hears every neuron with weight 1, fires when v exceeds
budget - 1/2, and inhibits itself for good. The gate has the same constants, one neuron for each of
the layer's: a spike adds 1 to its current and takes it away one step later, so that the gate, whose
threshold is 1/2, repeats it in the same local step; the counter's spike takes 1 away for good.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spikeff.ir.connectivity import DENSE, ONE_TO_ONE, Connection
from spikeff.ir.network import BLANK, NetworkDescription, Population

V_TH = 0.5
COUNTER, PASSED = ".budget", ".passed"


@dataclass(frozen=True, eq=False)
class SpikeBudget:
    """The two populations and what ends at them, the counter's inhibition of itself left out."""

    counter: Population
    gate: Population
    connections: tuple[Connection, ...]


def spike_budget(layer: Population, budget: int, dt: float) -> SpikeBudget:
    """The counter and the gate behind ``layer``, both one step of pipeline deeper.

    budget : number of spikes after which the gate closes, one step later.   dt : seconds per step.
    The counter's ``spike_limit`` of 1 stands for its inhibition of itself, which depends on the
    layer's own (``spikeff.ir.bounds.self_inhibition_weight``).
    """
    counter = Population(
        name=layer.name + COUNTER,
        size=1,
        depth=layer.depth + 1,
        tau_syn=math.inf,
        tau_mem=dt,
        v_th=budget - V_TH,
        v_leak=np.zeros(1),
        column_size=1,
        spike_limit=1,
    )
    gate = Population(
        name=layer.name + PASSED,
        size=layer.size,
        depth=layer.depth + 1,
        tau_syn=math.inf,
        tau_mem=dt,
        v_th=V_TH,
        v_leak=np.zeros(layer.size),
        column_size=layer.column_size,
        spike_limit=layer.spike_limit,
    )
    ones = np.ones(layer.size)
    return SpikeBudget(
        counter,
        gate,
        (
            Connection(layer.name, counter.name, DENSE, ones[None]),
            Connection(layer.name, gate.name, ONE_TO_ONE, ones),
            Connection(layer.name, gate.name, ONE_TO_ONE, -ones, delay=1),
            Connection(counter.name, gate.name, DENSE, -ones[:, None], delay=1),
        ),
    )


def is_counter(description: NetworkDescription, population: Population) -> bool:
    """Whether :func:`spike_budget` made the population as a counter."""
    counted = [
        c for c in description.incoming(population.name) if c.source not in (population.name, BLANK)
    ]
    return (
        population.name.endswith(COUNTER)
        and (population.size, population.spike_limit) == (1, 1)
        and _forgets(description, population)
        and population.v_th % 1 == V_TH
        and [(c.kind, c.delay, bool((c.weights == 1).all())) for c in counted] == [(DENSE, 0, True)]
    )


def is_gate(description: NetworkDescription, population: Population) -> bool:
    """Whether :func:`spike_budget` made the population as a gate."""
    found = [
        (c.source, c.kind, c.delay, float(c.weights.flat[0]), bool(np.ptp(c.weights) == 0))
        for c in description.incoming(population.name)
        if c.source != BLANK
    ]
    name = population.name.removesuffix(PASSED)
    made = [
        (name, ONE_TO_ONE, 0, 1.0, True),
        (name, ONE_TO_ONE, 1, -1.0, True),
        (name + COUNTER, DENSE, 1, -1.0, True),
    ]
    return (
        population.name.endswith(PASSED)
        and population.v_th == V_TH
        and _forgets(description, population)
        and sorted(found) == sorted(made)
    )


def _forgets(description: NetworkDescription, population: Population) -> bool:
    constants = (population.tau_syn, population.tau_mem)
    return constants == (math.inf, description.dt) and not population.v_leak.any()
