"""One configuration of a search: trained, quantised, and judged on samples that it never saw."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from spikeff.data.dataset import Split
from spikeff.lowering import describe
from spikeff.pipeline import Report, silent
from spikeff.pipeline.compile.calibrated import calibration_presentations, quantized
from spikeff.pipeline.run.parts import run_network
from spikeff.training.config.schema import TrainConfig
from spikeff.training.evaluation import evaluate
from spikeff.training.threads import fitting_threads
from spikeff.training.trainer import Trainer


@dataclass(frozen=True)
class Judgement:
    """Shares right of the held-out samples, and what one of them costs.

    Attributes:
        accuracy: Accuracy of the integers on the emulator.
        synops: Synaptic operations of the integers per sample, all its passes, as ``spikeff run``
            counts them.
        float_accuracy: Accuracy before quantisation.
        shuffled_accuracy: Accuracy after each neuron's spikes were shuffled in time.
    """

    accuracy: float
    synops: float
    float_accuracy: float
    shuffled_accuracy: float


def judge(
    config: TrainConfig,
    learn: Split,
    held: Split,
    bits: int,
    chip: str,
    device: torch.device,
    report: Report = silent,
) -> Judgement:
    """Train on ``learn``, quantise to ``bits``, and run on ``held``.

    Raises:
        SpikeffError: The network cannot become integers or does not fit the ``chip``.
    """
    from lava_export.chips.catalogue import get_chip
    from lava_export.mapping.capacity import chip_capacity

    trainer = Trainer(config, learn, device)
    with fitting_threads(config):
        _train(trainer, report)
        floats = evaluate(trainer.model, held)
        description = describe(trainer.model)
        inputs = calibration_presentations(description, learn)
        network, _ = quantized(description, bits, inputs)
        chip_capacity(network, get_chip(chip))
        outcome = run_network(network, "emulator", held, silent)
    return Judgement(
        accuracy=outcome.right / len(held),
        synops=outcome.totals.synops / len(held),
        float_accuracy=floats.accuracy,
        shuffled_accuracy=floats.shuffled_accuracy,
    )


def _train(trainer: Trainer, report: Report) -> None:
    trainer.calibrate()
    done, total = 0, trainer.batches * trainer.config.schedule.epochs

    def on_batch() -> None:
        nonlocal done
        done += 1
        report(f"epoch {trainer.epochs_done + 1} of {trainer.config.schedule.epochs}", done, total)

    for _ in range(trainer.config.schedule.epochs):
        trainer.train_epoch(on_batch)
