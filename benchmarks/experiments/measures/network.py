"""A network trained in memory, evaluated; by setting each layer alone, and its operations."""

from __future__ import annotations

from typing import Any

import torch

from benchmarks.experiments.measures import Where
from benchmarks.experiments.sweep import Case
from lava_export.quantize.quantize import quantize
from spikeff.data.dataset import Split
from spikeff.data.registry import load_split
from spikeff.errors import LimitError
from spikeff.ir.goodness import class_goodness
from spikeff.lowering import describe
from spikeff.nn.builder import encode_events
from spikeff.pipeline import silent
from spikeff.pipeline.run.parts import run_network
from spikeff.training.config.schema import TrainConfig
from spikeff.training.evaluation import evaluate
from spikeff.training.trainer import Trainer


def measure(case: Case, seed: int, where: Where) -> dict[str, Any]:
    """Settings: see :func:`splits` and :func:`trained`; ``layers_alone``, ``synops``.

    ``training_samples``: so many of the samples that were learned are evaluated as well.
    """
    config = case.config(seed)
    train, test = splits(case, config, where)
    trainer = trained(case, config, train)
    found = evaluate(trainer.model, test).as_dict()
    if case.settings.get("layers_alone"):
        found["alone"] = layers_alone(trainer, test)
    if case.settings.get("training_samples"):
        learned = train.head(case.settings["training_samples"])
        found["training"] = evaluate(trainer.model, learned).as_dict()
    if case.settings.get("synops"):
        found["synops"] = synops(trainer, test)
    return found


def splits(case: Case, config: TrainConfig, where: Where) -> tuple[Split, Split]:
    """Training and test samples, or the first ``train_samples`` and ``test_samples``."""
    train, test = (load_split(config.data.dataset, kind, where.data) for kind in ("train", "test"))
    most = case.settings
    return train.head(most.get("train_samples")), test.head(most.get("test_samples"))


def trained(case: Case, config: TrainConfig, train: Split) -> Trainer:
    """Train on one thread, so that the outcome does not depend on the machine's cores.

    Settings: ``calibrate``, whether the initial gains are set from data [true]; ``frozen``, how
    many of the lowest layers keep their initial weights [0].
    """
    torch.set_num_threads(1)
    trainer = Trainer(config, train, torch.device("cpu"))
    if case.settings.get("calibrate", True):
        trainer.calibrate()
    frozen = range(case.settings.get("frozen", 0))
    held = [part for depth in frozen for part in trainer.network.weight_parts(depth)]
    initial = [part.clone() for part in held]

    def restore() -> None:
        for part, first in zip(held, initial, strict=True):
            part.copy_(first)

    for _ in range(config.schedule.epochs):
        trainer.train_epoch(restore)
    return trainer


@torch.no_grad()
def layers_alone(trainer: Trainer, test: Split) -> list[float]:
    """Accuracy of each layer by its own goodness, where layers have columns of classes."""
    network, labels = trainer.network, torch.from_numpy(test.labels)
    events = encode_events(trainer.config.data, test.images, trainer.device)
    shares = []
    for layer, z in zip(network.stack, network(events), strict=True):
        own = layer.goodness_spec
        goodness = class_goodness(z, layer.column_size, own.name, own.beta, network.classes)
        shares.append(float((goodness.argmax(1) == labels).double().mean()))
    return shares


def synops(trainer: Trainer, test: Split) -> float | None:
    """Synaptic operations per sample of the 8-bit network, all passes; None where it has none."""
    try:
        network = quantize(describe(trainer.model), 8)
    except LimitError:
        return None
    return run_network(network, "emulator", test, silent).totals.synops / len(test)
