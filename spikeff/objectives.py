"""Local objectives of a layer: from goodness to the modulation that every neuron hears.

The modulation is the third factor of the local rule: minus the derivative of the layer's loss by
its goodness, one number per sample (or per sample and column).

``threshold``      softplus(theta - G_pos) + softplus(G_neg - theta) (Hinton 2022, section 2).
``pair``           softplus(G_neg - G_pos): positive and negative presentations compared.
``class_columns``  softmax cross-entropy over the goodness of each class's own columns.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from spikeff.errors import UnknownNameError


def threshold(positive: Tensor, negative: Tensor, theta: float) -> tuple[Tensor, Tensor]:
    """Modulations (samples,) of the positive and the negative presentation."""
    return torch.sigmoid(theta - positive), -torch.sigmoid(negative - theta)


def pair(positive: Tensor, negative: Tensor, theta: float) -> tuple[Tensor, Tensor]:
    """Modulations (samples,) of the two presentations; ``theta`` plays no part."""
    push = torch.sigmoid(negative - positive)
    return push, -push


CONTRASTS: dict[str, Callable[[Tensor, Tensor, float], tuple[Tensor, Tensor]]] = {
    "threshold": threshold,
    "pair": pair,
}


def get_contrast(name: str) -> Callable[[Tensor, Tensor, float], tuple[Tensor, Tensor]]:
    """Look a contrastive objective up by name; raises UnknownNameError."""
    if name not in CONTRASTS:
        raise UnknownNameError("loss", name, CONTRASTS)
    return CONTRASTS[name]


def class_columns(goodness: Tensor, labels: Tensor, temperature: float) -> Tensor:
    """Modulation (samples, classes) from the goodness of each class's columns."""
    wanted = torch.nn.functional.one_hot(labels, goodness.shape[1]).to(goodness.dtype)
    return (wanted - torch.softmax(goodness / temperature, 1)) / temperature
