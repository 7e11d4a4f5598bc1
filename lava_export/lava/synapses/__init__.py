"""Lava's process for each kind of connectivity that has one of its own; Sparse for all others.

One file a kind; it registers with ``process.synapses`` and is imported below.
"""

from lava_export.lava.synapses import conv2d, dense
from lava_export.lava.synapses.process import LavaSynapses, listed_synapses, synapses

__all__ = ["LavaSynapses", "conv2d", "dense", "listed_synapses", "synapses"]
