"""The reference: a layer's own gradient through time.

A spike's reset erases the membrane's memory of earlier input. Where each neuron spikes at most once
per sample the rule equals ``three_factor``: nothing is learned after the reset.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from spikeff.learning.rules.rule import register_rule
from spikeff.learning.rules.three_factor import ThreeFactor
from spikeff.nn.presented import LayerRun


@dataclass(frozen=True)
class SurrogateGradient(ThreeFactor):
    """As the three-factor rule, filtered through the neuron's own resets."""

    def drive_error(self, error: Tensor, run: LayerRun) -> Tensor:
        """Error signal of the input current, cut at every reset by the neuron's own spikes."""
        return run.layer.constants.adjoint(error, run.spikes)


register_rule("surrogate_gradient", SurrogateGradient)
