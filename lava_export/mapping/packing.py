"""Bits of synaptic memory that a connection takes, as nengo-loihi's ``block.py`` packs them.

An input axon holds its synapses in blocks of up to 64; a block takes 10 bits besides its synapses
and ends at a multiple of 64. A dense block stores weights alone, a sparse one the index of each
target as well. Widths in memory: ``INDEX_BITS_MAP`` and ``WEIGHT_BITS_MAP`` there. A plastic
synapse stores what its rule changes, too: the tag, and the third variable in place of a delay; and
it is stored whatever its weight, which may be 0 for a while.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_export.integers.network import IntegerConnection
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.plasticity import Plasticity, widths

BLOCK = 64
BLOCK_HEADER_BITS = 10
WORD = 64
DELAY_BITS = 6
INDEX_WIDTHS = (0, 6, 7, 8, 9, 10, 11, 12)
WEIGHT_WIDTHS = (1, 2, 3, 4, 5, 6, 8)
DENSE_FORMAT, SPARSE_FORMAT = "dense", "sparse"


@dataclass(frozen=True)
class Packing:
    """The synapses of one connection in one core.

    Attributes:
        format: "dense" or "sparse".
        bits: Synaptic memory.
        axons: Input axons.
    """

    format: str
    bits: int
    axons: int


class Synapses:
    """The stored synapses of a connection by target, packed for any run of its targets.

    Weights that several synapses share are counted once for each: how much memory shared ones take
    is an estimate (``lava_export.mapping.formats``). Neither the bits nor the axons of a run grow
    when neurons are taken from it.

    Args:
        connection: Its weights that are not zero are stored, those of plastic ones all.
        delayed: Whether each synapse stores a delay.

    Attributes:
        connection: As given.
        stored: Which weights are stored, shaped like the weights.
        width: Bits of a synapse without an index.
        most: Targets in a core that an index can tell apart; None where a matrix needs none.

    Raises:
        LimitError: Its weights are wider than a synapse's field.
    """

    def __init__(self, connection: IntegerConnection, delayed: bool) -> None:
        self.connection = connection
        self._is_matrix = connection.connectivity.is_matrix
        weight = _width(WEIGHT_WIDTHS, connection.weight_bits)
        self.width = weight + _further_bits(connection.plasticity, delayed)
        targets, self._sources = connection.connectivity.ends(connection.weights.shape)
        self.stored = (connection.weights != 0) | (connection.plasticity is not None)
        self.most = None if self._is_matrix else 2 ** INDEX_WIDTHS[-1]
        if not self._is_matrix:
            post, self._pre, _ = connection.connectivity.stored(self.stored)
            self._first = np.searchsorted(post, np.arange(targets + 1))

    def packed(self, start: int, stop: int) -> Packing:
        """Targets ``start`` to ``stop`` in one core, a matrix in the smaller format.

        More than ``most`` are counted as if the widest index could tell them apart.
        """
        counts = self._counts(start, stop)
        axons = int(np.count_nonzero(counts))
        size = stop - start
        dense = axons * int(axon_bits(size, self.width))
        index = (size - 1).bit_length()
        each = self.width + index_bits(size)
        sparse = int(axon_bits(counts, each).sum())
        if self._is_matrix and (dense <= sparse or index > INDEX_WIDTHS[-1]):
            return Packing(DENSE_FORMAT, dense, axons)
        return Packing(SPARSE_FORMAT, sparse, axons)

    def _counts(self, start: int, stop: int) -> Array:
        """Synapses of every source onto the run, (source,)."""
        if self._is_matrix:
            return np.asarray(np.count_nonzero(self.stored[start:stop], axis=0))
        return np.bincount(
            self._pre[self._first[start] : self._first[stop]], minlength=self._sources
        )


def _further_bits(plasticity: Plasticity | None, delayed: bool) -> int:
    """Bits of a synapse besides its weight."""
    if plasticity is None:
        return DELAY_BITS * delayed
    third = widths.SYNAPSE_BITS if plasticity.dd else DELAY_BITS * delayed
    return third + (widths.SYNAPSE_BITS if plasticity.dt else 0)


def axon_bits(synapses: Array | int, bits_per_synapse: int) -> Array:
    """Bits of axons by the number of their synapses; 0 for those with none."""
    full, rest = np.divmod(np.asarray(synapses, np.int64), BLOCK)
    return np.asarray(
        full * _block_bits(np.int64(BLOCK), bits_per_synapse)
        + np.where(rest > 0, _block_bits(rest, bits_per_synapse), 0)
    )


def _block_bits(synapses: Array | np.int64, bits_per_synapse: int) -> Array:
    return np.asarray(-(-(synapses * bits_per_synapse + BLOCK_HEADER_BITS) // WORD) * WORD)


def index_bits(targets: int) -> int:
    """Width of the index that tells so many targets apart, or the widest there is."""
    return _width(INDEX_WIDTHS, min((targets - 1).bit_length(), INDEX_WIDTHS[-1]))


def even_sizes(neurons: int, cores: int) -> tuple[int, ...]:
    """Neurons of every core when ``neurons`` are shared evenly, larger cores first."""
    share, more = divmod(neurons, cores)
    return (share + 1,) * more + (share,) * (cores - more)


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
    targets = connection.connectivity.ends(connection.weights.shape)[0]
    return Synapses(connection, delayed=False).packed(0, targets).format
