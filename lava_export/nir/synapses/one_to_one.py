"""One to one: NIR's Scale."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np

from lava_export.nir.synapses.nodes import synapse_nodes
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import OneToOne


@synapse_nodes.register
def _(connectivity: OneToOne, weights: Array) -> tuple[Any, ...]:
    return (nir.Scale(np.asarray(weights, np.float64)),)
