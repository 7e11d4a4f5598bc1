"""Convolution in two dimensions: the same weights on every patch of a grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from spikeff.errors import DescriptionError
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
class Conv2d(Connectivity):
    """Weights (out_channels, channels / groups, kernel rows, kernel columns), as in torch.

    ``drive[o, y, x] = sum_c,i,j weights[o, c, i, j] * spikes[c, y * stride + i * dilation -
    padding, x * ...]``, c over the channels of the group of o: a correlation, as in
    ``torch.nn.functional.conv2d``.

    Attributes:
        source_shape: (channels, rows, columns) of the source.
        out_channels: Channels of the target.
        kernel: (rows, columns).
        stride: (rows, columns).
        padding: (rows, columns).
        dilation: (rows, columns).
        groups: channels and out_channels are split into this many groups, and each group of
            out_channels receives input from its own group of channels only.

    Raises:
        DescriptionError: See :class:`spikeff.ir.connectivity.grid.Patches`; or groups that do not
            divide the channels, or too many synapses.
    """

    name: ClassVar[str] = "conv2d"

    source_shape: Grid
    out_channels: int
    kernel: Pair
    stride: Pair = (1, 1)
    padding: Pair = (0, 0)
    dilation: Pair = (1, 1)
    groups: int = 1

    def __post_init__(self) -> None:
        settle_numbers(self.name, self)
        require_whole(self.name, "out_channels", (self.out_channels,), 1, least=1)
        require_whole(self.name, "groups", (self.groups,), 1, least=1)
        neurons = math.prod(self.target_shape)
        if self.source_shape[0] % self.groups or self.out_channels % self.groups:
            raise DescriptionError(
                f"{self.name}: groups = {self.groups}; it must divide both {self.source_shape[0]} "
                f"channels and {self.out_channels} out_channels."
            )
        require_few(self.name, neurons, neurons * math.prod(self._weights[1:]))

    @cached_property
    def patches(self) -> Patches:
        """Where the kernel lies."""
        return Patches(
            self.name, self.source_shape, self.kernel, self.stride, self.padding, self.dilation
        )

    @property
    def target_shape(self) -> Grid:
        """(out_channels, rows, columns) of the target."""
        return self.out_channels, *self.patches.places

    @property
    def _weights(self) -> Shape:
        return self.out_channels, self.source_shape[0] // self.groups, *self.kernel

    @property
    def _ends(self) -> tuple[int, int]:
        return math.prod(self.target_shape), math.prod(self.source_shape)

    @property
    def _by_group(self) -> Shape:
        """The weights by group: (group, out_channels / groups, channels / groups, kernel)."""
        out, channels, *kernel = self._weights
        return self.groups, out // self.groups, channels, *kernel

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
        # Axes: (out_channels, patch rows, patch columns, channels of a group, kernel).
        out, channels, *kernel = shape
        _, rows, columns = self.source_shape
        number, inside = self.patches.neurons()
        group = np.arange(out) // (out // self.groups)
        channel = group[:, np.newaxis] * channels + np.arange(channels)
        pre = channel[:, np.newaxis, np.newaxis, :, np.newaxis, np.newaxis] * (rows * columns)
        pre = pre + number[:, :, np.newaxis]
        place = np.arange(math.prod(shape)).reshape(out, 1, 1, channels, *kernel)
        present = np.flatnonzero(np.broadcast_to(inside[:, :, np.newaxis], pre.shape))
        weight = np.broadcast_to(place, pre.shape).reshape(-1)[present]
        return SynapseList(present // math.prod(shape[1:]), pre.reshape(-1)[present], weight)

    def drive(self, weights: Array, spikes: Array) -> Array:
        """See :meth:`Connectivity.drive`."""
        kernels = weights.reshape(self._by_group)
        currents: Array = np.einsum(
            "ngchwij,gocij->ngohw", self._windows(spikes), kernels, optimize=True
        )
        return currents.reshape(*spikes.shape[:-1], -1)

    def change(self, shape: Shape, error: Array, spikes: Array) -> Array:
        """See :meth:`Connectivity.change`."""
        of_group = self.groups, self.out_channels // self.groups, *self.patches.places
        errors = error.reshape(-1, *of_group)
        gradient: Array = np.einsum(
            "ngohw,ngchwij->gocij", errors, self._windows(spikes), optimize=True
        )
        return gradient.reshape(shape)

    def _windows(self, spikes: Array) -> Array:
        """Windows by group: (samples, group, channels of a group, patches, kernel)."""
        windows = self.patches.windows(spikes)
        return windows.reshape(len(windows), self.groups, -1, *windows.shape[2:])
