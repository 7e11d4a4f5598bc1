"""Predictive forward-forward: a generative circuit learns beside the layers, in the same step.

Source: Ororbia and Mali, "The predictive forward-forward algorithm", 2023 (arXiv 2301.01452). The
representation circuit learns by the goodness of each layer, here by the three factors; the
generative circuit predicts from each layer's spikes what lies below it, by its own delta rule, and
shapes nothing. Lateral competition and feedback are connections of the configuration; the paper's
noise within layers is left out, and so are the latent variables above the last layer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field
from torch import Tensor

from spikeff.learning.generative_circuit import GenerativeCircuit, rates_below
from spikeff.learning.rules.rule import Judge, Learned, register_rule
from spikeff.learning.rules.three_factor import ThreeFactor
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.presented import LayerRun


@dataclass(frozen=True)
class PredictiveFF(ThreeFactor):
    """As the three-factor rule, with a generative circuit for each layer.

    Attributes:
        generative_rate: Learning rate of the generative circuit; it does not follow the schedule.
        circuits: Lowest layer first.
    """

    generative_rate: Annotated[float, Field(gt=0.0)] = 2e-3
    circuits: list[GenerativeCircuit] = field(default_factory=list, init=False)

    def start(self, network: FFNetwork) -> None:
        """Circuits that predict silence."""
        sources = network.pixels
        for depth, layer in enumerate(network.stack):
            like = network.weight_parts(depth)[0]
            self.circuits.append(GenerativeCircuit(sources, layer.neurons, like))
            sources = layer.neurons

    def learn(self, runs: Iterator[LayerRun], judge: Judge, share: float) -> Iterator[Learned]:
        """See :meth:`spikeff.learning.rules.rule.Rule.learn`."""
        for learned in super().learn(runs, judge, share):
            run = learned.run
            circuit = self.circuits[run.depth]
            circuit.learn(run.spikes, rates_below(run), self.generative_rate)
            yield learned

    def imagined(self, spikes: Tensor, depth: int) -> Tensor:
        """Rates of the data channels that a layer's spikes stand for, (samples, channels).

        Each circuit hears what the one above predicts.

        Args:
            spikes: Of the layer, (steps, samples, neurons).
            depth: Of the layer, from 0.
        """
        for circuit in reversed(self.circuits[: depth + 1]):
            spikes = circuit.predicted(spikes)[None]
        return spikes[0]

    def state(self) -> dict[str, Tensor]:
        """Weights, moments and error of every circuit."""
        return {
            f"generative{depth}.{name}": tensor
            for depth, circuit in enumerate(self.circuits)
            for name, tensor in circuit.tensors().items()
        }


register_rule("predictive_ff", PredictiveFF)
