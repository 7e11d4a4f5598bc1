"""NIR's nodes for each kind of connectivity; a Linear with all pairs for those without one.

One file a kind; it registers with ``nodes.synapse_nodes`` and is imported below.
"""

from lava_export.nir.synapses import conv2d, one_to_one, pool2d
from lava_export.nir.synapses.nodes import Grid, grids_of, synapse_nodes

__all__ = ["Grid", "conv2d", "grids_of", "one_to_one", "pool2d", "synapse_nodes"]
