"""One to one: each source to the target of the same number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity.base import Connectivity, Shape, SynapseList


@dataclass(frozen=True, eq=False)
class OneToOne(Connectivity):
    """Neuron k to neuron k, of populations of one size. Weights are (size,)."""

    name: ClassVar[str] = "one_to_one"

    def weight_shape(self, target: int, source: int) -> Shape:
        """See :meth:`Connectivity.weight_shape`."""
        if target != source:
            raise DescriptionError(
                f"one_to_one connects populations of one size, not {source} neurons to {target}; "
                f"make them equal or choose another connectivity."
            )
        return (target,)

    def ends(self, shape: Shape) -> tuple[int, int]:
        """See :meth:`Connectivity.ends`."""
        if len(shape) != 1:
            raise DescriptionError(f"weights of shape {shape} in one_to_one; it needs (size,).")
        return shape[0], shape[0]

    def synapses(self, shape: Shape) -> SynapseList:
        """See :meth:`Connectivity.synapses`."""
        each = np.arange(shape[0])
        return SynapseList(each, each, each)

    def drive(self, weights: Array, spikes: Array) -> Array:
        """See :meth:`Connectivity.drive`."""
        currents: Array = weights * spikes
        return currents

    def change(self, shape: Shape, error: Array, spikes: Array) -> Array:
        """See :meth:`Connectivity.change`."""
        gradient: Array = (error * spikes).reshape(-1, *shape).sum(axis=0)
        return gradient


ONE_TO_ONE = OneToOne()
