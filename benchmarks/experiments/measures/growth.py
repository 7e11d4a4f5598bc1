"""The spikes of one test image with its right label while a training goes on."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from benchmarks.experiments.measures import Where
from benchmarks.experiments.measures.network import splits
from benchmarks.experiments.sweep import Case
from spikeff.nn.builder import encode_events
from spikeff.training.trainer import Trainer


def measure(case: Case, seed: int, where: Where) -> dict[str, Any]:
    """Settings: ``sample``, which image; ``shown``, after which epochs; the log of all epochs."""
    torch.set_num_threads(1)
    config = case.config(seed)
    train, test = splits(case, config, where)
    at = slice(case.settings["sample"], case.settings["sample"] + 1)
    events = encode_events(config.data, test.images[at], torch.device("cpu"))
    trainer = Trainer(config, train, torch.device("cpu"))
    trainer.calibrate()
    rasters = {}
    for epoch in range(config.schedule.epochs + 1):
        if epoch:
            trainer.train_epoch()
        trainer.probe()
        if epoch in case.settings["shown"]:
            spikes = trainer.network(events, torch.from_numpy(test.labels[at]))[0][:, 0]
            rasters[str(epoch)] = np.argwhere(spikes.numpy() > 0).tolist()  # (step, neuron)
    probes = [probe.as_dict() for probe in trainer.probes]
    return {
        "rasters": rasters,
        "probes": probes,
        "neurons": config.layers[0].neurons,
        "column_size": config.layers[0].column_size,
        "steps": config.data.steps,
        "last": probes[-1],
    }
