"""Numbers that come as their bits: synapses of one kind, heard from a channel for each bit.

No file holds it, and configurations cannot choose it: it says in floats what integers say by
``lava_export.integers.host_bias``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity.base import Connectivity, Shape, SynapseList


@dataclass(frozen=True, eq=False)
class BitPlanes(Connectivity):
    """Synapses of ``inner`` from numbers of ``bits`` bits; weights are those of ``inner``.

    A channel for each bit of each number, the lowest bits of all numbers first: that of bit b
    passes the weight times 2^b.
    """

    name: ClassVar[str] = "bit_planes"

    inner: Connectivity
    bits: int

    def weight_shape(self, target: int, source: int) -> Shape:
        """See :meth:`Connectivity.weight_shape`."""
        if source % self.bits:
            raise DescriptionError(
                f"{source} channels of {self.name}; {self.bits} for each number are needed."
            )
        return self.inner.weight_shape(target, source // self.bits)

    def ends(self, shape: Shape) -> tuple[int, int]:
        """See :meth:`Connectivity.ends`."""
        targets, numbers = self.inner.ends(shape)
        return targets, self.bits * numbers

    def synapses(self, shape: Shape) -> SynapseList:
        """Which synapses there are, and the weight of each but for its power of two."""
        listed = self.inner.synapses(shape)
        numbers = self.inner.ends(shape)[1]
        post, pre, weight = (
            np.tile(each, self.bits) for each in (listed.post, listed.pre, listed.weight)
        )
        pre = pre + numbers * np.repeat(np.arange(self.bits), len(listed.pre))
        order = np.lexsort((pre, post))
        return SynapseList(post[order], pre[order], weight[order])

    def stored(self, weights: Array) -> tuple[Array, Array, Array]:
        """See :meth:`Connectivity.stored`."""
        listed = self.synapses(weights.shape)
        post, pre, values = listed.post, listed.pre, weights.reshape(-1)[listed.weight]
        numbers = self.inner.ends(weights.shape)[1]
        if weights.dtype != np.bool_:
            values = values * 2 ** (pre // numbers)
        kept = np.flatnonzero(values)
        return post[kept], pre[kept], values[kept]

    def drive(self, weights: Array, spikes: Array) -> Array:
        """See :meth:`Connectivity.drive`."""
        return self.inner.drive(weights, self.numbers(spikes))

    def change(self, shape: Shape, error: Array, spikes: Array) -> Array:
        """See :meth:`Connectivity.change`."""
        return self.inner.change(shape, error, self.numbers(spikes))

    def numbers(self, spikes: Array) -> Array:
        """What the bits say: (..., channels) to float64 (..., numbers)."""
        planes = spikes.reshape(*spikes.shape[:-1], self.bits, -1)
        worth = 2.0 ** np.arange(self.bits)
        return np.asarray(np.einsum("...bn,b->...n", planes.astype(np.float64), worth))
