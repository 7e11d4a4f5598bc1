"""Connectivity as a type: which neurons are connected, and which weight each synapse has.

One file a kind; another kind is a subclass of ``base.Connectivity`` that
``registry.register_connectivity`` makes known by its name.
"""

from spikeff.ir.connectivity.base import Connectivity, SynapseList
from spikeff.ir.connectivity.bit_planes import BitPlanes
from spikeff.ir.connectivity.connection import Connection, require_plastic, require_weights
from spikeff.ir.connectivity.conv2d import Conv2d
from spikeff.ir.connectivity.dense import DENSE, Dense
from spikeff.ir.connectivity.local import LocalFields
from spikeff.ir.connectivity.one_to_one import ONE_TO_ONE, OneToOne
from spikeff.ir.connectivity.pool2d import AvgPool2d, SumPool2d
from spikeff.ir.connectivity.registry import (
    CONNECTIVITIES,
    get_connectivity,
    register_connectivity,
)
from spikeff.ir.connectivity.sparse import Sparse

__all__ = [
    "CONNECTIVITIES",
    "DENSE",
    "ONE_TO_ONE",
    "AvgPool2d",
    "BitPlanes",
    "Connection",
    "Connectivity",
    "Conv2d",
    "Dense",
    "LocalFields",
    "OneToOne",
    "Sparse",
    "SumPool2d",
    "SynapseList",
    "get_connectivity",
    "register_connectivity",
    "require_plastic",
    "require_weights",
]
