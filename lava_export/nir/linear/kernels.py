"""Kernels on a grid: convolutions and poolings, and what two of them in a row are together.

Two in a row are one kernel wherever no patch of the second reaches places outside the first's
output: there the second finds nothing, while the first's patches would find neurons.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

import numpy as np

from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connectivity, Conv2d, SumPool2d
from spikeff.ir.sizes import require_few

PRODUCT = "a product of NIR's convolutions"
MOST_WEIGHTS = 2**24  # of two kernels together; beyond, their synapses are listed


@dataclass(frozen=True, eq=False)
class Kernel:
    """A convolution.

    Attributes:
        kind: Its grid and steps.
        weights: (out_channels, channels / groups, rows, columns).
    """

    kind: Conv2d
    weights: Array

    @property
    def depthwise(self) -> bool:
        """Whether each channel goes to its own channel alone."""
        return self.kind.groups == self.kind.source_shape[0] == self.kind.out_channels

    def scaled(self, gain: Array) -> Kernel | None:
        """Each output times its gain, where all of a channel have the same; else None."""
        of_channel = gain.reshape(self.kind.out_channels, -1)
        if (of_channel != of_channel[:, :1]).any():
            return None
        return Kernel(self.kind, self.weights * of_channel[:, 0, None, None, None])


@singledispatch
def kernel_of(kind: Connectivity, weights: Array) -> Kernel | None:
    """A kind as a convolution; None where it is none."""
    return None


@kernel_of.register
def _(kind: Conv2d, weights: Array) -> Kernel | None:
    return Kernel(kind, weights)


@kernel_of.register
def _(kind: SumPool2d, weights: Array) -> Kernel | None:
    channels = kind.source_shape[0]
    conv = Conv2d(
        kind.source_shape, channels, kind.kernel, kind.stride, kind.padding, groups=channels
    )
    return Kernel(conv, np.full((channels, 1, *kind.kernel), float(weights[0])))


def product(outer: Kernel, inner: Kernel) -> Kernel | None:
    """First ``inner``, then ``outer``, as one kernel; None where they are none."""
    if not all(_inside(outer.kind, inner.kind, axis) for axis in (0, 1)):
        return None
    depthwise = outer.depthwise and inner.depthwise
    if _weights_of(outer, inner, depthwise) > MOST_WEIGHTS:
        return None
    weights = _convolved(outer, inner, depthwise)
    first, second = inner.kind, outer.kind
    kind = Conv2d(
        first.source_shape,
        second.out_channels,
        (weights.shape[2], weights.shape[3]),
        (first.stride[0] * second.stride[0], first.stride[1] * second.stride[1]),
        (
            first.stride[0] * second.padding[0] + first.padding[0],
            first.stride[1] * second.padding[1] + first.padding[1],
        ),
        groups=first.groups if depthwise else 1,
    )
    return Kernel(kind, weights) if kind.target_shape == second.target_shape else None


def _inside(outer: Conv2d, inner: Conv2d, axis: int) -> bool:
    """Whether the inner patches that the outer one finds missing lie outside the grid."""
    padding = outer.padding[axis]
    last = outer.stride[axis] * (outer.target_shape[axis + 1] - 1) - padding
    last += outer.dilation[axis] * (outer.kernel[axis] - 1)
    size, extent = inner.target_shape[axis + 1], inner.dilation[axis] * (inner.kernel[axis] - 1)
    before = inner.stride[axis] * -1 - inner.padding[axis] + extent
    behind = inner.stride[axis] * size - inner.padding[axis]
    starts_inside = padding == 0 or before < 0
    return starts_inside and (last < size or behind >= inner.source_shape[axis + 1])


def _extent(outer: Conv2d, inner: Conv2d) -> list[int]:
    """Rows and columns of both kernels together."""
    return [
        inner.stride[a] * outer.dilation[a] * (outer.kernel[a] - 1)
        + inner.dilation[a] * (inner.kernel[a] - 1)
        + 1
        for a in (0, 1)
    ]


def _weights_of(outer: Kernel, inner: Kernel, depthwise: bool) -> int:
    channels = 1 if depthwise else inner.kind.source_shape[0]
    rows, columns = _extent(outer.kind, inner.kind)
    return outer.kind.out_channels * channels * rows * columns


def _convolved(outer: Kernel, inner: Kernel, depthwise: bool) -> Array:
    """Weights of both together, (out_channels, channels or 1, rows, columns)."""
    step, gap, within = inner.kind.stride, outer.kind.dilation, inner.kind.dilation
    ours, theirs = (k.weights if depthwise else _ungrouped(k) for k in (outer, inner))
    extent = _extent(outer.kind, inner.kind)
    made = np.zeros((len(ours), theirs.shape[1], *extent))
    stop = [within[a] * (inner.kind.kernel[a] - 1) + 1 for a in (0, 1)]
    for row in range(outer.kind.kernel[0]):
        for column in range(outer.kind.kernel[1]):
            weights = ours[:, :, row, column]
            part = (
                weights[:, :, None, None] * theirs
                if depthwise
                else np.tensordot(weights, theirs, axes=1)
            )
            top, left = step[0] * gap[0] * row, step[1] * gap[1] * column
            made[:, :, top : top + stop[0] : within[0], left : left + stop[1] : within[1]] += part
    return made


def _ungrouped(kernel: Kernel) -> Array:
    """Weights between all channels, 0 between those of different groups."""
    kind, weights = kernel.kind, kernel.weights
    if kind.groups == 1:
        return weights
    out, channels = kind.out_channels // kind.groups, kind.source_shape[0] // kind.groups
    pairs = kind.out_channels * kind.source_shape[0]
    require_few(PRODUCT, synapses=pairs * kind.kernel[0] * kind.kernel[1])
    whole = np.zeros((kind.out_channels, kind.source_shape[0], *kind.kernel))
    for group in range(kind.groups):
        chosen = slice(group * out, (group + 1) * out)
        whole[chosen, group * channels : (group + 1) * channels] = weights[chosen]
    return whole
