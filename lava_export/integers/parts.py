"""One matrix is several integer connections, one for each exponent and sign mode; they add up."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerConnection, IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connection


def place_of(connection: Connection | IntegerConnection) -> Hashable:
    """What the parts of one matrix share, and no two matrices do."""
    c = connection
    return c.source, c.target, c.connectivity, c.delay, c.role


def parts_of(network: IntegerNetwork, connection: Connection) -> list[IntegerConnection]:
    """The integer connections whose sum represents ``connection``."""
    place = place_of(connection)
    return [c for c in network.incoming(connection.target) if place_of(c) == place]


def realised_weights(network: IntegerNetwork, parts: list[IntegerConnection]) -> Array:
    """What the parts of one matrix add up to.

    Args:
        network: Whose parts they are.
        parts: As of :func:`parts_of`, at least one.

    Returns:
        Weights in units of the description, float64.
    """
    units = np.sum([np.ldexp(c.weights, c.weight_exp, dtype=np.float64) for c in parts], axis=0)
    return np.asarray(units / weight_scale(network, parts[0].target))


def weight_scale(network: IntegerNetwork, population: str) -> float:
    """Integer units per unit of the description's weights, for synapses into ``population``."""
    target = next(p for p in network.populations if p.name == population)
    return target.current_scale / (1 << limits.ACTIVATION_SHIFT)
