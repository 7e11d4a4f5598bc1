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
from spikeff.ir.network import Population
from spikeff.ir.roles import BUDGET_COUNTER, BUDGET_GATE, FIXED

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
    layer's own (``spikeff.ir.circuits.self_inhibition``).
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
        role=BUDGET_COUNTER,
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
        role=BUDGET_GATE,
    )
    ones = np.ones(layer.size)
    return SpikeBudget(
        counter,
        gate,
        (
            Connection(layer.name, counter.name, DENSE, ones[None], role=FIXED),
            Connection(layer.name, gate.name, ONE_TO_ONE, ones, role=FIXED),
            Connection(layer.name, gate.name, ONE_TO_ONE, -ones, delay=1, role=FIXED),
            Connection(counter.name, gate.name, DENSE, -ones[:, None], delay=1, role=FIXED),
        ),
    )
