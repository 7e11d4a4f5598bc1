"""Synapses as NIR nodes, by the type of their connectivity."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import nir

from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connectivity

Grid = tuple[int, int, int]


@singledispatch
def grids_of(connectivity: Connectivity) -> tuple[Grid, Grid] | None:
    """(channels, rows, columns) that the node of a kind takes and gives; None if it has none."""
    return None


@singledispatch
def synapse_nodes(connectivity: Connectivity, weights: Array) -> tuple[Any, ...]:
    """The nodes of a connection, one behind the other; a matrix where the kind has no node."""
    return (nir.Linear(connectivity.matrix(weights)),)


def with_types(node: Any, grids: tuple[Grid, Grid]) -> Any:
    """``node`` with the shapes of what it takes and gives, which NIR leaves open or guesses."""
    node.input_type = {"input": list(grids[0])}
    node.output_type = {"output": list(grids[1])}
    return node
