"""The comparison that a reader asks for: an ANN of the same size on the same data.

A fully connected ReLU network trained by backpropagation (Adam, cross entropy), read in float32 and
after quantisation to int8: weights symmetric per layer, activations unsigned per layer with the
range seen on training data, sums in exact integers.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from spikeff.data.dataset import Split
from spikeff.ir.arrays import Array

EPOCHS, BATCH, LEARNING_RATE = 10, 64, 1e-3
CALIBRATION_SAMPLES = 1000
WEIGHT_MAX, ACTIVATION_MAX = 127, 255


@dataclass(frozen=True)
class AnnResult:
    """Accuracy and work of a trained ANN.

    Attributes:
        effective_macs: Operations with both factors non-zero, per sample; mean over samples.
    """

    precision: str
    accuracy: float
    effective_macs: float


@dataclass(frozen=True, eq=False)
class AnnBaseline:
    """An ANN to compare with.

    Attributes:
        sizes: Neurons per layer, the input first.
    """

    sizes: tuple[int, ...]
    epochs: int
    float32: AnnResult
    int8: AnnResult


def train_ann(
    train: Split, hidden: tuple[int, ...], seed: int, on_epoch: Callable[[int], None]
) -> list[nn.Linear]:
    """Train on ``train``; the same ``seed`` gives the same weights on the same machine."""
    generator = torch.Generator().manual_seed(seed)
    sizes = (train.images.shape[1], *hidden, train.classes)
    layers = [_layer(a, b, generator) for a, b in itertools.pairwise(sizes)]
    optimiser = torch.optim.Adam([p for layer in layers for p in layer.parameters()], LEARNING_RATE)
    for epoch in range(EPOCHS):
        for rows in torch.randperm(len(train), generator=generator).split(BATCH):
            batch = train.read(rows.numpy())
            logits = _logits(layers, intensities(batch))
            loss = nn.functional.cross_entropy(logits, torch.from_numpy(batch.labels))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        on_epoch(epoch + 1)
    return layers


@torch.no_grad()
def ann_baseline(layers: list[nn.Linear], train: Split, test: Split) -> AnnBaseline:
    """Accuracy and operations of a trained ANN on ``test``."""
    images = intensities(test)
    activations = _activations(layers, images)
    right = activations[-1].argmax(1).numpy() == test.labels
    weights = [layer.weight.numpy() for layer in layers]
    macs = effective_macs([a.numpy() for a in activations[:-1]], weights)
    few = train.read(slice(CALIBRATION_SAMPLES))
    ranges = [float(a.max()) for a in _activations(layers, intensities(few))]
    return AnnBaseline(
        (images.shape[1], *(layer.out_features for layer in layers)),
        EPOCHS,
        AnnResult("float32", float(right.mean()), macs),
        _quantised(layers, images.numpy(), test.labels, ranges),
    )


@torch.no_grad()
def answer_one_by_one(layers: list[nn.Linear], split: Split) -> Array:
    """Answers (samples,) in float32, one sample at a time: what is timed."""
    return np.array([int(_logits(layers, image[None]).argmax()) for image in intensities(split)])


def intensities(split: Split) -> Tensor:
    """Images as float32 in [0, 1], (samples, values)."""
    return torch.from_numpy(split.whole().astype(np.float32) / np.float32(255))


def effective_macs(activations: list[Array], weights: list[Array]) -> float:
    """Mean number per sample of products whose activation and weight are not zero."""
    used = [
        ((a != 0) @ (w != 0).sum(axis=0)).mean() for a, w in zip(activations, weights, strict=True)
    ]
    return float(sum(used))


def _quantised(
    layers: list[nn.Linear], images: Array, labels: Array, ranges: list[float]
) -> AnnResult:
    activation, inputs, weights = images, [], []
    for layer, top in zip(layers, ranges, strict=False):
        step = top / ACTIVATION_MAX
        codes = np.clip(np.rint(activation / step), 0, ACTIVATION_MAX).astype(np.int32)
        grain = float(layer.weight.abs().max()) / WEIGHT_MAX
        integers = np.rint(layer.weight.numpy() / grain).astype(np.int32)
        sums = codes.astype(np.float64) @ integers.T.astype(np.float64)  # exact below 2^53
        activation = sums * (step * grain) + layer.bias.numpy()
        inputs.append(codes)
        weights.append(integers)
        if layer is not layers[-1]:
            activation = np.maximum(activation, 0.0)
    right = activation.argmax(axis=1) == labels
    return AnnResult("int8", float(right.mean()), effective_macs(inputs, weights))


def _layer(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    layer = nn.Linear(inputs, outputs)
    bound = (6 / inputs) ** 0.5  # He et al. 2015, uniform
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.zero_()
    return layer


def _activations(layers: list[nn.Linear], images: Tensor) -> list[Tensor]:
    """The input and the output of every layer; the last are logits."""
    activations = [images]
    for layer in layers:
        output = layer(activations[-1])
        activations.append(output if layer is layers[-1] else torch.relu(output))
    return activations


def _logits(layers: list[nn.Linear], images: Tensor) -> Tensor:
    return _activations(layers, images)[-1]
