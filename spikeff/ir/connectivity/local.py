"""Local fields: each target has its own weights on a patch of a grid."""

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
from spikeff.ir.connectivity.grid import Grid, Pair, Patches, require_whole
from spikeff.ir.numbers import settle_numbers
from spikeff.ir.sizes import require_few


@dataclass(frozen=True, eq=False)
class LocalFields(Connectivity):
    """A convolution whose weights are not shared: (out_channels, rows, columns, channels, kernel).

    ``drive[o, y, x] = sum_c,i,j weights[o, y, x, c, i, j] * spikes[c, y * stride + i * dilation -
    padding, x * ...]``. Weights of places outside the grid have no synapse.

    Attributes:
        source_shape: (channels, rows, columns) of the source.
        out_channels: Fields on every patch.
        kernel: (rows, columns).
        stride: (rows, columns).
        padding: (rows, columns).
        dilation: (rows, columns).

    Raises:
        DescriptionError: See :class:`spikeff.ir.connectivity.grid.Patches`; or too many synapses.
    """

    name: ClassVar[str] = "local_fields"

    source_shape: Grid
    out_channels: int
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)

    def __post_init__(self) -> None:
        settle_numbers(self.name, self)
        require_whole(self.name, "out_channels", (self.out_channels,), 1, least=1)
        require_few(self.name, math.prod(self.target_shape), math.prod(self._weights))

    @cached_property
    def patches(self) -> Patches:
        """Where the fields lie."""
        return Patches(
            self.name, self.source_shape, self.kernel, self.stride, self.padding, self.dilation
        )

    @property
    def target_shape(self) -> Grid:
        """(out_channels, rows, columns) of the target."""
        return self.out_channels, *self.patches.places

    @property
    def _weights(self) -> Shape:
        return (*self.target_shape, self.source_shape[0], *self.kernel)

    @property
    def _ends(self) -> tuple[int, int]:
        return math.prod(self.target_shape), math.prod(self.source_shape)

    def weight_shape(self, target: int, source: int) -> Shape:
        """See :meth:`Connectivity.weight_shape`."""
        require_ends(self, (target, source), self._ends)
        return self._weights

    def ends(self, shape: Shape) -> tuple[int, int]:
        """See :meth:`Connectivity.ends`."""
        require_shape(self, shape, self._weights)
        return self._ends

    def synapses(self, shape: Shape) -> SynapseList:
        """See :meth:`Connectivity.synapses`."""
        channels, rows, columns = self.source_shape
        number, inside = self.patches.neurons()
        offset = np.arange(channels)[:, np.newaxis, np.newaxis] * (rows * columns)
        pre = np.broadcast_to(number[:, :, np.newaxis] + offset, shape)
        weight = np.flatnonzero(np.broadcast_to(inside[:, :, np.newaxis], shape))
        field = math.prod(shape[3:])
        return SynapseList(weight // field, pre.reshape(-1)[weight], weight)

    def drive(self, weights: Array, spikes: Array) -> Array:
        """See :meth:`Connectivity.drive`."""
        windows = self.patches.windows(spikes)
        currents: Array = np.einsum("nchwij,ohwcij->nohw", windows, weights, optimize=True)
        return currents.reshape(*spikes.shape[:-1], -1)

    def change(self, shape: Shape, error: Array, spikes: Array) -> Array:
        """See :meth:`Connectivity.change`."""
        windows, errors = self.patches.windows(spikes), error.reshape(-1, *self.target_shape)
        gradient: Array = np.einsum("nohw,nchwij->ohwcij", errors, windows, optimize=True)
        return gradient
