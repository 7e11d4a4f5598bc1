"""Local objectives of a layer: from goodness to the modulation that every neuron hears.

The modulation is the third factor of the local rule: minus the derivative of the layer's loss by
its goodness. Contrasts compare presentations of one sample, the positive first, ``goodness`` of
shape (1 + negatives, samples); while the phases are apart only ``threshold`` works, on
positives or negatives alone:

``threshold``  softplus(theta - G_pos) + mean softplus(G_neg - theta) (Hinton 2022, section 2).
``pair``       mean softplus(G_neg - G_pos): positive and negative presentations compared.
``softmax``    cross-entropy of the positive among all presentations, goodness as the logits.

``readout``    cross-entropy of the linear softmax on spike counts; no layer has an objective of its
own, so only backpropagation can use it.
``class_columns`` is softmax cross-entropy over the goodness of each class's own columns.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from spikeff.errors import UnknownNameError
from spikeff.ir.codes import CLASS_COLUMNS
from spikeff.learning.phase import Phase

Contrast = Callable[[Tensor, float, float, Phase], Tensor]


def threshold(goodness: Tensor, theta: float, temperature: float, phase: Phase) -> Tensor:
    """Modulation of every presentation; ``temperature`` plays no part."""
    positives = 0 if phase is Phase.ASLEEP else 1
    push = -torch.sigmoid(goodness - theta) / max(1, len(goodness) - positives)
    push[:positives] = torch.sigmoid(theta - goodness[:positives])
    return push


def pair(goodness: Tensor, theta: float, temperature: float, phase: Phase) -> Tensor:
    """Modulation of every presentation; ``theta`` and ``temperature`` play no part."""
    push = -torch.sigmoid(goodness - goodness[:1]) / max(1, len(goodness) - 1)
    push[0] = -push[1:].sum(0)
    return push


def softmax(goodness: Tensor, theta: float, temperature: float, phase: Phase) -> Tensor:
    """Modulation of every presentation; ``theta`` plays no part."""
    push = -torch.softmax(goodness / temperature, 0)
    push[0] += 1.0
    return push / temperature


CONTRASTS: dict[str, Contrast] = {"threshold": threshold, "pair": pair, "softmax": softmax}
READOUT = "readout"
OBJECTIVES = (*CONTRASTS, CLASS_COLUMNS, READOUT)


def get_contrast(name: str) -> Contrast:
    """Look a contrastive objective up by name; raises UnknownNameError."""
    if name not in CONTRASTS:
        raise UnknownNameError("objective", name, OBJECTIVES)
    return CONTRASTS[name]


def class_columns(goodness: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """Modulation of every class's columns; goodness and result are (samples, classes)."""
    wanted = torch.nn.functional.one_hot(labels, goodness.shape[1]).to(goodness.dtype)
    return (wanted - torch.softmax(goodness / temperature, 1)) / temperature
