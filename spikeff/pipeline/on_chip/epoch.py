"""One pass over the training samples: positives and negatives streamed to emulated chips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.encoders import encode
from spikeff.ir.arrays import Array

if TYPE_CHECKING:
    from hw_targets.learning.forward_forward import ChipLearner

CHUNK = 256  # samples whose spikes are made at once


@dataclass
class Sums:
    """Over the samples of an epoch and all devices.

    Attributes:
        positive: Coincidences of positives.
        negative: Coincidences of negatives.
    """

    positive: float = 0.0
    negative: float = 0.0


def learn_epoch(
    learner: ChipLearner,
    samples: Split,
    rng: np.random.Generator,
    candidates: int,
    on_samples: Callable[[int], None] = lambda count: None,
    beliefs: Array | None = None,
    ages: tuple[float, float] = (1.0, 1.0),
    least: float = 0.0,
    dropout: float = 0.0,
) -> Sums:
    """Learn every sample once, in an order of ``rng``.

    The wrong label is the chip's own: of ``candidates`` drawn ones that with the most goodness.

    Args:
        on_samples: Called with numbers of samples that are done.
        beliefs: How sure a teacher is of each label, (samples, classes), in place of the labels.
        dropout: Share of the channels that are silenced at random for all passes of a sample.
        least: Presentations are learned only where their modulation would be this share of the
            largest or more, which takes a pass without learning to know.
        ages: Shares of their drift that devices have gone through at the beginning and at the end.
    """
    network, sums = learner.network, Sums()
    assert network.labels is not None
    order = rng.permutation(len(samples))
    for low in range(0, len(order), CHUNK):
        learner.age(ages[0] + (ages[1] - ages[0]) * low / len(order))
        chosen = order[low : low + CHUNK]
        images = samples.images[chosen]
        spikes = encode(network.input.encoder, images, network.steps, network.input.threshold)
        for k, sample in enumerate(chosen):
            pixels = spikes[:, k]
            if dropout:
                pixels = pixels & (rng.random(pixels.shape[1]) >= dropout)
            belief = None if beliefs is None else beliefs[sample]
            label = samples.labels[sample] if belief is None else belief.argmax()
            right = np.full(len(learner.devices), int(label))
            wrong = own_wrong(learner, pixels, right, candidates, rng)
            sure, unsure = (None, None) if belief is None else (belief[right], 1 - belief[wrong])
            sums.positive += _learn(learner, pixels, right, True, sure, least)
            sums.negative += _learn(learner, pixels, wrong, False, unsure, least)
            learner.work.samples += 1
        on_samples(len(chosen))
    return sums


def _learn(
    learner: ChipLearner,
    pixels: Array,
    labels: Array,
    positive: bool,
    weights: Array | None,
    least: float,
) -> float:
    """Learn a presentation, if it is worth it; coincidences of all devices."""
    if least:
        together = learner.answer(pixels, labels)
        modulation = learner.program.modulation(together, positive)
        if np.abs(modulation).max() < least * learner.program.largest:
            return float(together.sum())
    return float(learner.learn(pixels, labels, positive, weights).sum())


def own_wrong(
    learner: ChipLearner, pixels: Array, right: Array, candidates: int, rng: np.random.Generator
) -> Array:
    """For every device the wrong label, of some drawn ones, that it finds best.

    Args:
        right: Right label of every device.
        candidates: How many are drawn.
    """
    assert learner.network.labels is not None
    others = learner.network.labels.classes - 1
    drawn = 1 + np.tile(np.arange(others), (len(right), 1))
    if candidates < others:
        drawn = rng.permuted(drawn, axis=1)[:, :candidates]
    labels = (right[:, None] + drawn) % (others + 1)
    if labels.shape[1] == 1:
        return np.asarray(labels[:, 0])
    found = learner.answers(pixels, labels)
    return np.asarray(labels[np.arange(len(right)), found.argmax(axis=1)])
