"""The generative side: top-down weights that learn to predict the spikes of the layer below.

Each layer, and the label above the last one, predicts how active every channel below it is::

    p_i = sigmoid(sum_j W_ij a_j + b_i)        dW_ij = (a_i - p_i) a_j

a is a channel's activity in a sample: the share of its steps from the channel's first spike on, so
that early spikes count most and silence is 0. Both factors of the delta rule are known at the
synapse. Predictions reach no layer, so that they borrow the representation and never shape it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from spikeff.learning.optim import LocalAdam
from spikeff.nn.spike_events import SpikeEvents


def activity(spikes: Tensor) -> Tensor:
    """Activity of each channel (samples, channels) from spikes (steps, samples, channels)."""
    return spikes.cummax(0).values.mean(0)


def activity_of(events: SpikeEvents) -> Tensor:
    """Activity of each input channel, (samples, channels)."""
    share = np.maximum.accumulate(events.spikes != 0).mean(0)
    return torch.from_numpy(share).to(events.device, torch.get_default_dtype())


def generative_shapes(pixels: int, layers: Sequence[int], classes: int) -> list[tuple[int, int]]:
    """Shapes (below, above + 1) of the weights, lowest first; the last column is the bias."""
    ladder = [pixels, *layers, classes]
    return [(below, above + 1) for below, above in pairwise(ladder)]


class GenerativeSide:
    """Top-down weights from each layer to what lies below it, the label's on top.

    Args:
        shapes: Those of :func:`generative_shapes`.
        learning_rate: Of the delta rule's Adam.
        device: Where the weights lie.
        sharpness: Factor on the drive of the input where samples are drawn: a larger one draws
            pixels that are uncertain brighter or darker, so that samples are as crisp as data.

    Attributes:
        weights: One (below, above + 1) for each layer, then that of the labels.
        optimisers: One for each of them.
    """

    def __init__(
        self,
        shapes: Sequence[tuple[int, int]],
        learning_rate: float,
        device: torch.device,
        sharpness: float = 1.0,
    ) -> None:
        self.learning_rate, self.sharpness = learning_rate, sharpness
        self.weights = [torch.zeros(shape, device=device) for shape in shapes]
        self.optimisers = [LocalAdam([(weight, 1.0)]) for weight in self.weights]
        self.classes = shapes[-1][1] - 1

    def predicted(self, depth: int, above: Tensor, sharpness: float = 1.0) -> Tensor:
        """Activity below the layer at ``depth``, from that of the layer (samples, neurons)."""
        weight = self.weights[depth]
        return torch.sigmoid(sharpness * (above @ weight[:, :-1].t() + weight[:, -1]))

    def learn(self, activities: Sequence[Tensor], labels: Tensor) -> None:
        """One step of the delta rule for all weights.

        Args:
            activities: Of the input and of each layer, lowest first, (samples, channels) each.
            labels: Of the samples.
        """
        ladder = [*activities, self.clamped(labels)]
        for depth, (below, above) in enumerate(pairwise(ladder)):
            error = (below - self.predicted(depth, above)) / len(labels)
            change = torch.cat([error.t() @ above, error.sum(0)[:, None]], 1)
            self.optimisers[depth].ascend([change], self.learning_rate)

    def clamped(self, labels: Tensor) -> Tensor:
        """Activity of the label on top, one of the classes, (samples, classes)."""
        chosen = torch.nn.functional.one_hot(labels, self.classes)
        return chosen.to(self.weights[-1].dtype)

    def downward(self, depth: int, above: Tensor) -> Tensor:
        """Activity of the input, predicted step by step from that of the layer at ``depth``."""
        for below in range(depth, 0, -1):
            above = self.predicted(below, above)
        return self.predicted(0, above, self.sharpness)

    def imagined(self, labels: Tensor, generator: torch.Generator) -> Tensor:
        """Activity of the input under clamped labels, the last layer's neurons drawn one by one."""
        top = len(self.weights) - 1
        expected = self.predicted(top, self.clamped(labels))
        uniform = torch.rand(expected.shape, generator=generator).to(expected)
        return self.downward(top - 1, (uniform < expected).to(expected))

    def silent(self, samples: int) -> Tensor:
        """Activity of the input that silence in the layer above predicts, (samples, channels)."""
        return torch.sigmoid(self.weights[0][:, -1]).repeat(samples, 1)

    def named(self) -> dict[str, Tensor]:
        """The weights, by the names of a checkpoint; views, so that they can be set."""
        return {f"{name_of(depth)}.0.weight": w for depth, w in enumerate(self.weights)}


def name_of(depth: int) -> str:
    """What a checkpoint calls the weights below the layer at ``depth``."""
    return f"generative{depth}"
