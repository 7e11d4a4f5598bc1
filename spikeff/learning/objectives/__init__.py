"""Objectives, one family per file: from the spikes of layers to the modulation of their learning.

Importing the package registers the built-in ones.
"""

from spikeff.learning.objectives import class_columns, contrasts, linear_readout

__all__ = ["class_columns", "contrasts", "linear_readout"]
