"""Pooling in two dimensions: each channel separately, one weight shared by all synapses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from spikeff.ir.arrays import Array
from spikeff.ir.connectivity.base import (
    Connectivity,
    Shape,
    SynapseList,
    require_ends,
    require_shape,
)
from spikeff.ir.connectivity.grid import Grid, Pair, Patches
from spikeff.ir.numbers import settle_numbers
from spikeff.ir.sizes import require_few

SHARED = (1,)


@dataclass(frozen=True, eq=False)
class SumPool2d(Connectivity):
    """Sum over each patch times one weight, which is (1,) and 1 where it is not learned.

    Attributes:
        source_shape: (channels, rows, columns) of the source; the target has as many channels.
        kernel: (rows, columns).
        stride: (rows, columns).
        padding: (rows, columns).

    Raises:
        DescriptionError: See :class:`spikeff.ir.connectivity.grid.Patches`; or too many synapses.
    """

    name: ClassVar[str] = "sum_pool2d"

    source_shape: Grid
    kernel: Pair
    stride: Pair
    padding: Pair = (0, 0)

    def __post_init__(self) -> None:
        settle_numbers(self.name, self)
        neurons = math.prod(self.target_shape)
        require_few(self.name, neurons, neurons * math.prod(self.kernel))

    @cached_property
    def patches(self) -> Patches:
        """What is pooled."""
        return Patches(self.name, self.source_shape, self.kernel, self.stride, self.padding, (1, 1))

    @property
    def target_shape(self) -> Grid:
        """(channels, rows, columns) of the target."""
        return self.source_shape[0], *self.patches.places

    @property
    def unit(self) -> float:
        """The weight with which the pooling is a plain sum."""
        return 1.0

    def weights(self) -> Array:
        """The weight of plain pooling, float64 (1,)."""
        return np.full(SHARED, self.unit)

    def weight_shape(self, target: int, source: int) -> Shape:
        """See :meth:`Connectivity.weight_shape`."""
        require_ends(self, (target, source), self.ends(SHARED))
        return SHARED

    def ends(self, shape: Shape) -> tuple[int, int]:
        """See :meth:`Connectivity.ends`."""
        require_shape(self, shape, SHARED)
        return math.prod(self.target_shape), math.prod(self.source_shape)

    def synapses(self, shape: Shape) -> SynapseList:
        """See :meth:`Connectivity.synapses`."""
        # Axes: (channels, patch rows, patch columns, kernel).
        channels, rows, columns = self.source_shape
        number, inside = self.patches.neurons()
        pre = np.arange(channels).reshape(-1, 1, 1, 1, 1) * (rows * columns) + number
        present = np.flatnonzero(np.broadcast_to(inside, pre.shape))
        weight = np.zeros(len(present), np.intp)
        return SynapseList(present // math.prod(self.kernel), pre.reshape(-1)[present], weight)

    def drive(self, weights: Array, spikes: Array) -> Array:
        """See :meth:`Connectivity.drive`."""
        summed = self.patches.windows(spikes).sum(axis=(4, 5), dtype=np.float64)
        return np.asarray(summed * weights[0]).reshape(*spikes.shape[:-1], -1)

    def change(self, shape: Shape, error: Array, spikes: Array) -> Array:
        """See :meth:`Connectivity.change`."""
        summed = self.patches.windows(spikes).sum(axis=(4, 5), dtype=np.float64)
        return np.full(shape, (error.reshape(summed.shape) * summed).sum())


@dataclass(frozen=True, eq=False)
class AvgPool2d(SumPool2d):
    """As :class:`SumPool2d`, its weight 1 / (kernel places) where it is not learned.

    Places outside the grid count, as they do in ``torch.nn.functional.avg_pool2d`` by default.
    """

    name: ClassVar[str] = "avg_pool2d"

    @property
    def unit(self) -> float:
        """The weight with which the pooling is an average."""
        return 1.0 / math.prod(self.kernel)
