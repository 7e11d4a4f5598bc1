"""Learning rules, one per file: from a layer's run and modulation to its error signal.

Importing the package registers the built-in ones.
"""

from spikeff.learning.rules import (
    backprop,
    csdp,
    predictive_ff,
    running_excess,
    surrogate_gradient,
    three_factor,
)

__all__ = [
    "backprop",
    "csdp",
    "predictive_ff",
    "running_excess",
    "surrogate_gradient",
    "three_factor",
]
