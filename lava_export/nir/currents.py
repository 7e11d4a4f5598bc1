"""Inputs that are numbers, the same in every step: as spikes that carry their bits, or as biases.

A first layer that is given intensities x in place of spikes, as tutorials do with pixels,
integrates ``W x`` in every step. With x in 255ths the spikes of a channel for each of the 8 bits
say the same: that of bit b fires in every step in which the bit is 1, through ``W 2^b / 255``. Or
the host multiplies, once for each sample, and writes what it finds to the neurons' biases.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lava_export.nir.file import APPROXIMATE, EXACT, Grade
from spikeff.errors import DescriptionError
from spikeff.ir.codes import InputCode
from spikeff.ir.connectivity import BitPlanes, Connection, Dense, Sparse
from spikeff.ir.network import INPUT, NetworkDescription
from spikeff.ir.numbers import whole_number
from spikeff.ir.roles import HOST, SOFT_RESET
from spikeff.ir.sizes import require_few

SPIKES, CURRENTS = INPUTS = ("spikes", "currents")
PLANES, BIAS = WAYS = ("planes", "bias")
BIT_PLANES, BITS = "bit_planes", 8  # as spikeff.data.encoders has them
INSTEAD = "take --currents-as planes, with fewer --input-bits where a core has too few axons"


def with_currents(
    description: NetworkDescription, way: str = PLANES, bits: int = BITS
) -> tuple[NetworkDescription, tuple[Grade, ...]]:
    """``description`` for intensities, each input channel as ``bits`` channels, lowest bits first.

    Args:
        way: "planes": spikes carry the bits; "bias": the host writes what they add up to.
        bits: Of each intensity.

    Returns:
        The network, and how its input came through.

    Raises:
        DescriptionError: The network encodes data of its own already, ``bits`` are not 1 to 8, or
            a bias cannot say what its input says.
    """
    whole_number("input bits", bits, 1, BITS, DescriptionError)
    code = description.input
    if code.encoder != SPIKES or description.labels is not None:
        raise DescriptionError(
            f"the network's input is encoded by {code.encoder!r}; only one that takes spikes from "
            f"elsewhere can take currents: leave --input out."
        )
    if way == BIAS:
        _require_at_once(description)
    of_input = _written if way == BIAS else _of_bits
    connections = (
        of_input(c, code.pixels, bits) if c.source == INPUT else c for c in description.connections
    )
    encoder = BIT_PLANES if bits == BITS else f"{BIT_PLANES}_{bits}"
    made = replace(
        description,
        input=InputCode(encoder, bits * code.pixels, 0.0, description.steps),
        connections=tuple(connections),
    )
    return made, _grades(way, bits)


def _grades(way: str, bits: int) -> tuple[Grade, ...]:
    how = (
        f"come as the spikes of their {bits} bits"
        if way == PLANES
        else "are multiplied on the host, which writes a bias to each neuron of the first layer"
    )
    held = f"intensities, constant over a sample, {how}: 'images' in a file of samples"
    if bits == BITS:
        return (Grade("input", EXACT, held),)
    coarse = f"255 levels are rounded to {2**bits - 1}"
    return Grade("input", EXACT, held), Grade("input: bits", APPROXIMATE, coarse)


def _of_bits(connection: Connection, channels: int, bits: int) -> Connection:
    """The same drive from the bits: a matrix stays one, so that its sources can have exponents."""
    worth = 2.0 ** np.arange(bits) / (2**bits - 1)
    if isinstance(connection.connectivity, Dense):
        weights = np.concatenate([connection.weights * share for share in worth], axis=1)
        return replace(connection, weights=weights)
    post, pre, weights = connection.connectivity.stored(connection.weights)
    require_few("currents as bits", synapses=bits * len(weights))
    target = connection.connectivity.ends(connection.weights.shape)[0]
    heard = (pre + channels * np.arange(bits)[:, np.newaxis]).ravel()
    kind = Sparse(target, bits * channels, np.tile(post, bits), heard)
    return replace(connection, connectivity=kind, weights=np.outer(worth, weights).ravel())


def _written(connection: Connection, channels: int, bits: int) -> Connection:
    """The same drive, from the host."""
    kind, weights = BitPlanes(connection.connectivity, bits), connection.weights / (2**bits - 1)
    return replace(connection, connectivity=kind, weights=weights, role=HOST)


def _require_at_once(description: NetworkDescription) -> None:
    """Refuse what a bias, which enters the potential from the first step on, cannot drive."""
    populations = {p.name: p for p in description.populations}
    for c in description.connections:
        if c.source != INPUT:
            continue
        incoming, target = description.incoming(c.target), populations[c.target]
        if any(other.role == SOFT_RESET for other in incoming):
            reason = "subtracts its threshold, so its potential lies in the current"
        elif target.tau_syn > description.dt:
            reason = f"has a current that lasts, tau_syn = {target.tau_syn:g} s"
        elif c.delay:
            reason = f"is given its input {c.delay} steps late"
        elif sum(other.source == INPUT for other in incoming) > 1:
            reason = "is given its input in several ways"
        else:
            continue
        raise DescriptionError(
            f"population {c.target!r} {reason}, and a bias enters the potential alone, at once: "
            f"{INSTEAD}."
        )
