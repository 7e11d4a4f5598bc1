"""Layers and their losses as they are written down, with torch's own graph through them.

Nothing here calls the code that learns: neurons step by step as Norse writes them, goodness from
its definition, losses from docs/learning.md.
"""

import torch
from torch.nn.functional import cross_entropy, softplus

CLASSES = 10


class SpikeWithSurrogate(torch.autograd.Function):
    @staticmethod
    def forward(ctx, distance, slope):
        ctx.save_for_backward(distance)
        ctx.slope = slope
        return (distance > 0).to(distance.dtype)

    @staticmethod
    def backward(ctx, grad):
        (distance,) = ctx.saved_tensors
        return grad / (1 + ctx.slope * distance.abs()) ** 2, None


def run_with_graph(layer, drive):
    """Spikes (steps, samples, neurons) of a layer, its reset detached, no step in place."""
    c = layer.constants
    current = potential = fired = torch.zeros_like(drive[0])
    out = []
    for arriving in drive:
        current = current + arriving
        potential = potential + c.dv * (current - potential)
        current = current - c.du * current
        z = SpikeWithSurrogate.apply(potential - c.v_th, layer.slope)
        potential = potential * (1 - z.detach())
        if c.spike_limit is not None:
            z = z * (fired < c.spike_limit)
            fired = fired + z.detach()
        out.append(z)
    return torch.stack(out)


def column_goodness(spikes, layer):
    """Goodness (samples, columns) times its scale.

    Where n (n - 1) is meant, z (1 - z), which is 0, makes a neuron no mate of itself.
    """
    spec, size = layer.goodness_spec, layer.column_size
    steps, samples, _ = spikes.shape
    z = spikes.reshape(steps, samples, -1, size)
    n, mates = z.sum(3), size - 1
    apart = (torch.arange(steps)[:, None] - torch.arange(steps)).abs()
    near = torch.where(apart == 0, 1.0, float(spec.beta) ** apart.double())
    if spec.name == "rate":
        total = (z.sum(0) ** 2).sum(2)
    elif spec.name == "synchrony":
        total = torch.einsum("tsc,tu,usc->sc", n, near, n) - n.sum(0) ** 2 * near.mean()
    elif spec.name == "excess":
        own = torch.einsum("tscm,tu,uscm->sc", z, near, z)
        by_chance = (n.sum(0) ** 2 - (z.sum(0) ** 2).sum(2)) * near.mean()
        total = torch.einsum("tsc,tu,usc->sc", n, near, n) - own - by_chance
    else:
        lags = near if spec.name == "windowed_pairs" else torch.eye(steps).double()
        total = torch.einsum("tsc,tu,usc->sc", n, lags, n) - n.sum(0) + (z - z * z).sum((0, 3))
    return spec.scale * total / mates


def homeostatic_loss(spikes, layer):
    excess = (spikes.mean((0, 1)) - layer.target_firing).clamp(min=0.0)
    return layer.homeostasis / 2 * (excess**2).mean()


def contrast_loss(name, own, goodness, awake=True, asleep=True):
    """Mean over samples of the loss of goodness (rows, samples); ``own``: theta, temperature."""
    positive, negative = goodness[:1] if awake else None, goodness[awake:] if asleep else None
    if name == "threshold":
        loss = torch.zeros(())
        if awake:
            loss = loss + softplus(own.theta - positive).mean()
        if asleep:
            loss = loss + softplus(negative - own.theta).mean()
        return loss
    if name == "pair":
        return softplus(negative - positive).mean()
    right = torch.zeros(goodness.shape[1], dtype=torch.int64)
    return cross_entropy(goodness.t() / own.temperature, right)


class Negated:
    """Numbers of an objective for constraints: their goodness and threshold are negated."""

    def __init__(self, own):
        self.theta = -getattr(own, "theta", 0.0)
        self.temperature = getattr(own, "temperature", 1.0)


def class_loss(layers, spikes, objective, labels):
    """Cross-entropy of the true class among the classes' columns, of layers judged together."""
    tables = [column_goodness(z, layer) for layer, z in zip(layers, spikes, strict=True)]
    by_class = sum(table.reshape(len(labels), CLASSES, -1).mean(2) for table in tables)
    return cross_entropy(by_class / objective.temperature, labels)


def layer_loss(layer, spikes, objective, labels, rows, awake=True, asleep=True):
    """The written-down loss of one layer over its presentations, row after row."""
    if objective.kind == "class_columns":
        return homeostatic_loss(spikes, layer) + class_loss([layer], [spikes], objective, labels)
    columns = column_goodness(spikes, layer)
    loss = homeostatic_loss(spikes, layer)
    features = columns.shape[1] - layer.constraint_columns
    for part, sign, own in (
        (columns[:, :features], 1, objective),
        (columns[:, features:], -1, Negated(objective)),
    ):
        if part.shape[1]:
            goodness = sign * part.mean(1).reshape(rows, -1)
            loss = loss + contrast_loss(objective.kind, own, goodness, awake, asleep)
    return loss
