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

BLOCK = 64
BLOCK_HEADER_BITS = 10
WORD = 64
DELAY_BITS = 6
INDEX_WIDTHS = (0, 6, 7, 8, 9, 10, 11, 12)
WEIGHT_WIDTHS = (1, 2, 3, 4, 5, 6, 8)
DENSE_FORMAT, SPARSE_FORMAT = "dense", "sparse"


@dataclass(frozen=True)
class Packing:
    """One connection in the cores of its target.

    Attributes:
        format: "dense" or "sparse".
        bits: Synaptic memory of every core, (cores,) int64.
        axons: Input axons of every core, (cores,) int64.
    """

    format: str
    bits: Array
    axons: Array


def axon_bits(synapses: Array | int, bits_per_synapse: int) -> Array:
    """Bits of axons by the number of their synapses; 0 for those with none."""
    full, rest = np.divmod(np.asarray(synapses, np.int64), BLOCK)
    return np.asarray(
        full * _block_bits(np.int64(BLOCK), bits_per_synapse)
        + np.where(rest > 0, _block_bits(rest, bits_per_synapse), 0)
    )


def _block_bits(synapses: Array | np.int64, bits_per_synapse: int) -> Array:
    return np.asarray(-(-(synapses * bits_per_synapse + BLOCK_HEADER_BITS) // WORD) * WORD)


def core_sizes(neurons: int, cores: int) -> Array:
    """Neurons of every core when ``neurons`` are shared evenly, larger cores first."""
    sizes = np.full(cores, neurons // cores)
    sizes[: neurons % cores] += 1
    return sizes


def pack(connection: IntegerConnection, cores: int, delayed: bool) -> Packing:
    """Pack ``connection`` into ``cores`` cores of its target; a matrix in the smaller format.

    Weights that several synapses share are counted once for each: nobody has published how much
    memory a chip takes for shared ones.

    Args:
        delayed: Whether each synapse stores a delay.

    Raises:
        LimitError: An index would be too wide.
    """
    kind, stored = connection.connectivity, connection.weights != 0
    sizes = core_sizes(kind.ends(stored.shape)[0], cores)
    _, core, synapses = kind.axons(stored, np.repeat(np.arange(cores), sizes), cores)
    axons = np.bincount(core, minlength=cores)
    width = _width(WEIGHT_WIDTHS, connection.weight_bits) + (DELAY_BITS if delayed else 0)
    dense = axons * axon_bits(sizes, width)
    if kind.is_matrix and sizes.max() > 2 ** INDEX_WIDTHS[-1]:
        return Packing(DENSE_FORMAT, dense, axons)
    bits = axon_bits(synapses, width + _index_width(sizes))
    sparse = np.bincount(core, bits, cores).astype(np.int64)  # floats that hold these exactly
    if kind.is_matrix and dense.sum() <= sparse.sum():
        return Packing(DENSE_FORMAT, dense, axons)
    return Packing(SPARSE_FORMAT, sparse, axons)


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
