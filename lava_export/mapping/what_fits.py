"""Smaller versions of a network, to say what would fit where it does not itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lava_export.integers.network import IntegerConnection, IntegerNetwork
from spikeff.ir.connectivity import Sparse

Fits = Callable[[IntegerNetwork], bool]
# The number of neurons is found to within this share of the population.
RESOLUTION = 64


def fitting_bits(network: IntegerNetwork, fits: Fits) -> int | None:
    """Most bits per weight with which the same synapses would fit, None where none do."""
    most = max(c.weight_bits for c in network.connections)
    for bits in range(most - 1, 0, -1):
        coarse = tuple(_with_bits(c, bits) for c in network.connections)
        if fits(replace(network, connections=coarse)):
            return bits
    return None


def _with_bits(connection: IntegerConnection, bits: int) -> IntegerConnection:
    """The same synapses at fewer bits each; their values are placeholders on the coarse grid."""
    stored = np.where(connection.weights != 0, -128, 0)
    if connection.sign_mode == "excitatory":
        stored = -stored
    least = 2 if connection.sign_mode == "mixed" else 1
    bits = min(max(bits, least), connection.weight_bits)
    return replace(connection, weights=stored, weight_bits=bits)


def fitting_neurons(network: IntegerNetwork, name: str, fits: Fits) -> int | None:
    """About how many neurons of population ``name`` would fit beside all others, None for none."""
    size = network.sizes[name]
    low, high = 0, size
    while high - low > max(1, size // RESOLUTION):
        middle = (low + high) // 2
        low, high = (middle, high) if fits(cropped(network, name, middle)) else (low, middle)
    return low or None


def cropped(network: IntegerNetwork, name: str, neurons: int) -> IntegerNetwork:
    """The network with the first ``neurons`` neurons of one population only."""

    def crop(c: IntegerConnection) -> IntegerConnection:
        targets, sources = c.connectivity.ends(c.weights.shape)
        targets = neurons if c.target == name else targets
        sources = neurons if c.source == name else sources
        return _first_synapses(c, targets, sources)

    populations = tuple(
        replace(p, size=neurons, bias_mant=p.bias_mant[:neurons]) if p.name == name else p
        for p in network.populations
    )
    connections = tuple(crop(c) for c in network.connections)
    # What a host writes takes nothing of a core.
    return replace(network, populations=populations, connections=connections, host=())


def _first_synapses(c: IntegerConnection, targets: int, sources: int) -> IntegerConnection:
    """The synapses among the first neurons of both ends; a matrix stays one."""
    if c.connectivity.is_matrix:
        return replace(c, weights=c.weights[:targets, :sources])
    post, pre, values = c.connectivity.stored(c.weights)
    kept = (post < targets) & (pre < sources)
    listed = Sparse(targets, sources, post[kept], pre[kept])
    return replace(c, connectivity=listed, weights=values[kept])
