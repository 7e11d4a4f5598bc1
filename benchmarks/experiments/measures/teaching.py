"""Students on emulated chips, of a teacher that learned from labels of which some are wrong."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean, pstdev
from typing import Any

import numpy as np

from benchmarks.experiments.measures import Where
from benchmarks.experiments.measures.network import splits, trained
from benchmarks.experiments.sweep import Case
from hw_targets.learning.device import Device
from hw_targets.learning.forward_forward import ChipLearner
from lava_export.quantize.quantize import quantize
from spikeff.data.dataset import Split
from spikeff.data.encoders import encode
from spikeff.lowering import describe
from spikeff.pipeline.on_chip.distil import soft_labels
from spikeff.pipeline.on_chip.network import plastic_network
from spikeff.pipeline.on_chip.train import learn_one_epoch, learner_of
from spikeff.pipeline.run.run import run_split
from spikeff.training.resolve import wanted_fields, whole_config


def measure(case: Case, seed: int, where: Where) -> dict[str, Any]:
    """Settings: ``wrong``, the share of training labels that are; ``student``, their preset;
    ``epochs``, ``samples`` and ``students``, how long and of what how many learn; ``device``,
    what their devices are like.
    """
    config, wanted = case.config(seed), case.settings
    train, test = splits(case, config, where)
    noisy = with_wrong_labels(train, wanted["wrong"], config.seed)
    teacher = quantize(describe(trained(case, config, noisy).model), 8)
    settings = whole_config(wanted_fields(wanted["student"], None, wanted.get("epochs"), seed))
    given = wanted.get("device", {})
    devices = [Device(k, **given) for k in range(wanted.get("students", 1))]
    shown = train.head(wanted.get("samples"))
    learner = learner_of(plastic_network(settings, shown), settings, devices)
    beliefs = soft_labels(teacher, shown)
    for epoch in range(settings.schedule.epochs):
        learn_one_epoch(learner, settings, shown, epoch, beliefs=beliefs)
    accuracies = accuracies_of(learner, test)
    return {
        "teacher": run_split(teacher, test).accuracy,
        "right": float((beliefs.argmax(axis=1) == shown.labels).mean()),
        "students": accuracies,
        "mean": fmean(accuracies),
        "spread": pstdev(accuracies),
        "least": min(accuracies),
    }


def accuracies_of(learner: ChipLearner, test: Split) -> list[float]:
    """Share of the samples that each device answers rightly with what it has learned."""
    network, devices = learner.network, len(learner.devices)
    spikes = encode(network.input.encoder, test.images, network.steps, network.input.threshold)
    every = np.tile(np.arange(test.classes), (devices, 1))
    found = [learner.answers(spikes[:, k], every).argmax(axis=1) for k in range(len(test))]
    return [float(share) for share in (np.array(found) == test.labels[:, None]).mean(axis=0)]


def with_wrong_labels(samples: Split, share: float, seed: int) -> Split:
    """``samples`` of which this share, drawn by ``seed``, have any of the wrong labels."""
    rng = np.random.default_rng((seed, 1))
    labels = samples.labels.copy()
    chosen = rng.permutation(len(labels))[: round(share * len(labels))]
    labels[chosen] += rng.integers(1, samples.classes, len(chosen))
    return replace(samples, labels=labels % samples.classes)
