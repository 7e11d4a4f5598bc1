"""Which neurons the spikes of a step reach: the union of the spikes' stored synapses."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from lava_export.integers.network import IntegerConnection
from spikeff.ir.arrays import Array

WORD = np.uint64


def mark_reached(connection: IntegerConnection, spikes: Array, marks: Array) -> None:
    """Mark the neurons at one of whose stored synapses a spike arrives.

    Args:
        connection: its weights other than zero are stored.
        spikes: of its source, bool (steps, presentations, source).
        marks: of its target, bool (steps, presentations, target), changed in place.
    """
    mark = _by_matrix if connection.connectivity.is_matrix else _by_list
    mark(connection, spikes, marks)


def _by_matrix(connection: IntegerConnection, spikes: Array, marks: Array) -> None:
    """Which targets are reached, 64 of them at a time.

    A row of stored synapses is a row of bits, so the union of the spikes' rows is an OR of words.
    """
    stored = _packed(connection.weights.T != 0)
    for z, marked in zip(spikes, marks, strict=True):
        presentations, sources = np.nonzero(z)
        if len(presentations):
            # nonzero is sorted by presentation: reduceat takes one OR over the spikes of each.
            rows, starts = np.unique(presentations, return_index=True)
            words = np.bitwise_or.reduceat(stored[sources], starts, axis=0)
            bits = np.unpackbits(words.view(np.uint8), axis=1, count=marks.shape[2])
            marked[rows] |= bits.astype(np.bool_)


def _packed(table: Array) -> Array:
    """Rows of bits, packed into words: (rows, words)."""
    packed = np.packbits(table, axis=1)
    # Rows are padded to whole words, so that their bytes can be viewed as words.
    gap = -packed.shape[1] % WORD().itemsize
    return np.ascontiguousarray(np.pad(packed, ((0, 0), (0, gap)))).view(WORD)


def _by_list(connection: IntegerConnection, spikes: Array, marks: Array) -> None:
    post, pre, _ = connection.connectivity.stored(connection.weights)
    if np.array_equal(post, pre):
        # The populations may differ in size: only so many neurons are paired.
        marks[:, :, post] |= spikes[:, :, post]
        return
    shape = spikes.shape[2], marks.shape[2]
    stored = csr_matrix((np.ones(len(post), np.float32), (pre, post)), shape)
    for z, marked in zip(spikes, marks, strict=True):
        marked |= (csr_matrix(z, dtype=np.float32) @ stored).toarray() > 0
