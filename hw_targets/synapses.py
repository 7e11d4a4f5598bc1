"""Synaptic input in exact integers, carried by floats that are proven wide enough.

Lava's ``Dense`` and ``Sparse`` in fixed point send ``(weights @ spikes) << weight_exp`` and
``LIFReset`` shifts what arrives left by 6 (``lava/proc/dense/models.py``,
``lava/proc/lif/models.py``). Here both shifts are in the weights: powers of two are exact, and
every partial sum of a row, in any order, stays below ``sum |w|``, which decides the float that
holds it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from hw_targets.spike_product import product
from lava_export.integer_network import IntegerConnection
from lava_export.loihi_limits import ACTIVATION_SHIFT
from spikeff.description import DENSE, Array
from spikeff.errors import LimitError

FLOAT32_INTEGERS = 2**24
FLOAT64_INTEGERS = 2**53
# Below this share of stored synapses a sparse product is faster, if there are so many in all.
SPARSE_SHARE = 1 / 8
SPARSE_SIZE = 2**14


@dataclass(frozen=True, eq=False)
class Synapses:
    """One connection, ready to multiply.

    source, delay : whose spikes, and how many local steps ago.
    channels : sources that have any synapse, None where all of them have.
    dense : weights << (weight_exp + 6) of these, transposed: (channels, target); else None.
    diagonal : the same of a one_to_one connection: (size,); else None.
    sparse : as ``dense``, which is None then, where few synapses are stored; else None.
    worst : the largest |input| that one step can bring, in units of u.
    """

    source: str
    delay: int
    channels: Array | None
    dense: Array | None
    diagonal: Array | None
    worst: int
    sparse: csr_matrix | None = None

    def add_to(self, u: Array, spikes: Array) -> None:
        """Add the input of ``spikes``, bool (samples, source), to ``u`` (samples, target)."""
        if self.diagonal is not None:
            np.add(u, self.diagonal, out=u, where=spikes)
            return
        if self.sparse is not None:
            u += (csr_matrix(spikes, dtype=self.sparse.dtype) @ self.sparse).toarray()
            return
        assert self.dense is not None
        if self.channels is not None:
            spikes = spikes[:, self.channels]
        arriving = product(spikes, self.dense)
        if arriving is not None:
            u += arriving


def prepare(connection: IntegerConnection) -> Synapses:
    """Choose the float type that holds every partial sum of ``connection`` exactly."""
    weights = connection.weights.astype(np.int64)
    rows = weights if connection.kind == DENSE else weights[:, np.newaxis]
    mantissa = int(np.abs(rows).sum(axis=1).max())
    scale = 1 << (connection.weight_exp + ACTIVATION_SHIFT)
    if mantissa * scale >= FLOAT64_INTEGERS:
        raise LimitError(
            f"connection {connection.source}->{connection.target}: a row of weights sums to "
            f"{mantissa} << {connection.weight_exp + ACTIVATION_SHIFT}, which exceeds 2^53, the "
            f"integers that the emulator holds; split the source population."
        )
    dtype = np.float32 if mantissa < FLOAT32_INTEGERS else np.float64
    if connection.kind == DENSE and _few(weights):
        sparse = csr_matrix((weights * scale).T.astype(np.float64))
        return Synapses(
            connection.source,
            connection.delay,
            channels=None,
            dense=None,
            diagonal=None,
            worst=mantissa * scale,
            sparse=sparse,
        )
    scaled = (weights * scale).astype(dtype)
    stored = (weights != 0).any(axis=0) if connection.kind == DENSE else np.ones(1, np.bool_)
    channels = None if stored.all() else np.flatnonzero(stored)
    if channels is not None:
        scaled = scaled[:, channels]
    return Synapses(
        connection.source,
        connection.delay,
        channels,
        np.ascontiguousarray(scaled.T) if connection.kind == DENSE else None,
        None if connection.kind == DENSE else scaled.astype(np.float64),
        mantissa * scale,
    )


def _few(weights: Array) -> bool:
    return weights.size >= SPARSE_SIZE and np.count_nonzero(weights) < SPARSE_SHARE * weights.size
