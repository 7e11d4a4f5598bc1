"""Wrong labels beside the same image.

``random``  every wrong label is equally likely.
``hard``    drawn by the probabilities of the readout (Hinton 2022, section 3.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from spikeff.ir.codes import ALL_LABELS
from spikeff.learning.batch import Batch
from spikeff.learning.microbatch import over_pieces
from spikeff.learning.negatives.source import Drawn, register_negatives
from spikeff.learning.phase import Phase
from spikeff.learning.readout import ReadoutLearner
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.presented import Presented
from spikeff.nn.spike_events import SpikeEvents

RANDOM, HARD = "random", "hard"
FLOOR = 1e-6  # keeps every wrong label possible


@dataclass(frozen=True)
class RandomLabels:
    """Different wrong labels beside the right one, all equally likely.

    The linear readout learns from a separate neutral pass, with silent label channels.

    Attributes:
        per_sample: Wrong labels of each sample.
    """

    per_sample: Annotated[int, Field(ge=1)] = 1
    reading: ClassVar[str] = ALL_LABELS
    labels_in_input: ClassVar[bool] = True
    of_images: ClassVar[bool] = False

    def draw(
        self,
        network: FFNetwork,
        readout: ReadoutLearner,
        batch: Batch,
        generator: torch.Generator,
    ) -> Drawn:
        """See :meth:`spikeff.learning.negatives.source.NegativeSource.draw`."""
        data, labels = batch.encode(batch.images), batch.labels
        counts, hits = neutral_counts(network, data), 0
        if batch.phase is Phase.ASLEEP:
            guesses = readout.probabilities(counts)
        else:
            guesses, hits = readout.learn(counts, labels)
        if batch.phase is Phase.AWAKE:
            return Drawn(Presented(data, labels[None], 1), hits)
        wrong = self.wrong_labels(guesses, labels, generator)
        shown = wrong if batch.phase is Phase.ASLEEP else torch.cat([labels[None], wrong])
        return Drawn(Presented(data, shown, len(shown)), hits)

    def wrong_labels(self, guesses: Tensor, labels: Tensor, generator: torch.Generator) -> Tensor:
        """Labels (per_sample, samples), none of them right and no duplicates in a sample.

        Args:
            guesses: The readout's probabilities (samples, classes).
            labels: The right ones (samples,).
            generator: Of the draw.
        """
        return draw_wrong(self.weights(guesses), labels, self.per_sample, generator)

    def weights(self, guesses: Tensor) -> Tensor:
        """Relative probability of each label, (samples, classes)."""
        return torch.ones_like(guesses)


@dataclass(frozen=True)
class HardLabels(RandomLabels):
    """Wrong labels drawn by the readout's probabilities."""

    def weights(self, guesses: Tensor) -> Tensor:
        """Relative probability of each label, (samples, classes)."""
        return guesses + FLOOR


def neutral_counts(network: FFNetwork, data: SpikeEvents) -> Tensor:
    """Spike counts (samples, neurons of all layers) of a neutral pass."""
    counted = over_pieces(
        lambda some: network.counts(network.responses(data.part(some))(None)),
        data.samples,
        data.steps,
        data.device,
        alone=bool(network.between),
    )
    return torch.cat([counts for counts, _ in counted])


def draw_wrong(weights: Tensor, labels: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Weighted draw without replacement (Efraimidis and Spirakis 2006): largest log(u) / w.

    The uniform numbers are drawn on the CPU, so that a seed gives one sequence on every device.

    Args:
        weights: (samples, classes).
        labels: Right labels (samples,), never drawn.
        count: Labels to draw for each sample.
        generator: On the CPU.

    Returns:
        Labels (count, samples).
    """
    uniform = torch.rand(weights.shape, generator=generator).to(weights.device)
    keys = uniform.clamp_(min=1e-12).log_() / weights
    keys.scatter_(1, labels[:, None], -torch.inf)
    return keys.topk(count, dim=1).indices.t()


register_negatives(RANDOM, RandomLabels)
register_negatives(HARD, HardLabels)
