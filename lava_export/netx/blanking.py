"""Idle steps and blanking lines of integers, as ``lava_export.quantize.blanking`` has in floats.

Spikes that wait in a delay would reach the next sample. Their populations are held silent in as
many idle steps as the longest delay.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from spikeff.ir.connectivity import DENSE
from spikeff.ir.network import BLANK, INPUT
from spikeff.ir.roles import BLANKING

LARGEST = 255
UNIT = 1 << limits.ACTIVATION_SHIFT


def blanked(network: IntegerNetwork) -> IntegerNetwork:
    """The network with what its delays ask for; unchanged where there are none."""
    idle = max((c.delay for c in network.connections), default=0)
    if not idle:
        return network
    longer = replace(network, idle_steps=idle)
    waiting = {c.source for c in network.connections if c.delay} - {INPUT}
    lines = tuple(_line(longer, p) for p in network.populations if p.name in waiting)
    return replace(longer, connections=network.connections + lines)


def _line(network: IntegerNetwork, population: IntegerPopulation) -> IntegerConnection:
    needed = _silencing(network, population)
    exponent = 0
    while exponent < limits.WEIGHT_EXP_MAX and needed > LARGEST * (UNIT << exponent):
        exponent += 1
    weight = min(LARGEST, -(-needed // (UNIT << exponent)))
    return IntegerConnection(
        BLANK,
        population.name,
        DENSE,
        np.full((population.size, 1), -weight),
        limits.WEIGHT_BITS_MAX,
        exponent,
        "inhibitory",
        role=BLANKING,
    )


def _silencing(network: IntegerNetwork, population: IntegerPopulation) -> int:
    """Units of u that hold every neuron at or below rest: all that it may hold and be given."""
    heard = np.zeros(population.size)
    for c in network.incoming(population.name):
        ones = np.ones(c.connectivity.ends(c.weights.shape)[1])
        heard += c.connectivity.drive(np.maximum(c.weights, 0).astype(np.float64), ones)
    written = [int(h.range()[1].max()) for h in network.host if h.target == population.name]
    keep = 1 - (population.du + limits.DS_OFFSET) / limits.DECAY_UNITY
    held = sum(keep**k for k in range(network.period))
    bias = (int(population.bias_mant.max()) + sum(written)) << population.bias_exp
    return int(np.ceil(float(heard.max()) * UNIT * (held + 1))) + max(bias, 0) + 1
