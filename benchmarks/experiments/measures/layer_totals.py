"""How well layer 1's spikes per sample follow from what layer 2 does, by ridge regression."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.linear_model import RidgeCV

from benchmarks.experiments.measures import Where
from benchmarks.experiments.measures.network import splits, trained
from benchmarks.experiments.sweep import Case
from spikeff.data.dataset import Split
from spikeff.nn.builder import encode_events
from spikeff.training.evaluation import evaluate
from spikeff.training.trainer import Trainer

ALPHAS = np.logspace(-2, 5, 15)


def measure(case: Case, seed: int, where: Where) -> dict[str, Any]:
    """Setting ``gains``: how strongly layer 1 is driven in the probe within an image."""
    config = case.config(seed)
    train, test = splits(case, config, where)
    trainer = trained(case, config, train)
    found: dict[str, Any] = evaluate(trainer.model, test).as_dict()
    for name, gains in (("between", [1.0]), ("within", case.settings["gains"])):
        seen, unseen = (counts(trainer, split, gains) for split in (train, test))
        found |= {f"{name}_{what}": score for what, score in probe(seen, unseen).items()}
    return found


@torch.no_grad()
def counts(trainer: Trainer, split: Split, gains: list[float]) -> list[Any]:
    """Spikes (gains * samples, neurons) of every layer, less each image's mean over several gains.

    One pass without a label per gain on the drive of layer 1.
    """
    network = trainer.network
    drive = network.pixel_drive(encode_events(trainer.config.data, split.images, trainer.device))
    by_gain = [[z.sum(0).double().numpy() for z in network.upward(drive * g)] for g in gains]
    layers = [np.stack(counted) for counted in zip(*by_gain, strict=True)]
    means = [c.mean(0) if len(gains) > 1 else 0.0 for c in layers]
    return [(c - mean).reshape(-1, c.shape[2]) for c, mean in zip(layers, means, strict=True)]


def probe(seen: list[Any], unseen: list[Any]) -> dict[str, float]:
    """R² of layer 1's total, from layer 2's total and from the counts of all its neurons."""
    (known, x), (asked, y) = ((split[0].sum(1), split[1]) for split in (seen, unseen))
    readings = {"total": lambda z: z.sum(1, keepdims=True), "counts": lambda z: z}
    return {
        name: float(RidgeCV(alphas=ALPHAS).fit(read(x), known).score(read(y), asked))
        for name, read in readings.items()
    }
