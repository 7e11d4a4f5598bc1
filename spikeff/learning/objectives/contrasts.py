"""Contrasts: presentations of one sample that belong together against those that do not.

With goodness G of shape (1 + negatives, samples), the positive first:

``threshold``  softplus(theta - G_pos) + mean softplus(G_neg - theta) (Hinton 2022, section 2);
               the only one that can judge positives or negatives alone.
``pair``       mean softplus(G_neg - G_pos): positive and negative presentations compared.
``softmax``    cross-entropy of the positive among all presentations, goodness as the logits.

Features and constraints of a layer are judged separately: constraints with negated goodness and
threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from spikeff.learning.objectives.objective import Judgement, Shown, register_objective
from spikeff.learning.phase import Phase
from spikeff.nn.population import SpikingPopulation
from spikeff.nn.presented import LayerRun


class Contrast:
    """What the contrasts share; each defines :meth:`push`."""

    reading: ClassVar[str | None] = None
    contrast: ClassVar[bool] = True
    phases_apart: ClassVar[bool] = False
    of_layers: ClassVar[bool] = True

    def push(self, goodness: Tensor, sign: float, phase: Phase) -> Tensor:
        """Error signal: minus the derivative of each sample's loss by ``goodness``.

        Args:
            goodness: (rows, samples), of features, or the negated one of constraints.
            sign: 1 for features, -1 for constraints.
            phase: Which rows there are.

        Returns:
            Of the shape of ``goodness``.
        """
        raise NotImplementedError

    def judge(self, runs: Sequence[LayerRun], shown: Shown) -> list[Judgement]:
        """Judge every layer on its own."""
        return [self._judged(run.layer, run.spikes, shown) for run in runs]

    def _judged(self, layer: SpikingPopulation, spikes: Tensor, shown: Shown) -> Judgement:
        columns = layer.column_goodness(spikes)
        modulation = torch.empty_like(columns)
        total = torch.zeros(shown.rows, len(columns) // shown.rows, device=columns.device)
        for group, sign in layer.polarities():
            goodness = sign * columns[:, group].mean(1).reshape(total.shape)
            signal = self.push(goodness, sign, shown.phase)
            width = columns[:, group].shape[1]
            modulation[:, group] = (sign / (shown.batch * width)) * signal.reshape(-1, 1)
            total += goodness
        asleep, awake = shown.phase is Phase.ASLEEP, shown.phase is Phase.AWAKE
        return Judgement(
            modulation,
            positive=None if asleep else total[0].mean().item(),
            negative=None if awake else total[0 if asleep else 1 :].mean().item(),
        )


@dataclass(frozen=True)
class Threshold(Contrast):
    """Positives above a threshold, negatives below it.

    Attributes:
        theta: The threshold of goodness.
    """

    theta: Annotated[float, Field(gt=0.0)] = 3.0
    phases_apart: ClassVar[bool] = True

    def push(self, goodness: Tensor, sign: float, phase: Phase) -> Tensor:
        """See :meth:`Contrast.push`."""
        theta = sign * self.theta
        positives = 0 if phase is Phase.ASLEEP else 1
        signal = -torch.sigmoid(goodness - theta) / max(1, len(goodness) - positives)
        signal[:positives] = torch.sigmoid(theta - goodness[:positives])
        return signal


@dataclass(frozen=True)
class Pair(Contrast):
    """Positives above negatives."""

    def push(self, goodness: Tensor, sign: float, phase: Phase) -> Tensor:
        """See :meth:`Contrast.push`."""
        signal = -torch.sigmoid(goodness - goodness[:1]) / max(1, len(goodness) - 1)
        # The loss depends on differences only, so the error signals of a sample sum to zero.
        signal[0] = -signal[1:].sum(0)
        return signal


@dataclass(frozen=True)
class Softmax(Contrast):
    """Cross-entropy of the positive among all presentations.

    Attributes:
        temperature: Divides the goodness; a higher one makes the softmax softer.
    """

    temperature: Annotated[float, Field(gt=0.0)] = 1.0

    def push(self, goodness: Tensor, sign: float, phase: Phase) -> Tensor:
        """See :meth:`Contrast.push`."""
        signal = -torch.softmax(goodness / self.temperature, 0)
        signal[0] += 1.0
        return signal / self.temperature


register_objective("threshold", Threshold)
register_objective("pair", Pair)
register_objective("softmax", Softmax)
