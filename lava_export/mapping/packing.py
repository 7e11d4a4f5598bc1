"""Bits of synaptic memory that a connection takes, as nengo-loihi's ``block.py`` packs them.

An input axon holds its synapses in blocks of up to 64; a block takes 10 bits besides its synapses
and ends at a multiple of 64. A dense block stores weights alone, a sparse one the index of each
target as well. Widths in memory: ``INDEX_BITS_MAP`` and ``WEIGHT_BITS_MAP`` there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_export.integers.network import IntegerConnection
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE

BLOCK = 64
BLOCK_HEADER_BITS = 10
WORD = 64
DELAY_BITS = 6
INDEX_WIDTHS = (0, 6, 7, 8, 9, 10, 11, 12)
WEIGHT_WIDTHS = (1, 2, 3, 4, 5, 6, 8)
DENSE_FORMAT, SPARSE_FORMAT = "dense", "sparse"


@dataclass(frozen=True)
class Packing:
    """One connection in the cores of its target. format : "dense" or "sparse".

    bits, axons : (cores,) int64, synaptic memory and input axons of every core.
    """

    format: str
    bits: Array
    axons: Array


def axon_bits(synapses: Array | int, bits_per_synapse: int) -> Array:
    """Bits of axons with so many synapses each; 0 for those with none."""
    full, rest = np.divmod(np.asarray(synapses, np.int64), BLOCK)
    return np.asarray(
        full * _block_bits(np.int64(BLOCK), bits_per_synapse)
        + np.where(rest > 0, _block_bits(rest, bits_per_synapse), 0)
    )


def _block_bits(synapses: Array | np.int64, bits_per_synapse: int) -> Array:
    return np.asarray(-(-(synapses * bits_per_synapse + BLOCK_HEADER_BITS) // WORD) * WORD)


def core_starts(neurons: int, cores: int) -> Array:
    """First neuron of every core when ``neurons`` are shared evenly, larger cores first."""
    sizes = np.full(cores, neurons // cores)
    sizes[: neurons % cores] += 1
    return np.concatenate([[0], np.cumsum(sizes)[:-1]])


def synapses_up_to(connection: IntegerConnection) -> Array:
    """Stored synapses of every source onto the first k targets: int32 (targets + 1, sources)."""
    stored = connection.weights != 0
    if connection.kind != DENSE:
        return np.arange(len(stored) + 1)[:, np.newaxis]
    sums = np.zeros((len(stored) + 1, stored.shape[1]), np.int32)
    np.cumsum(stored, axis=0, out=sums[1:])
    return sums


def pack(
    connection: IntegerConnection, cores: int, delayed: bool, up_to: Array | None = None
) -> Packing:
    """Pack ``connection`` into ``cores`` cores of its target in the smaller of the two formats.

    delayed : each synapse stores a delay.   up_to : :func:`synapses_up_to`, where at hand.
    Raises LimitError where an index would be too wide.
    """
    sums = synapses_up_to(connection) if up_to is None else up_to
    ends = np.append(core_starts(len(sums) - 1, cores), len(sums) - 1)
    sizes = np.diff(ends)
    width = _width(WEIGHT_WIDTHS, connection.weight_bits) + (DELAY_BITS if delayed else 0)
    if connection.kind != DENSE:
        return Packing(SPARSE_FORMAT, sizes * axon_bits(1, width + _index_width(sizes)), sizes)
    stored = np.diff(sums[ends], axis=0)
    axons = (stored > 0).sum(axis=1)
    dense = axons * axon_bits(sizes, width)
    if sizes.max() > 2 ** INDEX_WIDTHS[-1]:
        return Packing(DENSE_FORMAT, dense, axons)
    sparse = axon_bits(stored, width + _index_width(sizes)).sum(axis=1)
    if sparse.sum() < dense.sum():
        return Packing(SPARSE_FORMAT, sparse, axons)
    return Packing(DENSE_FORMAT, dense, axons)


def _index_width(sizes: Array) -> int:
    return _width(INDEX_WIDTHS, int(sizes.max() - 1).bit_length())


def _width(widths: tuple[int, ...], bits: int) -> int:
    for width in widths:
        if width >= bits:
            return width
    raise LimitError(
        f"{bits} bits exceed {widths[-1]}, the widest field of a synapse; use fewer neurons per "
        f"core or fewer weight bits."
    )


def smaller_format(connection: IntegerConnection) -> str:
    """The format that takes less memory where the target stays in one piece."""
    return pack(connection, 1, delayed=False).format
