"""Plasticity of a connection: how its synapses change where a chip's learning engine runs."""

from spikeff.ir.plasticity.formula import Factor, Product, parse_rule
from spikeff.ir.plasticity.plasticity import PER_SYNAPSE, SHARED, Plasticity

__all__ = ["PER_SYNAPSE", "SHARED", "Factor", "Plasticity", "Product", "parse_rule"]
