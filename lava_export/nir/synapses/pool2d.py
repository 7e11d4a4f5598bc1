"""Pooling: NIR's SumPool2d and AvgPool2d, and a Scale behind it where the weight is another."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np

from lava_export.nir.synapses.nodes import Grid, grids_of, synapse_nodes, with_types
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import AvgPool2d, SumPool2d


@grids_of.register
def _(connectivity: SumPool2d) -> tuple[Grid, Grid] | None:
    return connectivity.source_shape, connectivity.target_shape


@synapse_nodes.register
def _(connectivity: SumPool2d, weights: Array) -> tuple[Any, ...]:
    return _pooled(nir.SumPool2d, connectivity, weights)


@synapse_nodes.register
def _(connectivity: AvgPool2d, weights: Array) -> tuple[Any, ...]:
    return _pooled(nir.AvgPool2d, connectivity, weights)


def _pooled(node: Any, kind: SumPool2d, weights: Array) -> tuple[Any, ...]:
    pool = node(
        kernel_size=np.array(kind.kernel),
        stride=np.array(kind.stride),
        padding=np.array(kind.padding),
    )
    with_types(pool, (kind.source_shape, kind.target_shape))
    gain = float(weights[0]) / kind.unit
    return (pool,) if gain == 1.0 else (pool, nir.Scale(np.full(kind.target_shape, gain)))
