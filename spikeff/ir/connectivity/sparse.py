"""Sparse: an explicit list of synapses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array, frozen_array
from spikeff.ir.connectivity.base import (
    Connectivity,
    Shape,
    SynapseList,
    require_ends,
    require_shape,
)
from spikeff.ir.numbers import settle_numbers
from spikeff.ir.sizes import require_few


@dataclass(frozen=True, eq=False)
class Sparse(Connectivity):
    """A list of synapses, each with a weight of its own: (synapses,), in the order of the list.

    Attributes:
        target_size: Neurons of the target.
        source_size: Neurons of the source.
        post: Target of every synapse, intp (synapses,).
        pre: Source of every synapse, intp (synapses,).

    Raises:
        DescriptionError: An index is not that of a neuron, a pair is listed twice, or a size is
            too large.
    """

    name: ClassVar[str] = "sparse"

    target_size: int
    source_size: int
    post: Array
    pre: Array

    def __post_init__(self) -> None:
        settle_numbers(self.name, self)
        require_few(self.name, neurons=max(self.target_size, self.source_size))
        for name, size in (("post", self.target_size), ("pre", self.source_size)):
            index = np.asarray(getattr(self, name))
            self._require_neurons(name, index, size)
            object.__setattr__(self, name, frozen_array(index, np.intp))
        if self.post.shape != self.pre.shape:
            raise DescriptionError(
                f"sparse: {len(self.post)} targets for {len(self.pre)} sources; each synapse has "
                f"one of both."
            )
        twice = len(self.pre) - len(np.unique(self.post * self.source_size + self.pre))
        if twice:
            raise DescriptionError(
                f"sparse: {twice} synapses join neurons that are joined already; add their weights."
            )

    def _require_neurons(self, name: str, index: Array, size: int) -> None:
        if index.ndim != 1 or (index.size and index.dtype.kind not in "iu"):
            raise DescriptionError(
                f"sparse: {name} is {index.dtype} of shape {index.shape}; list whole numbers."
            )
        if size < 1 or (index.size and not 0 <= int(index.min()) <= int(index.max()) < size):
            found = f"{index.min()} to {index.max()}" if index.size else "nothing"
            raise DescriptionError(
                f"sparse: {name} from {found} among {size} neurons; they count from 0."
            )

    def weight_shape(self, target: int, source: int) -> Shape:
        """See :meth:`Connectivity.weight_shape`."""
        require_ends(self, (target, source), (self.target_size, self.source_size))
        return (len(self.post),)

    def ends(self, shape: Shape) -> tuple[int, int]:
        """See :meth:`Connectivity.ends`."""
        require_shape(self, shape, (len(self.post),))
        return self.target_size, self.source_size

    def synapses(self, shape: Shape) -> SynapseList:
        """See :meth:`Connectivity.synapses`."""
        order = np.lexsort((self.pre, self.post))
        return SynapseList(self.post[order], self.pre[order], order)

    def count(self, shape: Shape) -> int:
        """See :meth:`Connectivity.count`."""
        return len(self.post)
