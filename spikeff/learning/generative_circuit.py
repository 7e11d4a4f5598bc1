"""Top-down weights that predict what lies below from the spikes of a layer, by a delta rule.

They borrow the layer's spikes and send nothing back into it. What is predicted is how often each
source spikes in a sample, per step; the layer's own counts are brought to unit length, so that only
who fired is told and not how much.
"""

from __future__ import annotations

import torch
from torch import Tensor

from spikeff.learning.optim import LocalAdam
from spikeff.nn.presented import LayerRun, Presented
from spikeff.nn.spike_events import SpikeEvents


class GenerativeCircuit:
    """Predicts the rates of one source from the spikes of one layer.

    Attributes:
        weight: (sources, neurons), learned by Adam.
        error: Mean squared error of the last batch, of rates from 0 to 1, (1,).
    """

    def __init__(self, sources: int, neurons: int, like: Tensor) -> None:
        self.weight = torch.zeros(sources, neurons).to(like)
        self.error = torch.zeros(1).to(like)
        self._optimiser = LocalAdam([(self.weight, 1.0)])

    def predicted(self, spikes: Tensor) -> Tensor:
        """Rates of the sources, from 0 to 1, (samples, sources).

        Args:
            spikes: Of the layer, (steps, samples, neurons).
        """
        return (_unit(spikes.mean(0)) @ self.weight.t()).clamp_(0.0, 1.0)

    def learn(self, spikes: Tensor, sources: Tensor, learning_rate: float) -> None:
        """One step of the delta rule.

        Args:
            spikes: Of the layer, (steps, samples, neurons).
            sources: Rates of the sources, (samples, sources).
            learning_rate: Of Adam.
        """
        code = _unit(spikes.mean(0))
        # Not clamped: a prediction beyond 0 or 1 still has to come back.
        error = sources - code @ self.weight.t()
        self.error.copy_(error.square().mean())
        self._optimiser.ascend([error.t() @ code / len(code)], learning_rate)

    def tensors(self) -> dict[str, Tensor]:
        """All that goes on with training needs, by name."""
        return {**self._optimiser.tensors(), "error": self.error}


def rates_below(run: LayerRun) -> Tensor:
    """Spikes per step of what lies below a layer, labels left out, (presentations, sources)."""
    incoming = run.incoming[0] if isinstance(run.incoming, tuple) else run.incoming
    if isinstance(incoming, Tensor):
        return incoming.mean(0)
    if isinstance(incoming, SpikeEvents):
        return incoming.dense().mean(0)
    shown = incoming.data if isinstance(incoming, Presented) else incoming.events
    rates = shown.dense().mean(0)
    return rates.repeat(run.spikes.shape[1] // len(rates), 1)


def _unit(rates: Tensor) -> Tensor:
    return torch.nn.functional.normalize(rates, dim=1)
