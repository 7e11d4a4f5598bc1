"""Contrastive-signal-dependent plasticity (CSDP): spike traces, judged anew in every step.

Source: Ororbia, "Contrastive signal-dependent plasticity: Self-supervised learning in spiking
neural circuits", Science Advances 10, eadn6076, 2024. Every neuron has a trace, 1 in a step in
which it spikes, decaying after it. The layer's goodness in a step is the sum of the squared traces,
the probability of a positive is p(t) = sigmoid(goodness(t) - theta), and the change is ::

    dw_ij = sum_t 2 (y - p(t)) z_j(t) s_i(t)

with y the contrastive signal, 1 for positives and 0 for negatives. No goodness of the whole sample,
no surrogate derivative, no presynaptic trace: a neuron that has not spiked does not learn.

The signal is which way the objective pushes a column; its strength is not used. Columns that are
pushed up are judged by their own traces together, those that are pushed down by theirs: with
contrasts these are all columns of a presentation, as in the paper, with class columns those of the
true class and those of the others.

The paper's model also has thresholds that adapt (here ``homeostasis``), lateral inhibition and
feedback (here connections of the configuration), and a depression of synapses whose source was
silent while the target spiked (not here).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from spikeff.ir.goodness import in_columns
from spikeff.learning.rules.rule import Judge, Learned, register_rule
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.presented import LayerRun


@dataclass(frozen=True)
class CSDP:
    """Signal less probability, times postsynaptic trace, times presynaptic spike; no state.

    Attributes:
        theta: Goodness of a step, in squared traces, at which both are equally likely.
        tau_trace: Time constant of the traces in seconds.
    """

    theta: Annotated[float, Field(gt=0.0)] = 10.0
    tau_trace: Annotated[float, Field(gt=0.0)] = 4e-3
    local: ClassVar[bool] = True

    def start(self, network: FFNetwork) -> None:
        """Nothing: the rule has no state."""

    def learn(self, runs: Iterator[LayerRun], judge: Judge, share: float) -> Iterator[Learned]:
        """See :meth:`spikeff.learning.rules.rule.Rule.learn`."""
        for run in runs:
            (judgement,) = judge([run])
            signal = judgement.required_modulation().sign()
            error = self.error(run, signal).mul_(share / run.spikes.shape[1])
            run.layer.hold_back_(error, run.spikes, run.psi, share)
            yield Learned(run, judgement, error)

    def error(self, run: LayerRun, signal: Tensor) -> Tensor:
        """Error signal of the input current of every step, (steps, presentations, neurons).

        Args:
            run: Spikes of the layer.
            signal: (presentations, columns): 1 where columns are to do more, -1 less, 0 neither.
        """
        decay = math.exp(-run.layer.constants.dt / self.tau_trace)
        traces = in_columns(spike_traces(run.spikes, decay), run.layer.column_size)
        squares = traces.square().sum(3)
        push = torch.zeros_like(squares)
        for wanted, likely in ((1.0, 1.0), (-1.0, 0.0)):
            group = (signal == wanted).to(squares)
            goodness = (squares * group).sum(2, keepdim=True)
            push += group * (likely - torch.sigmoid(goodness - self.theta))
        error: Tensor = traces * (2.0 * push[..., None])
        return error.reshape(run.spikes.shape)

    def state(self) -> dict[str, Tensor]:
        """Nothing: the rule has no state."""
        return {}


def spike_traces(spikes: Tensor, decay: float) -> Tensor:
    """Traces that a spike sets to 1 and that keep a share ``decay`` of themselves per step.

    Args:
        spikes: 0 or 1, (steps, presentations, neurons).
        decay: See above.
    """
    traces = spikes.clone()
    for before, now in pairwise(traces):
        torch.maximum(now, before * decay, out=now)
    return traces


register_rule("csdp", CSDP)
