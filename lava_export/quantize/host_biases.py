"""Biases that a host writes: connections of role ``host`` on the scale of their population."""

from __future__ import annotations

import math

import numpy as np

from lava_export.chips import limits
from lava_export.integers.host_bias import SHIFT_MAX, WEIGHT_MAX, HostBias
from lava_export.integers.network import IntegerPopulation
from spikeff.errors import LimitError
from spikeff.ir.connectivity import BitPlanes, Connection
from spikeff.ir.network import NetworkDescription
from spikeff.ir.roles import HOST

INSTEAD = "give the numbers as spikes instead (--currents-as planes)"


def host_biases(description: NetworkDescription, population: IntegerPopulation) -> list[HostBias]:
    """What a host writes to a population that was quantised.

    Raises:
        LimitError: A bias cannot say what the connection says: it is late, its numbers are no bit
            planes, or the current of the population lasts.
    """
    written = [c for c in description.incoming(population.name) if c.role == HOST]
    return [_host_bias(c, population, len(written)) for c in written]


def _host_bias(connection: Connection, population: IntegerPopulation, count: int) -> HostBias:
    owner, kind = f"population {population.name!r}", connection.connectivity
    if not isinstance(kind, BitPlanes) or count > 1:
        raise LimitError(
            f"{owner}: {count} connections of {kind.name} that a host writes; one of bit planes "
            f"can be: {INSTEAD}."
        )
    if connection.delay:
        raise LimitError(
            f"{owner}: its input waits {connection.delay} steps, and a bias holds from the first "
            f"to the last: {INSTEAD}."
        )
    if population.du != limits.DECAY_MAX:
        raise LimitError(
            f"{owner}: its current lasts (du = {population.du}), and a bias enters the potential "
            f"alone: {INSTEAD}."
        )
    units = connection.weights * (population.current_scale / (1 << population.bias_exp))
    largest = float(np.abs(units).max(initial=0.0))
    room = math.log2(WEIGHT_MAX / largest) if largest else 0.0
    shift = min(max(math.floor(room), 0), SHIFT_MAX)
    weights = np.rint(units * 2**shift).astype(np.int16)
    return HostBias(population.name, kind.inner, weights, shift, kind.bits)
