"""Inputs that are numbers, the same in every step, as spikes that carry their bits.

A first layer that is given intensities x in place of spikes, as tutorials do with pixels,
integrates ``W x`` in every step. With x in 255ths the spikes of a channel for each of the 8 bits
say the same: that of bit b fires in every step in which the bit is 1, through ``W 2^b / 255``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lava_export.nir.file import EXACT, Grade
from spikeff.errors import DescriptionError
from spikeff.ir.codes import InputCode
from spikeff.ir.connectivity import Connection, Dense, Sparse
from spikeff.ir.network import INPUT, NetworkDescription
from spikeff.ir.sizes import require_few

SPIKES, CURRENTS = INPUTS = ("spikes", "currents")
BIT_PLANES, BITS = "bit_planes", 8  # as spikeff.data.encoders has them
LARGEST = 2**BITS - 1
GRADE = Grade(
    "input",
    EXACT,
    "intensities in 255ths, constant over a sample, come as the spikes of their 8 bits: 'images' "
    "in a file of samples",
)


def with_bit_planes(description: NetworkDescription) -> NetworkDescription:
    """``description`` for intensities, each input channel as 8 of bits, lowest bits first.

    Raises:
        DescriptionError: The network encodes data of its own already.
    """
    code = description.input
    if code.encoder != SPIKES or description.labels is not None:
        raise DescriptionError(
            f"the network's input is encoded by {code.encoder!r}; only one that takes spikes from "
            f"elsewhere can take currents: leave --input out."
        )
    connections = (
        _of_bits(c, code.pixels) if c.source == INPUT else c for c in description.connections
    )
    return replace(
        description,
        input=InputCode(BIT_PLANES, BITS * code.pixels, 0.0, description.steps),
        connections=tuple(connections),
    )


def _of_bits(connection: Connection, channels: int) -> Connection:
    """The same drive from the bits: a matrix stays one, so that its sources can have exponents."""
    worth = 2.0 ** np.arange(BITS) / LARGEST
    if isinstance(connection.connectivity, Dense):
        weights = np.concatenate([connection.weights * share for share in worth], axis=1)
        return replace(connection, weights=weights)
    post, pre, weights = connection.connectivity.stored(connection.weights)
    require_few("currents as bits", synapses=BITS * len(weights))
    target = connection.connectivity.ends(connection.weights.shape)[0]
    heard = (pre + channels * np.arange(BITS)[:, np.newaxis]).ravel()
    kind = Sparse(target, BITS * channels, np.tile(post, BITS), heard)
    return replace(connection, connectivity=kind, weights=np.outer(worth, weights).ravel())
