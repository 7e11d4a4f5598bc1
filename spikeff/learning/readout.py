"""One-pass readout: a linear softmax on the spike counts of all layers (Hinton 2022, section 3.3).

It learns by its own delta rule and sends no error back into the layers; its probabilities of wrong
labels determine the hard negatives.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spikeff.learning.optim import LocalAdam


def spike_counts(spikes: list[Tensor]) -> Tensor:
    """Counts (samples, neurons of all layers) from spikes (steps, samples, neurons) per layer."""
    return torch.cat([z.sum(0) for z in spikes], dim=1)


class SoftmaxReadout:
    """Weights (classes, neurons + 1); the last column is the bias."""

    def __init__(self, neurons: int, classes: int, device: torch.device) -> None:
        self.classes = classes
        self.weight = torch.zeros(classes, neurons + 1, device=device)
        self.optimiser = LocalAdam([(self.weight, 1.0)])

    def logits(self, counts: Tensor) -> Tensor:
        """What the softmax is taken of, (samples, classes)."""
        return counts @ self.weight[:, :-1].t() + self.weight[:, -1]

    def probabilities(self, counts: Tensor) -> Tensor:
        """Softmax over classes, (samples, classes)."""
        return torch.softmax(self.logits(counts), dim=1)

    def learn(self, counts: Tensor, labels: Tensor, learning_rate: float) -> Tensor:
        """One delta-rule step towards ``labels`` (samples,); the probabilities before it."""
        before = self.probabilities(counts)
        target = torch.nn.functional.one_hot(labels, self.classes).to(before.dtype)
        error = (target - before) / len(labels)
        change = torch.cat([error.t() @ counts, error.sum(0)[:, None]], dim=1)
        self.optimiser.ascend([change], learning_rate)
        return before


@dataclass(frozen=True)
class ReadoutLearner:
    """A readout with its learning rate in this batch."""

    readout: SoftmaxReadout
    learning_rate: float

    def probabilities(self, counts: Tensor) -> Tensor:
        """Softmax over classes, (samples, classes)."""
        return self.readout.probabilities(counts)

    def learn(self, counts: Tensor, labels: Tensor) -> tuple[Tensor, int]:
        """One step towards ``labels``.

        Returns:
            The probabilities before it (samples, classes), and the number of right guesses.
        """
        guesses = self.readout.learn(counts, labels, self.learning_rate)
        return guesses, int((guesses.argmax(1) == labels).sum())
