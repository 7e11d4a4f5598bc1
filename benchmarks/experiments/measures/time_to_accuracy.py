"""Seconds of training until the test samples are read well enough, looked at after each epoch."""

from __future__ import annotations

import time
from typing import Any

import torch

from benchmarks.experiments.measures import Where
from benchmarks.experiments.measures.network import splits
from benchmarks.experiments.sweep import Case
from spikeff.data.dataset import Split
from spikeff.ir.codes import SOFTMAX
from spikeff.learning.readout import spike_counts
from spikeff.nn.builder import encode_events
from spikeff.parallel import cores
from spikeff.training.trainer import Trainer

CHUNK = 200


def measure(case: Case, seed: int, where: Where) -> dict[str, Any]:
    """Settings: ``goals``, shares of right answers; training ends at the last. ``all_cores``."""
    config, goals = case.config(seed), case.settings["goals"]
    train, test = splits(case, config, where)
    trainer = Trainer(config, train, torch.device("cpu"))
    seconds, curve = 0.0, []
    while trainer.epochs_done < config.schedule.epochs and not (
        curve and curve[-1][1] >= goals[-1]
    ):
        start = time.perf_counter()
        torch.set_num_threads(cores() if case.settings.get("all_cores") else 1)
        if not trainer.epochs_done:
            trainer.calibrate()
        trainer.train_epoch()
        seconds += time.perf_counter() - start
        curve.append((seconds, accuracy(trainer, test)))
    return {
        "curve": curve,
        "epochs": config.schedule.epochs,
        "best": max(share for _, share in curve),
        "seconds_per_epoch": seconds / trainer.epochs_done,
        "to": {f"{100 * goal:.0f}": reached(curve, goal) for goal in goals},
    }


def reached(curve: list[tuple[float, float]], goal: float) -> str:
    """Seconds and epoch at which a goal was met."""
    found = ((k, s) for k, (s, share) in enumerate(curve, 1) if share >= goal)
    return next((f"{s:.0f} s (epoch {k})" for k, s in found), "not reached")


@torch.no_grad()
def accuracy(trainer: Trainer, split: Split) -> float:
    """Share of right answers, by goodness, or by the linear readout where that is the answer."""
    right = 0
    for low in range(0, len(split), CHUNK):
        labels = torch.from_numpy(split.labels[low : low + CHUNK])
        scores = _scores(trainer, split.images[low : low + CHUNK], labels)
        right += int((scores.argmax(1) == labels).sum())
    return right / len(split)


def _scores(trainer: Trainer, images: Any, labels: torch.Tensor) -> torch.Tensor:
    network = trainer.network
    events = encode_events(trainer.config.data, images, trainer.device)
    if network.reading == SOFTMAX:
        return trainer.readout.probabilities(spike_counts(network(events)))
    shown = range(network.classes) if network.labels is not None else [None]
    given = (None if label is None else torch.full_like(labels, label) for label in shown)
    passes = (network(events, label) for label in given)
    return torch.cat([network.goodness(z) for z in passes], 1)
