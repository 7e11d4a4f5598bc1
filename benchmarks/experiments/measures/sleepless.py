"""What a trained network becomes where one phase goes on for too long, and what brings it back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from benchmarks.experiments.measures import Where
from benchmarks.experiments.measures.network import splits, trained
from benchmarks.experiments.sweep import Case
from spikeff.data.dataset import Split
from spikeff.learning.batch import Batch
from spikeff.learning.phase import Phase
from spikeff.learning.step import Rates
from spikeff.nn.builder import encode_events
from spikeff.training.assemble import learning_step
from spikeff.training.evaluation import evaluate
from spikeff.training.trainer import Trainer


def measure(case: Case, seed: int, where: Where) -> dict[str, Any]:
    """Settings: ``awake`` and ``asleep``, batches of one phase alone after the training, in turn;
    ``rate``, of learning in them; ``drawn``, samples of each label."""
    config = case.config(seed)
    train, test = splits(case, config, where)
    trainer = trained(case, config, train)
    found = {"trained": _look(case, trainer, test)}
    for phase in (Phase.AWAKE, Phase.ASLEEP):
        name = phase.name.lower()
        _learn(case, trainer, phase, case.settings[name])
        found[name] = _look(case, trainer, test)
    return found


@torch.no_grad()
def _learn(case: Case, trainer: Trainer, phase: Phase, batches: int) -> None:
    """Batches of one phase alone, without replay."""
    split, config = trainer.split, trainer.config
    step = replace(learning_step(trainer.model, trainer.optimisers), replay=None)
    generator = torch.Generator().manual_seed(config.seed)
    rates = Rates(case.settings["rate"], config.learning.readout_learning_rate)
    for _ in range(batches):
        rows = torch.randint(len(split), (config.schedule.batch_size,), generator=generator)
        batch = Batch(
            split.images[rows.numpy()],
            split.shape,
            torch.from_numpy(split.labels[rows.numpy()]),
            phase,
            lambda images: encode_events(config.data, images, trainer.device),
            trainer.model.sampler,
        )
        step(batch, rates, generator)


def _look(case: Case, trainer: Trainer, test: Split) -> dict[str, Any]:
    """Accuracies, and images that the generative side draws under each label."""
    found = evaluate(trainer.model, test, draws=1).as_dict()
    sampler, count = trainer.model.sampler, case.settings["drawn"]
    if sampler is not None:
        labels = torch.arange(test.classes).repeat_interleave(count)
        images = sampler.imagined(labels, torch.Generator().manual_seed(0))
        found["images"] = np.reshape(images, (test.classes, count, *test.shape)).tolist()
    return found
