"""At most k spikes per neuron and sample, kept by stock neurons: a gate behind the free ones.

Each gate neuron receives the spikes of one free neuron. Its synaptic current does not leak
(``tau_syn`` infinite) and its membrane has no memory (``tau_mem = dt``), so that v = i. A spike of
the free neuron adds k to the current and subtracts k + 1 one step later: spike n finds
v = k - (n - 1), above the threshold of 1/2 for n <= k only, and between spikes v <= 0. The gate
emits exactly the first k spikes of the free neuron, each in the same local step.
"""

from __future__ import annotations

import math

import numpy as np

from spikeff.ir.connectivity import ONE_TO_ONE, Connection
from spikeff.ir.network import Population
from spikeff.ir.roles import FIXED, LIMIT_GATE

V_TH = 0.5
FREE = ".free"
# Share of a current that must be left at the end of a sample for self-inhibition to last that long.
LASTING = 0.5


def needs_gate(limit: int, tau_syn: float, steps: int, dt: float) -> bool:
    """Whether a limit needs a gate; for one spike self-inhibition does if the current lasts.

    Args:
        limit: Most spikes per neuron and sample.
        tau_syn: Synaptic time constant in seconds.
        steps: Steps of one sample.
        dt: Seconds per step.
    """
    return limit > 1 or (1.0 - dt / tau_syn) ** steps < LASTING


def spike_gate(
    free: Population, name: str, limit: int, dt: float
) -> tuple[Population, tuple[Connection, Connection]]:
    """The gate ``name`` that lets ``limit`` spikes of each neuron of ``free`` pass.

    Args:
        free: The population without a limit.
        name: Of the gate.
        limit: Most spikes per neuron and sample.
        dt: Seconds per step.

    Returns:
        The population, one step of pipeline deeper than ``free``, and its two connections.
    """
    gate = Population(
        name=name,
        size=free.size,
        depth=free.depth + 1,
        tau_syn=math.inf,
        tau_mem=dt,
        v_th=V_TH,
        v_leak=np.zeros(free.size),
        column_size=free.column_size,
        spike_limit=limit,
        constraint_columns=free.constraint_columns,
        role=LIMIT_GATE,
    )
    size = free.size
    opens = Connection(free.name, name, ONE_TO_ONE, np.full(size, float(limit)), role=FIXED)
    counts = Connection(
        free.name, name, ONE_TO_ONE, np.full(size, -limit - 1.0), delay=1, role=FIXED
    )
    return gate, (opens, counts)
