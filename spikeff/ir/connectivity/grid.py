"""Patches of a grid: what local fields, convolutions and pooling have in common.

Neurons of a grid are numbered channel by channel, in each channel row by row. A patch is the
receptive field of one target in one channel: ``kernel`` places, ``dilation`` apart, the patches
``stride`` apart and the first ``padding`` before the grid; places outside it have no neuron.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.sizes import require_few

Pair = tuple[int, int]
Grid = tuple[int, int, int]


@dataclass(frozen=True)
class Patches:
    """Patches of a grid, checked when they are constructed.

    Attributes:
        owner: What errors name.
        source_shape: (channels, rows, columns) of the grid.
        kernel: (rows, columns).
        stride: (rows, columns).
        padding: (rows, columns).
        dilation: (rows, columns).

    Raises:
        DescriptionError: A number is too small, no patch fits, or the grid with its padding has
            more than ``MAX_NEURONS`` places.
    """

    owner: str
    source_shape: Grid
    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair

    def __post_init__(self) -> None:
        require_whole(self.owner, "source_shape", self.source_shape, 3, least=1)
        for name, least in (("kernel", 1), ("stride", 1), ("padding", 0), ("dilation", 1)):
            require_whole(self.owner, name, getattr(self, name), 2, least)
        for axis, extent in enumerate(self._extents):
            size = self.source_shape[axis + 1] + 2 * self.padding[axis]
            if not self.padding[axis] < extent <= size:
                raise DescriptionError(
                    f"{self.owner}: patches of {extent} places on {size} with padding "
                    f"{self.padding[axis]} in {('rows', 'columns')[axis]}; a patch must fit, and "
                    f"padding be smaller than it."
                )
        require_few(self.owner, neurons=math.prod(self._padded))

    @property
    def _extents(self) -> Pair:
        """Rows and columns from the first to the last place of a patch."""
        rows, columns = (d * (k - 1) + 1 for d, k in zip(self.dilation, self.kernel, strict=True))
        return rows, columns

    @property
    def _padded(self) -> Grid:
        channels, rows, columns = self.source_shape
        return channels, rows + 2 * self.padding[0], columns + 2 * self.padding[1]

    @cached_property
    def places(self) -> Pair:
        """Rows and columns of patches."""
        rows, columns = (
            (size - extent) // step + 1
            for size, extent, step in zip(self._padded[1:], self._extents, self.stride, strict=True)
        )
        return rows, columns

    def neurons(self) -> tuple[Array, Array]:
        """Source neuron in channel 0 of every place of every patch, and whether there is one.

        Returns:
            intp and bool, (patch rows, patch columns, kernel rows, kernel columns) each.
        """
        row, row_inside = self._line(0)
        column, column_inside = self._line(1)
        inside = row_inside[:, np.newaxis, :, np.newaxis] & column_inside[:, np.newaxis, :]
        number = row[:, np.newaxis, :, np.newaxis] * self.source_shape[2] + column[:, np.newaxis, :]
        return np.where(inside, number, 0), inside

    def _line(self, axis: int) -> tuple[Array, Array]:
        """Row or column of every place, and whether it is on the grid: (patches, kernel) each."""
        first = np.arange(self.places[axis]) * self.stride[axis] - self.padding[axis]
        place = first[:, np.newaxis] + np.arange(self.kernel[axis]) * self.dilation[axis]
        return place, (place >= 0) & (place < self.source_shape[axis + 1])

    def windows(self, spikes: Array) -> Array:
        """Spikes of every place of every patch, 0 outside the grid.

        Args:
            spikes: (..., source neurons).

        Returns:
            (samples, channels, patch rows, patch columns, kernel rows, kernel columns), with the
            leading axes of ``spikes`` flattened into samples; a view, nothing is copied but the
            padding.
        """
        grids = spikes.reshape(-1, *self.source_shape)
        around = [(0, 0), (0, 0), *((p, p) for p in self.padding)]
        padded = np.pad(grids, around)
        windows: Array = np.lib.stride_tricks.sliding_window_view(  # type: ignore[call-overload]
            padded, self._extents, axis=(2, 3)
        )
        step, gap = self.stride, self.dilation
        return windows[:, :, :: step[0], :: step[1], :: gap[0], :: gap[1]]


def require_whole(owner: str, name: str, values: Any, count: int, least: int) -> None:
    """Raise DescriptionError unless ``values`` are ``count`` whole numbers >= ``least``."""
    fits = isinstance(values, tuple) and len(values) == count
    if not fits or any(type(v) is not int or v < least for v in values):
        raise DescriptionError(
            f"{owner}: {name} = {values!r}; give {count} whole numbers of at least {least}."
        )
