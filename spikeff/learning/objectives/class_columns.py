"""Class columns: in each layer the classes compete through the goodness of their own columns.

``class_columns`` is softmax cross-entropy over the mean goodness of each class's own columns: one
pass, no negatives. With phases apart the columns of the true class learn awake, those of the others
asleep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from spikeff.ir.codes import CLASS_COLUMNS
from spikeff.learning.objectives.objective import Judgement, Shown, register_objective
from spikeff.learning.phase import Phase
from spikeff.nn.population import SpikingPopulation
from spikeff.nn.presented import LayerRun


@dataclass(frozen=True)
class ClassColumns:
    """Cross-entropy of the true class among the goodnesses of the classes' columns.

    Attributes:
        temperature: Divides the goodness; a higher one makes the softmax softer.
    """

    temperature: Annotated[float, Field(gt=0.0)] = 1.0
    reading: ClassVar[str | None] = CLASS_COLUMNS
    contrast: ClassVar[bool] = False
    phases_apart: ClassVar[bool] = True
    of_layers: ClassVar[bool] = True

    def judge(self, runs: Sequence[LayerRun], shown: Shown) -> list[Judgement]:
        """Judge the goodness of the layers' columns, summed where several layers are given."""
        tables = [class_means(run.layer, run.spikes, shown.classes) for run in runs]
        total = tables[0] if len(tables) == 1 else torch.stack(tables).sum(0)
        modulation = self.push(total, shown.labels) / shown.batch
        learns = _classes_that_learn(shown)
        if learns is not None:
            modulation = modulation * learns
        return [
            self._judgement(to_columns(modulation, run.layer), table, shown)
            for run, table in zip(runs, tables, strict=True)
        ]

    def push(self, goodness: Tensor, labels: Tensor) -> Tensor:
        """Error signal: minus the derivative of the loss by ``goodness`` (samples, classes)."""
        target = torch.nn.functional.one_hot(labels, goodness.shape[1]).to(goodness.dtype)
        return (target - torch.softmax(goodness / self.temperature, 1)) / self.temperature

    @staticmethod
    def _judgement(modulation: Tensor, table: Tensor, shown: Shown) -> Judgement:
        """The goodness of the true class as positive, the mean of the others as negative."""
        own = table.gather(1, shown.labels[:, None])[:, 0]
        others = (table.sum(1) - own) / (table.shape[1] - 1)
        return Judgement(
            modulation,
            None if shown.phase is Phase.ASLEEP else own.mean().item(),
            None if shown.phase is Phase.AWAKE else others.mean().item(),
        )


def _classes_that_learn(shown: Shown) -> Tensor | None:
    """1 where a class learns in the phase, (samples, classes); None where all do."""
    if shown.phase is Phase.BOTH:
        return None
    own = torch.nn.functional.one_hot(shown.labels, shown.classes)
    return own if shown.phase is Phase.AWAKE else 1 - own


def class_means(layer: SpikingPopulation, spikes: Tensor, classes: int) -> Tensor:
    """Mean goodness of each class's columns, (samples, classes)."""
    columns = layer.column_goodness(spikes)
    return columns.reshape(len(columns), classes, -1).mean(2)


def to_columns(push: Tensor, layer: SpikingPopulation) -> Tensor:
    """Modulation of columns (samples, columns) from that of classes (samples, classes)."""
    share = layer.neurons // layer.column_size // push.shape[1]
    return push.repeat_interleave(share, 1) / share


register_objective(CLASS_COLUMNS, ClassColumns)
