"""At most k spikes per neuron and sample, kept by stock neurons: a gate behind the free ones.

One gate neuron hears one free neuron. Its current lasts (``tau_syn`` infinite) and its membrane
forgets at once (``tau_mem = dt``), so that v = i. A spike of the free neuron adds k to the current
and takes k + 1 away one step later: spike n finds v = k - (n - 1), above the threshold of 1/2 for
n <= k only, and between spikes v <= 0. The gate emits exactly the first k spikes of the free
neuron, each in the same local step.
"""

from __future__ import annotations

import math

import numpy as np

from spikeff.ir.connectivity import ONE_TO_ONE, Connection
from spikeff.ir.network import Population
from spikeff.ir.roles import FIXED, LIMIT_GATE

V_TH = 0.5
FREE = ".free"
# Share of a current that must be left at the end of a sample for one inhibition to last that long.
LASTING = 0.5


def needs_gate(limit: int, tau_syn: float, steps: int, dt: float) -> bool:
    """Whether a limit takes a gate. One spike and a lasting current: self-inhibition does."""
    return limit > 1 or (1.0 - dt / tau_syn) ** steps < LASTING


def spike_gate(
    free: Population, name: str, limit: int, dt: float
) -> tuple[Population, tuple[Connection, Connection]]:
    """The gate ``name`` that lets ``limit`` spikes of each neuron of ``free`` pass.

    dt : seconds per step. Returns the population, one step of pipeline deeper than ``free``, and
    its two connections.
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
