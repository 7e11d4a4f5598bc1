"""Statistics of one batch of learning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor

from spikeff.ir.goodness import coincident_pairs
from spikeff.learning.objectives.objective import Judgement
from spikeff.nn.coincidence import pairs_by_chance
from spikeff.nn.population import SpikingPopulation


@dataclass
class BatchRecord:
    """Statistics of one batch; all lists have one number per layer.

    Attributes:
        hits: Right guesses of the readout.
        positive: Mean goodness of positives; empty where the phase shows none.
        negative: Mean goodness of negatives; empty where the phase shows none.
        firing: Spikes per neuron and step on positives.
        together: Coincident pairs on positives.
        by_chance: Coincident pairs that the spike counts alone explain.
    """

    hits: int = 0
    positive: list[float] = field(default_factory=list)
    negative: list[float] = field(default_factory=list)
    firing: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)
    by_chance: list[float] = field(default_factory=list)

    def add_layer(self, layer: SpikingPopulation, positives: Tensor, judgement: Judgement) -> None:
        """Record one layer: its spikes (steps, samples, neurons) on positives, and its goodness."""
        if judgement.negative is not None:
            self.negative.append(judgement.negative)
        if judgement.positive is not None:
            self.positive.append(judgement.positive)
            self._add_activity(layer, positives)

    def _add_activity(self, layer: SpikingPopulation, spikes: Tensor) -> None:
        self.firing.append(spikes.mean().item())
        self.together.append(coincident_pairs(spikes, layer.column_size).sum().item())
        self.by_chance.append(pairs_by_chance(spikes, layer.column_size).sum().item())

    @classmethod
    def merged(cls, parts: list[tuple[BatchRecord, float]], hits: int) -> BatchRecord:
        """The record of a batch from those of its pieces, each with its share of the samples.

        Args:
            parts: Records of the pieces, with their shares.
            hits: Right guesses in the whole batch.
        """

        def means(name: str) -> list[float]:
            return [sum(values) for values in zip(*_scaled(parts, name), strict=True)]

        def totals(name: str) -> list[float]:
            return [sum(v) for v in zip(*(getattr(r, name) for r, _ in parts), strict=True)]

        return cls(
            hits=hits,
            positive=means("positive"),
            negative=means("negative"),
            firing=means("firing"),
            together=totals("together"),
            by_chance=totals("by_chance"),
        )

    @classmethod
    def of_layers(cls, layers: Sequence[BatchRecord]) -> BatchRecord:
        """The record of a batch from one of each layer, the readout's hits in the last."""
        lists = {
            name: [value for layer in layers for value in getattr(layer, name)]
            for name in ("positive", "negative", "firing", "together", "by_chance")
        }
        return cls(layers[-1].hits, **lists)


def _scaled(parts: list[tuple[BatchRecord, float]], name: str) -> list[list[float]]:
    return [[share * value for value in getattr(record, name)] for record, share in parts]
