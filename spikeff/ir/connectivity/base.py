"""What every kind of connectivity defines, and all that follows from its list of synapses.

A kind is a frozen dataclass: two values with the same fields are the same connectivity. It holds
no weights. It defines the shape of the weights and the list of synapses; input currents, weight
changes, fan-out and the rest follow from that, and a kind overrides what it can do faster. NumPy
alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array

Shape = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class SynapseList:
    """Synapses one by one, in the order of their targets, then of their sources.

    Attributes:
        post: Target neuron of every synapse, intp (synapses,).
        pre: Source neuron of every synapse, intp (synapses,).
        weight: Index of its weight in the flattened weights, intp (synapses,). Synapses that
            share a weight share the index.
    """

    post: Array
    pre: Array
    weight: Array


@dataclass(frozen=True, eq=False)
class Connectivity(ABC):
    """Which synapses there are between two populations; a frozen dataclass with ``eq=False``.

    Attributes:
        name: What files and :func:`spikeff.ir.connectivity.get_connectivity` know the kind by.
        is_matrix: Weights are (target, source), every pair of neurons a synapse. Chips have a
            format for these, and a source may have an exponent of its own.
    """

    name: ClassVar[str]
    is_matrix: ClassVar[bool] = False

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and all(
            np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)
        )

    def __hash__(self) -> int:
        return hash((type(self), *(_hashable(getattr(self, f.name)) for f in fields(self))))

    @abstractmethod
    def weight_shape(self, target: int, source: int) -> Shape:
        """Shape of the weights between populations of these sizes.

        Args:
            target: Neurons of the target (postsynaptic) population.
            source: Neurons of the source (presynaptic) population.

        Raises:
            DescriptionError: Populations of these sizes cannot be connected this way.
        """

    @abstractmethod
    def ends(self, shape: Shape) -> tuple[int, int]:
        """Neurons of target and source that weights of ``shape`` connect.

        Raises:
            DescriptionError: Weights of this kind never have that shape.
        """

    @abstractmethod
    def synapses(self, shape: Shape) -> SynapseList:
        """Every synapse that weights of ``shape`` stand for, each pair of neurons at most once."""

    def stored(self, weights: Array) -> tuple[Array, Array, Array]:
        """Synapses whose weight is not zero, in the order of the list.

        Args:
            weights: Of a shape that :meth:`ends` takes.

        Returns:
            Target, source and weight of each, (synapses,).
        """
        listed = self.synapses(weights.shape)
        values = weights.reshape(-1)[listed.weight]
        kept = np.flatnonzero(values)
        return listed.post[kept], listed.pre[kept], values[kept]

    def matrix(self, weights: Array) -> Array:
        """The same synapses as one matrix (target, source), in the type of ``weights``."""
        post, pre, values = self.stored(weights)
        matrix = np.zeros(self.ends(weights.shape), weights.dtype)
        matrix[post, pre] = values
        return matrix

    def drive(self, weights: Array, spikes: Array) -> Array:
        """Input current of every target neuron.

        Args:
            weights: Floats of a shape that :meth:`ends` takes.
            spikes: Numbers or bool, (..., source).

        Returns:
            Sums of weights times spikes, (..., target).
        """
        post, pre, values = self.stored(weights)
        targets = self.ends(weights.shape)[0]
        rows = spikes.reshape(-1, spikes.shape[-1])
        currents = [np.bincount(post, values * row[pre], targets) for row in rows]
        return np.array(currents, np.float64).reshape(*spikes.shape[:-1], targets)

    def change(self, shape: Shape, error: Array, spikes: Array) -> Array:
        """Weight gradient of :meth:`drive`: the derivative of ``sum(error * drive)``.

        Args:
            shape: Of the weights.
            error: Error signal of every target neuron, (..., target).
            spikes: Of every source neuron, (..., source), with the leading axes of ``error``.

        Returns:
            The gradient, summed over the leading axes, of ``shape``.
        """
        listed = self.synapses(shape)
        count = int(np.prod(shape))
        total = np.zeros(count)
        pairs = zip(_rows(error), _rows(spikes), strict=True)
        for error_row, spike_row in pairs:
            products = error_row[listed.post] * spike_row[listed.pre]
            total += np.bincount(listed.weight, products, count)
        return total.reshape(shape)

    def count(self, shape: Shape) -> int:
        """Synapses that weights of ``shape`` stand for, whatever their values."""
        return len(self.synapses(shape).post)

    def fan_out(self, stored: Array) -> Array:
        """Synapses of every source neuron, int64 (source,).

        Args:
            stored: Which weights count, bool, shaped like the weights.
        """
        _, pre, _ = self.stored(stored)
        return np.bincount(pre, minlength=self.ends(stored.shape)[1])

    def fan_in(self, stored: Array) -> Array:
        """Synapses of every target neuron, int64 (target,); ``stored`` as in :meth:`fan_out`."""
        post, _, _ = self.stored(stored)
        return np.bincount(post, minlength=self.ends(stored.shape)[0])

    def axons(self, stored: Array, group: Array, groups: int) -> tuple[Array, Array, Array]:
        """Synapses counted by source and group of targets, such as the neurons of a core.

        Args:
            stored: Which weights count, bool, shaped like the weights.
            group: Number of the group of every target, (target,).
            groups: How many there are.

        Returns:
            Source, group and number of synapses of every pair that has any, intp (axons,) each.
        """
        post, pre, _ = self.stored(stored)
        pair, synapses = np.unique(pre * groups + group[post], return_counts=True)
        source, reached = np.divmod(pair, groups)
        return source, reached, synapses

    def row_bound(self, weights: Array) -> int:
        """Largest sum of absolute integer weights onto one target: no partial sum exceeds it."""
        sums = self.drive(np.abs(weights.astype(np.float64)), np.ones(self.ends(weights.shape)[1]))
        return int(sums.max(initial=0.0))


def _rows(array: Array) -> Array:
    return array.reshape(-1, array.shape[-1])


def _hashable(value: Any) -> Any:
    return (value.shape, value.tobytes()) if isinstance(value, np.ndarray) else value


def require_shape(kind: Connectivity, shape: Shape, expected: Shape) -> None:
    """Raise DescriptionError unless weights of a kind have the shape that its fields fix."""
    if shape != expected:
        raise DescriptionError(f"weights of shape {shape} in {kind.name}; it needs {expected}.")


def require_ends(kind: Connectivity, given: tuple[int, int], expected: tuple[int, int]) -> None:
    """Raise DescriptionError unless the ends have the sizes that the fields of a kind fix."""
    if given != expected:
        raise DescriptionError(
            f"{kind.name} connects {expected[1]} neurons to {expected[0]}, not {given[1]} to "
            f"{given[0]}; change its fields or the sizes of the populations."
        )
