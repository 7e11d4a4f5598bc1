"""Learning rules, one a file: from what a layer did and should do to the error of its drive.

Importing the package registers those that come with it.
"""

from spikeff.learning.rules import backprop, surrogate_gradient, three_factor

__all__ = ["backprop", "surrogate_gradient", "three_factor"]
