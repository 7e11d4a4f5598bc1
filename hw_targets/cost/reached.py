"""Which neurons the spikes of a step reach: the union of the spikes' stored synapses."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from lava_export.integers.network import IntegerConnection
from spikeff.ir.arrays import Array

WORD = np.uint64


def reached(connection: IntegerConnection, spikes: Array) -> Array:
    """Neurons at one of whose stored synapses a spike arrives.

    Args:
        connection: its weights other than zero are stored.
        spikes: of its source, bool (steps, presentations, source).

    Returns:
        bool (steps, presentations, target).
    """
    by_step = _by_matrix if connection.connectivity.is_matrix else _by_list
    return by_step(connection, spikes)


def _by_matrix(connection: IntegerConnection, spikes: Array) -> Array:
    """64 targets at a time."""
    size = len(connection.weights)
    found = np.zeros((*spikes.shape[:2], size), np.bool_)
    stored = _packed(connection.weights.T != 0)
    for step, z in enumerate(spikes):
        presentations, sources = np.nonzero(z)
        if len(presentations):
            rows, starts = np.unique(presentations, return_index=True)
            words = np.bitwise_or.reduceat(stored[sources], starts, axis=0)
            bits = np.unpackbits(words.view(np.uint8), axis=1, count=size)
            found[step, rows] = bits.astype(np.bool_)
    return found


def _packed(table: Array) -> Array:
    """Rows of bits, packed into words: (rows, words)."""
    packed = np.packbits(table, axis=1)
    gap = -packed.shape[1] % WORD().itemsize
    return np.ascontiguousarray(np.pad(packed, ((0, 0), (0, gap)))).view(WORD)


def _by_list(connection: IntegerConnection, spikes: Array) -> Array:
    kind, shape = connection.connectivity, connection.weights.shape
    targets, sources = kind.ends(shape)
    post, pre, _ = kind.stored(connection.weights)
    stored = csr_matrix((np.ones(len(post), np.float32), (pre, post)), (sources, targets))
    arriving = [csr_matrix(z, dtype=np.float32) @ stored for z in spikes]
    return np.array([a.toarray() > 0 for a in arriving]).reshape(*spikes.shape[:2], targets)
