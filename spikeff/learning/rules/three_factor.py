"""The default rule: online, and known at the synapse, its neuron, column and layer::

    dw_ij = sum_t [ m * dG/dz_j(t) * psi_j(t) ] * xbar_i(t)

m is the layer's (or the column's) modulation, dG/dz_j what neuron j's column mates do at that
moment, psi the surrogate derivative at j's membrane, xbar_i the synaptic trace of input i.

Filtering the bracket backwards in time or the spikes forwards gives the same sum; the former is
done, once for all inputs. The same eligibility as in e-prop without its recurrent terms (Bellec et
al., Nature Communications 11:3625, 2020, equation 25).
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
        """Nothing is kept."""

    def learn(self, runs: Iterator[LayerRun], judge: Judge, share: float) -> Iterator[Learned]:
        """See :meth:`spikeff.learning.rules.rule.Rule.learn`."""
        for run in runs:
            (judgement,) = judge([run])
            error = run.layer.error(run.spikes, run.psi, judgement.required_modulation(), share)
            yield Learned(run, judgement, self.drive_error(error, run))

    def drive_error(self, error: Tensor, run: LayerRun) -> Tensor:
        """Error of the drive, (steps, presentations, neurons), from the postsynaptic factor."""
        return run.layer.constants.filter_error(error)

    def state(self) -> dict[str, Tensor]:
        """Nothing is kept between batches."""
        return {}


register_rule(THREE_FACTOR, ThreeFactor)
