"""What the networks of snnTorch share: their spikes, and weights on a grid."""

from __future__ import annotations

import torch
from snntorch import surrogate
from torch.nn.utils import parametrize


def fires(potential):
    """Spikes with the type of the potential: snnTorch's are float32 whatever they are made of."""
    return surrogate.atan(alpha=2.0)(potential).to(potential.dtype)


class OnGrid(torch.nn.Module):
    """Weights as k / ``steps``, |k| < 128; their gradient passes as if they were free."""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def forward(self, weight):
        whole = (weight * self.steps).clamp(-127, 127).round() / self.steps
        return weight + (whole - weight).detach()


def put_on_grid(layers, steps):
    """Weights and biases of ``layers``, while they are trained."""
    for layer in layers:
        for name in ("weight", "bias"):
            parametrize.register_parametrization(layer, name, OnGrid(steps))


def leave_grid(layers):
    """Keep what is on the grid as plain weights."""
    for layer in layers:
        for name in ("weight", "bias"):
            parametrize.remove_parametrizations(layer, name)
