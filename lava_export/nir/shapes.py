"""Which populations are grids in NIR: those between convolutions and poolings.

NIR can flatten a grid, but not make one of neurons in a row. So a population is a grid where all
that reaches it gives the same one; elsewhere its neurons stand in a row, and what would need a
grid is a matrix.
"""

from __future__ import annotations

from lava_export.integers.network import IntegerConnection, IntegerNetwork
from lava_export.nir.synapses import grids_of
from spikeff.ir.connectivity import ONE_TO_ONE, Connection
from spikeff.ir.network import BLANK, NetworkDescription

Shape = tuple[int, ...]
Shapes = dict[str, Shape]


def node_shapes(network: NetworkDescription | IntegerNetwork) -> Shapes:
    """Shape of every population's nodes, the input included: (channels, rows, columns) or (size,).

    Starts from what convolutions and poolings ask for and takes back what does not fit.
    """
    connections: tuple[Connection | IntegerConnection, ...] = network.connections
    drawn = [c for c in connections if c.source != BLANK]
    shapes: Shapes = {name: (size,) for name, size in network.sizes.items()}
    for c in drawn:
        grids = grids_of(c.connectivity)
        if grids is not None:
            shapes[c.source], shapes[c.target] = grids
    misfits = [c for c in drawn if not _fits(c, shapes)]
    while misfits:
        name = misfits[0].target
        shapes[name] = (network.sizes[name],)
        misfits = [c for c in drawn if not _fits(c, shapes)]
    return shapes


def on_grids(connection: Connection | IntegerConnection, shapes: Shapes) -> bool:
    """Whether a connection keeps the shapes of both its ends, so that no Flatten is needed."""
    ends = shapes[connection.source], shapes[connection.target]
    if connection.connectivity == ONE_TO_ONE:
        return ends[0] == ends[1]
    return ends == grids_of(connection.connectivity)


def _fits(connection: Connection | IntegerConnection, shapes: Shapes) -> bool:
    return len(shapes[connection.target]) == 1 or on_grids(connection, shapes)
