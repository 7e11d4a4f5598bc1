"""The default rule: online, from quantities of the synapse, its neuron, its column and its layer::

    dw_ij = sum_t [ m * dG/dz_j(t) * psi_j(t) ] * xbar_i(t)

m is the layer's (or the column's) modulation; dG/dz_j depends on the spikes of the other neurons in
j's column, psi is the surrogate derivative at j's membrane, xbar_i the synaptic trace of input i.

Filtering the bracket backwards in time or the spikes forwards gives the same sum; the former is
done, as it takes one filter per neuron and not one per input. The eligibility is that of e-prop
without its recurrent terms (Bellec et al., Nature Communications 11:3625, 2020, equation 25).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from spikeff.learning.rules.rule import Judge, Learned, register_rule
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.presented import LayerRun

THREE_FACTOR = "three_factor"


@dataclass(frozen=True)
class ThreeFactor:
    """Modulation times postsynaptic factor times synaptic trace; no graph, no state."""

    local: ClassVar[bool] = True

    def start(self, network: FFNetwork) -> None:
        """Nothing: the rule has no state."""

    def learn(self, runs: Iterator[LayerRun], judge: Judge, share: float) -> Iterator[Learned]:
        """See :meth:`spikeff.learning.rules.rule.Rule.learn`."""
        for run in runs:
            (judgement,) = judge([run])
            modulation = judgement.required_modulation()
            error = run.layer.error(run.spikes, run.psi, modulation, share, self.slope(run))
            yield Learned(run, judgement, self.drive_error(error, run))

    def slope(self, run: LayerRun) -> Tensor | None:
        """Derivative of the goodness by every spike; None for that of the layer's own goodness."""
        return None

    def drive_error(self, error: Tensor, run: LayerRun) -> Tensor:
        """Error signal of the input current, (steps, presentations, neurons).

        Args:
            error: Postsynaptic factor, of the same shape.
            run: Spikes of the layer and its input.
        """
        return run.layer.constants.filter_error(error)

    def state(self) -> dict[str, Tensor]:
        """Nothing: the rule has no state."""
        return {}


register_rule(THREE_FACTOR, ThreeFactor)
