"""Objectives, one family a file: from what layers did to the modulation that they hear.

Importing the package registers those that come with it.
"""

from spikeff.learning.objectives import class_columns, contrasts, linear_readout

__all__ = ["class_columns", "contrasts", "linear_readout"]
