"""The baseline: end-to-end backpropagation through time and through the layers. Not local.

The same neurons, surrogate and reset as the local rules, so that the only difference is what
crosses the layers: the error of a layer's spikes is its own derivative of the loss plus the error
that the layer above sends back through its weights. Source: Neftci, Mostafa and Zenke, "Surrogate
gradient learning in spiking neural networks", IEEE Signal Processing Magazine 36(6), 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from spikeff.errors import ConfigError
from spikeff.ir.goodness import in_columns
from spikeff.learning.objectives.objective import Judgement
from spikeff.learning.rules.rule import Judge, Learned, register_rule
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.layer import SpikingLayer
from spikeff.nn.presented import LayerRun

BACKPROP = "backprop"


@dataclass(frozen=True)
class Backprop:
    """Gradient of the loss of the whole network, all layers judged together."""

    local: ClassVar[bool] = False

    def start(self, network: FFNetwork) -> None:
        """Nothing: the rule has no state."""

    def learn(self, runs: Iterator[LayerRun], judge: Judge, share: float) -> Iterator[Learned]:
        """See :meth:`spikeff.learning.rules.rule.Rule.learn`."""
        listed = list(runs)
        judgements = judge(listed)
        learned: list[Learned] = []
        above: Tensor | None = None
        for run, judgement in zip(reversed(listed), reversed(judgements), strict=True):
            error = spike_error(run, judgement)
            error = error if above is None else error + above
            drive_error = run.layer.constants.adjoint(error * run.psi, run.spikes)
            above = _error_below(run, drive_error) if run.depth else None
            learned.append(Learned(run, judgement, drive_error))
        yield from reversed(learned)

    def state(self) -> dict[str, Tensor]:
        """Nothing: the rule has no state."""
        return {}


def _error_below(run: LayerRun, drive_error: Tensor) -> Tensor:
    """Error of the spikes of the layer below."""
    if not isinstance(run.layer, SpikingLayer):
        raise ConfigError(
            f"learning rule {BACKPROP!r}: population {run.depth + 1} has no single layer below it "
            f"to send errors to; it needs layers in a row: choose a local rule."
        )
    return drive_error @ run.layer.synapses


def spike_error(run: LayerRun, judgement: Judgement) -> Tensor:
    """Minus the derivative of the loss by every spike, broadcast to (steps, samples, neurons)."""
    if judgement.spike_error is not None:
        return judgement.spike_error
    spikes, size = run.spikes, run.layer.column_size
    by_column = run.layer.spike_error(spikes, judgement.required_modulation())
    return by_column.expand_as(in_columns(spikes, size)).reshape(spikes.shape)


register_rule(BACKPROP, Backprop)
