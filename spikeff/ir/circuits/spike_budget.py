"""A budget of spikes per layer and sample, kept by stock neurons: a counter and a gate.

The gate repeats the layer's spikes up to and including the step in which their number reaches the
budget; after that it stays silent for the rest of the sample. The layer above no longer sees how
much a layer fired, only which neurons fired and when: the part that layer norm plays in the rate
version (Hinton 2022, section 2.1).

The counter is one neuron with a non-leaky synaptic current (``tau_syn`` infinite) and a membrane
without memory (``tau_mem = dt``), so that v = i. It receives the spikes of every neuron with weight
1, fires when v exceeds budget - 1/2, and then inhibits itself for the rest of the sample. The gate
has the same constants and one neuron for each of the layer's: a spike adds 1 to its current and
removes it again one step later, so that the gate, whose threshold is 1/2, repeats the spike in the
same local step; the counter's spike subtracts 1 for the rest of the sample.
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
    """The two populations and their incoming connections, the counter's self-inhibition left out.

    Attributes:
        counter: One neuron that fires once the budget is spent.
        gate: Repeats the layer until the counter has fired, one neuron for each of the layer's.
        connections: All that end at the two, except the counter's inhibition of itself.
    """

    counter: Population
    gate: Population
    connections: tuple[Connection, ...]


def spike_budget(layer: Population, budget: int, dt: float) -> SpikeBudget:
    """The counter and the gate behind ``layer``, both one step of pipeline deeper.

    The counter's ``spike_limit`` of 1 stands for its inhibition of itself, which depends on the
    layer's own (``spikeff.ir.circuits.self_inhibition``).

    Args:
        layer: The population whose spikes are counted.
        budget: Number of spikes after which the gate closes, one step later.
        dt: Seconds per step.
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
