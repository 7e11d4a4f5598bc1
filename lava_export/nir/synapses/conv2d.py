"""A convolution: NIR's Conv2d, whose weights are ordered as ours."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np

from lava_export.nir.synapses.nodes import Grid, grids_of, synapse_nodes, with_types
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Conv2d


@grids_of.register
def _(connectivity: Conv2d) -> tuple[Grid, Grid] | None:
    return connectivity.source_shape, connectivity.target_shape


@synapse_nodes.register
def _(connectivity: Conv2d, weights: Array) -> tuple[Any, ...]:
    node = nir.Conv2d(
        input_shape=connectivity.source_shape[1:],
        weight=weights,
        stride=connectivity.stride,
        padding=connectivity.padding,
        dilation=connectivity.dilation,
        groups=connectivity.groups,
        bias=np.zeros(connectivity.out_channels),
    )
    return (with_types(node, (connectivity.source_shape, connectivity.target_shape)),)
