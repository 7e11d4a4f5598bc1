"""Two stock neurons beside an imported network: one fires in every step, one in the first alone."""

from __future__ import annotations

import math

import numpy as np

from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE, ONE_TO_ONE, Connection
from spikeff.ir.network import Population
from spikeff.ir.roles import EVERY_STEP, FIXED, SELF_INHIBITION

V_TH = 0.5
# Against its own leak potential of 1: after its spike the neuron stays far below its threshold.
SILENCE = 4.0


def every_step(name: str, dt: float, depth: int) -> Population:
    """A neuron that fires in every step."""
    return Population(name, 1, depth, dt, dt, V_TH, np.ones(1), column_size=1, role=EVERY_STEP)


def first_step(name: str, dt: float, depth: int) -> tuple[Population, Connection]:
    """A neuron that fires in the first step of a sample, and its inhibition of itself."""
    neuron = Population(
        name, 1, depth, math.inf, dt, V_TH, np.ones(1), column_size=1, spike_limit=1
    )
    silence = Connection(name, name, ONE_TO_ONE, np.full(1, -SILENCE), 1, SELF_INHIBITION)
    return neuron, silence


def relay(name: str, size: int, dt: float, depth: int) -> Population:
    """Neurons that repeat what they hear through weights of 1 in the same local step."""
    return Population(name, size, depth, dt, dt, V_TH, np.zeros(size), column_size=1)


def spread(source: str, target: str, weights: Array, delay: int) -> Connection:
    """From one neuron to all of a population, (size,)."""
    return Connection(source, target, DENSE, weights[:, np.newaxis], delay, FIXED)
