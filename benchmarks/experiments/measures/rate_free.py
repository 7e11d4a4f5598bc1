"""A task of spike times: a network, or logistic regression on its input, with jittered spikes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.experiments.measures import Where
from benchmarks.experiments.measures.network import splits, trained
from benchmarks.experiments.sweep import Case
from spikeff.data.dataset import Split
from spikeff.data.tasks import jitter, one_spike_each
from spikeff.ir.arrays import Array
from spikeff.training.evaluation import evaluate

JITTER_SEED = 100


def trains(split: Split) -> Array:
    """Spikes bool (samples, steps, channels) of a split of spike trains."""
    return np.asarray(split.images.reshape(-1, *split.shape) > 0)


READINGS: dict[str, Callable[[Split], Array]] = {
    "counts": lambda split: trains(split).sum(1),
    "spikes": lambda split: split.images > 0,
}


def moved(split: Split, reach: int) -> Split:
    """Every spike up to ``reach`` steps earlier or later, uniformly, around the ends of a sample.

    Only for trains of one spike per channel.
    """
    rng = np.random.default_rng([JITTER_SEED, reach])
    times = trains(split).argmax(1)
    times = (times + jitter(rng, times.shape, reach)) % split.shape[0]
    images = one_spike_each(times, split.shape[0]).reshape(len(split), -1) * np.uint8(255)
    return replace(split, images=images)


def measure(case: Case, seed: int, where: Where) -> dict[str, Any]:
    """Settings: ``jitters`` in steps; ``logistic``: what a regression reads instead of a net."""
    config = case.config(seed)
    train, test = splits(case, config, where)
    if "logistic" in case.settings:
        read = READINGS[case.settings["logistic"]]
        model = LogisticRegression(max_iter=500).fit(read(train), train.labels)
        return {"jitter": {"0": float(model.score(read(test), test.labels))}}
    trainer = trained(case, config, train)
    scores = {j: evaluate(trainer.model, moved(test, j)) for j in case.settings["jitters"]}
    return evaluate(trainer.model, test).as_dict() | {
        "jitter": {str(j): found.accuracy for j, found in scores.items()}
    }
