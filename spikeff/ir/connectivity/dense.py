"""Dense: every source to every target, a matrix of weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array, row_blocks
from spikeff.ir.connectivity.base import Connectivity, Shape, SynapseList


@dataclass(frozen=True, eq=False)
class Dense(Connectivity):
    """All to all. Weights are (target, source)."""

    name: ClassVar[str] = "dense"
    is_matrix: ClassVar[bool] = True

    def weight_shape(self, target: int, source: int) -> Shape:
        """See :meth:`Connectivity.weight_shape`."""
        return target, source

    def ends(self, shape: Shape) -> tuple[int, int]:
        """See :meth:`Connectivity.ends`."""
        if len(shape) != 2:
            raise DescriptionError(f"weights of shape {shape} in dense; it needs (target, source).")
        return shape[0], shape[1]

    def synapses(self, shape: Shape) -> SynapseList:
        """See :meth:`Connectivity.synapses`."""
        post, pre = np.divmod(np.arange(self.count(shape)), shape[1])
        return SynapseList(post, pre, np.arange(self.count(shape)))

    def stored(self, weights: Array) -> tuple[Array, Array, Array]:
        """See :meth:`Connectivity.stored`."""
        post, pre = np.nonzero(weights)
        return post, pre, weights[post, pre]

    def matrix(self, weights: Array) -> Array:
        """See :meth:`Connectivity.matrix`."""
        return weights

    def drive(self, weights: Array, spikes: Array) -> Array:
        """See :meth:`Connectivity.drive`."""
        currents: Array = weights @ spikes if spikes.ndim == 1 else spikes @ weights.T
        return currents

    def change(self, shape: Shape, error: Array, spikes: Array) -> Array:
        """See :meth:`Connectivity.change`."""
        flat = error.reshape(-1, shape[0])
        gradient: Array = flat.T @ spikes.reshape(-1, shape[1])
        return gradient

    def count(self, shape: Shape) -> int:
        """See :meth:`Connectivity.count`."""
        return shape[0] * shape[1]

    def fan_out(self, stored: Array) -> Array:
        """See :meth:`Connectivity.fan_out`."""
        return np.asarray(stored.sum(axis=0), np.int64)

    def fan_in(self, stored: Array) -> Array:
        """See :meth:`Connectivity.fan_in`."""
        return np.asarray(stored.sum(axis=1), np.int64)

    def axons(self, stored: Array, group: Array, groups: int) -> tuple[Array, Array, Array]:
        """See :meth:`Connectivity.axons`."""
        member = np.asarray(group[:, np.newaxis] == np.arange(groups), np.float32)
        synapses = member.T @ stored.astype(np.float32)
        reached, source = np.nonzero(synapses)
        return source, reached, synapses[reached, source].astype(np.intp)

    def row_bound(self, weights: Array) -> int:
        """See :meth:`Connectivity.row_bound`."""
        blocks = (weights[rows].astype(np.int64) for rows in row_blocks(weights.shape))
        return max((int(np.abs(b).sum(axis=1).max(initial=0)) for b in blocks), default=0)


DENSE = Dense()
