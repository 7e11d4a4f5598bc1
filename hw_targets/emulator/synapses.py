"""Synaptic input in exact integers, carried by floats that are proven wide enough.

Lava's ``Dense`` and ``Sparse`` in fixed point send ``(weights @ spikes) << weight_exp`` and
``LIFReset`` shifts what arrives left by 6 (``lava/proc/dense/models.py``,
``lava/proc/lif/models.py``). Here both shifts are in the weights: powers of two are exact, and
every partial sum of a row, in any order, stays below ``sum |w|``, which decides the float that
holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from hw_targets.emulator.spike_product import product
from lava_export.chips.limits import ACTIVATION_SHIFT
from lava_export.integers.network import IntegerConnection
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array, row_blocks
from spikeff.ir.connectivity import Connectivity

FLOAT32_INTEGERS = 2**24
FLOAT64_INTEGERS = 2**53
# Below this share of stored synapses a sparse product is faster, from ``SPARSE_SIZE`` pairs on.
SPARSE_SHARE = 1 / 8
SPARSE_SIZE = 2**14


@dataclass(frozen=True, eq=False)
class Synapses:
    """One connection, ready to multiply.

    At most one of ``dense``, ``diagonal`` and ``sparse`` is not None.

    Attributes:
        source: Name of the population whose spikes arrive.
        delay: How many local steps ago these were fired.
        channels: Sources that have any synapse, None where all of them have.
        dense: weights << (weight_exp + 6) of these, transposed, (channels, target).
        diagonal: The same, (size,), where each neuron hears at most the source of its own index.
        sparse: As ``dense``, where few synapses are stored.
        worst: The largest |input| that one step can bring, in units of u.
    """

    source: str
    delay: int
    channels: Array | None
    dense: Array | None
    diagonal: Array | None
    worst: int
    sparse: csr_matrix | None = None

    @property
    def float_type(self) -> np.dtype[Any]:
        """In which the sums are made."""
        stored = self.dense if self.dense is not None else self.diagonal
        return np.dtype(np.float64) if stored is None else stored.dtype

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


def prepare(connections: Sequence[IntegerConnection]) -> list[Synapses]:
    """Incoming synapses of a population, ready to multiply; those that can be added up are one.

    Weights of several exponents between the same two populations are one sum of integers; they
    stay apart only where the sum would need a wider float.
    """
    groups: dict[tuple[str, int, Connectivity], list[IntegerConnection]] = {}
    for c in connections:
        groups.setdefault((c.source, c.delay, c.connectivity), []).append(c)
    prepared = []
    for group in groups.values():
        together = _prepared(group)
        wide = together.dense is not None and together.float_type == np.float64
        apart = [_prepared([c]) for c in group] if wide and len(group) > 1 else [together]
        narrower = any(s.float_type != np.float64 for s in apart)
        prepared += apart if narrower else [together]
    return prepared


def _prepared(group: list[IntegerConnection]) -> Synapses:
    """Weights of connections of one kind, added up, and how they are best multiplied."""
    first = group[0]
    exponent = min(c.weight_exp for c in group)
    weights = _summed(group, exponent)
    mantissa = first.connectivity.row_bound(weights)
    scale = 1 << (exponent + ACTIVATION_SHIFT)
    if mantissa * scale >= FLOAT64_INTEGERS:
        raise LimitError(
            f"connection {first.source}->{first.target}: a row of weights sums to "
            f"{mantissa} << {exponent + ACTIVATION_SHIFT}, which exceeds 2^53, the "
            f"integers that the emulator holds; split the source population."
        )
    synapses = Synapses(first.source, first.delay, None, None, None, mantissa * scale)
    return replace(synapses, **_form(first.connectivity, weights, scale, mantissa))


def _summed(group: list[IntegerConnection], exponent: int) -> Array:
    """Weights of all connections in units of ``1 << exponent``, in the narrowest safe integers."""
    if len(group) == 1:
        return group[0].weights
    most = sum(2**9 << (c.weight_exp - exponent) for c in group)
    wide = np.int32 if most < 2**31 else np.int64
    total: Array = np.zeros(group[0].weights.shape, wide)
    for c in group:
        np.add(total, np.left_shift(c.weights, c.weight_exp - exponent, dtype=wide), out=total)
    return total


def _form(kind: Connectivity, weights: Array, scale: int, mantissa: int) -> dict[str, Any]:
    """The field of :class:`Synapses` that holds ``weights * scale``, by how many there are."""
    targets, sources = kind.ends(weights.shape)
    count = int(kind.fan_in(weights != 0).sum())
    if targets == sources and count <= targets:
        post, pre, values = kind.stored(weights)
        if np.array_equal(post, pre):
            diagonal = np.zeros(targets)
            diagonal[post] = np.multiply(values, scale, dtype=np.float64)
            return {"diagonal": diagonal}
    if _few(count, targets * sources):
        post, pre, values = kind.stored(weights)
        stored = np.multiply(values, scale, dtype=np.float64)
        return {"sparse": csr_matrix((stored, (pre, post)), (sources, targets))}
    # The type holds every partial sum exactly.
    wide_enough = np.float32 if mantissa < FLOAT32_INTEGERS else np.float64
    matrix = kind.matrix(weights)
    connected = matrix.any(axis=0)
    channels = None if connected.all() else np.flatnonzero(connected)
    dense = np.empty((int(connected.sum()), targets), wide_enough)
    for rows in row_blocks(matrix.shape):
        block = matrix[rows] if channels is None else matrix[rows][:, channels]
        np.multiply(block.T, scale, out=dense[:, rows], dtype=wide_enough)
    return {"dense": dense, "channels": channels}


def _few(count: int, pairs: int) -> bool:
    return pairs >= SPARSE_SIZE and count < SPARSE_SHARE * pairs
