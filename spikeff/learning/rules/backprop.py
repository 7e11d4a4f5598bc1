"""The baseline: end-to-end backpropagation through time and through the layers. Not local.

The same neurons, surrogate and reset as the local rules, so that the only difference is what
crosses the layers: the error of a layer's spikes is its own derivative of the loss plus the error
that the layer above sends back through its weights. Source: Neftci, Mostafa and Zenke, "Surrogate
gradient learning in spiking neural networks", IEEE Signal Processing Magazine 36(6), 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from torch import Tensor

from spikeff.errors import ConfigError
from spikeff.ir.goodness import in_columns
from spikeff.learning.objectives.objective import Judgement
from spikeff.learning.rules.rule import Judge, Learned, register_rule
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.graph.backward import errors_through_time
from spikeff.nn.graph.ff_graph import GraphFFNetwork
from spikeff.nn.graph.timed_network import TimedNetwork
from spikeff.nn.layer import SpikingLayer
from spikeff.nn.presented import LayerRun

BACKPROP = "backprop"


@dataclass(frozen=True)
class Backprop:
    """Gradient of the loss of the whole network, all layers judged together.

    Attributes:
        graphs: The network, where errors have to go back through its projections.
    """

    local: ClassVar[bool] = False
    graphs: list[TimedNetwork] = field(default_factory=list, init=False)

    def start(self, network: FFNetwork) -> None:
        """Keep a network in time at hand."""
        if isinstance(network, GraphFFNetwork):
            self.graphs.append(network.timed)

    def learn(self, runs: Iterator[LayerRun], judge: Judge, share: float) -> Iterator[Learned]:
        """See :meth:`spikeff.learning.rules.rule.Rule.learn`."""
        listed = list(runs)
        judgements = judge(listed)
        if self.graphs:
            yield from _through_time(self.graphs[0], listed, judgements)
            return
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


def _through_time(
    network: TimedNetwork, runs: list[LayerRun], judgements: list[Judgement]
) -> Iterator[Learned]:
    names = [network.learning[run.depth] for run in runs]
    own = [spike_error(run, judgement) for run, judgement in zip(runs, judgements, strict=True)]
    by_name = dict(zip(names, runs, strict=True)), dict(zip(names, own, strict=True))
    errors = errors_through_time(network, *by_name)
    for name, run, judgement in zip(names, runs, judgements, strict=True):
        yield Learned(run, judgement, errors[name])


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
