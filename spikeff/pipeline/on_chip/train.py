"""``spikeff train --on-chip``: a network learned by an emulated chip, one sample after another."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.registry import load_split
from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array
from spikeff.ir.numbers import plain_numbers
from spikeff.pipeline import Report, silent
from spikeff.pipeline.on_chip.epoch import Sums, learn_epoch
from spikeff.pipeline.on_chip.network import plastic_network, require_on_chip
from spikeff.pipeline.on_chip.state import (
    STATE,
    ChipEpoch,
    ChipRun,
    arrays_of,
    load,
    require_free,
    restore,
    save,
)
from spikeff.training.config.schema import TrainConfig
from spikeff.training.folder_lock import sole_writer
from spikeff.training.resolve import wanted_fields, whole_config
from spikeff.training.settings import rate_factor

if TYPE_CHECKING:
    from hw_targets.learning.device import Device
    from hw_targets.learning.forward_forward import ChipLearner
    from lava_export.integers.network import IntegerNetwork

RATE_SAMPLES = 4096  # after which the learning rate falls within an epoch, too
PROBED = 300  # training samples that are evaluated after each epoch


@dataclass(frozen=True)
class ChipTraining:
    """What learning on a chip wrote and showed.

    Attributes:
        seconds: Of this call.
        last: Figures of the last epoch.
    """

    run: str
    epochs: int
    seconds: float
    last: ChipEpoch


@plain_numbers
def train_on_chip(
    out: Path | str,
    preset: str | None = None,
    *,
    config: Path | str | None = None,
    data: Path | str | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    device: Mapping[str, Any] | None = None,
    samples: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    report: Report = silent,
    log: Callable[[str], None] = lambda line: None,
) -> ChipTraining:
    """Learn on an emulated chip; the state is saved after every epoch.

    Everything that is asked for is checked before the data are read.

    Args:
        data: Directory of the data set's files.
        device: Fields of ``hw_targets.learning.device.Device``; None for one without mismatch. Its
            drift is that at the end of the training, which begins with none.
        samples: Learn the first so many training samples only.
        resume: Go on from where ``out`` left off; ends with the same bits as one that never was.
        overwrite: Replace the run that ``out`` holds.

    Raises:
        ConfigError: The configuration cannot be learned on a chip.
        OutputError: ``out`` holds something else.
    """
    from hw_targets.learning.device import device_of

    place, start = Path(out), time.perf_counter()
    wanted = wanted_fields(preset, config, epochs, seed)
    if resume and (wanted or device):
        raise ConfigError(
            "--resume goes on with the configuration, epochs, seed and device of the run on the "
            "chip: leave the rest out."
        )
    with sole_writer(place):
        before = load(place) if resume else None
        if before is None:
            require_free(place, overwrite)
        settings = whole_config(wanted) if before is None else before.config
        require_on_chip(settings)
        made = dict(device or {}) if before is None else before.device
        learning = device_of(made)
        split = _training(settings, data, samples)
        network = plastic_network(settings, split)
        learner = learner_of(network, settings, [learning])
        done: list[ChipEpoch] = []
        if before is not None:
            restore(learner, before, place / STATE)
            done = list(before.epochs)
        for epoch in range(len(done), settings.schedule.epochs):
            done.append(_epoch(learner, settings, split, epoch, report))
            log(_line(done[-1]))
            whole = ChipRun(settings, made, tuple(done), arrays_of(learner))
            text = json.dumps([asdict(each) for each in done], indent=1)
            save(place, whole, learner.network_of(), text.encode())
    return ChipTraining(str(out), len(done), time.perf_counter() - start, done[-1])


def learner_of(
    network: IntegerNetwork, settings: TrainConfig, devices: Sequence[Device]
) -> ChipLearner:
    """A learner on these devices; rounding by the seed of the configuration and on."""
    from hw_targets.learning.forward_forward import ChipLearner
    from lava_export.plastic.forward_forward import program

    numbers = program(network, *_objective(settings), settings.learning.learning_rate)
    seeds = [settings.seed + k for k in range(len(devices))]
    return ChipLearner(network, numbers, devices, seeds)


def _objective(settings: TrainConfig) -> tuple[float, float]:
    goodness = settings.layers[0].goodness
    assert goodness is not None
    return float(settings.objective.model_dump()["theta"]), goodness.scale


def _epoch(
    learner: ChipLearner, settings: TrainConfig, split: Split, epoch: int, report: Report
) -> ChipEpoch:
    goodness = learn_one_epoch(learner, settings, split, epoch, report)
    accuracy, shuffled = _probe(learner, split, settings, (epoch + 1) / settings.schedule.epochs)
    work = learner.work
    return ChipEpoch(
        epoch + 1,
        goodness.positive,
        goodness.negative,
        float(learner.engine.updates[0]) / work.samples,
        work.presentations / work.samples,
        accuracy,
        shuffled,
    )


def learn_one_epoch(
    learner: ChipLearner,
    settings: TrainConfig,
    split: Split,
    epoch: int,
    report: Report = silent,
    beliefs: Array | None = None,
) -> Sums:
    """Learn every sample once, at the rate of this epoch, or of each part of a long one.

    Args:
        beliefs: As in :func:`spikeff.pipeline.on_chip.epoch.learn_epoch`.

    Returns:
        Goodness of positives and of negatives, per sample and device.
    """
    set_rate(learner, settings, epoch / settings.schedule.epochs)
    for device in learner.devices:
        device.begin_noise(epoch)  # so that a resumed training hears the same
    rng, done = np.random.default_rng((settings.seed, epoch)), 0

    def on_samples(count: int) -> None:
        nonlocal done
        if done // RATE_SAMPLES < (done + count) // RATE_SAMPLES:
            share = (done + count) / len(split)
            set_rate(learner, settings, (epoch + share) / settings.schedule.epochs)
        done += count
        report(f"epoch {epoch + 1}", done, len(split))

    shown = settings.negatives.model_dump().get("per_sample", 1) if settings.negatives else 1
    ages = (epoch / settings.schedule.epochs, (epoch + 1) / settings.schedule.epochs)
    least, dropout = settings.learning.least_modulation, settings.data.input_dropout
    sums = learn_epoch(learner, split, rng, shown, on_samples, beliefs, ages, least, dropout)
    numbers = learner.program
    unit = numbers.steps * (numbers.column_size - 1) * numbers.columns / _objective(settings)[1]
    unit *= len(split) * len(learner.devices)
    return Sums(sums.positive / unit, sums.negative / unit)


def set_rate(learner: ChipLearner, settings: TrainConfig, done: float) -> None:
    """Write the modulator's table for the rate after the share ``done`` of a training."""
    from lava_export.plastic.forward_forward import program

    rate = settings.learning.learning_rate * rate_factor(settings.schedule, done)
    learner.program = program(learner.network, *_objective(settings), rate)


def _probe(
    learner: ChipLearner, split: Split, settings: TrainConfig, age: float
) -> tuple[float, float]:
    """Accuracies of the first device, at this share of its drift."""
    from hw_targets.learning.device import fields_of
    from spikeff.pipeline.run.run import run_split

    network, device = learner.network_of(), learner.devices[0]
    chip = fields_of(replace(device, drift=age * device.drift))
    target, given = ("emulator", None) if device.is_exact else ("device", chip)
    few = split.head(min(PROBED, len(split)))
    found = run_split(network, few, target, shuffle=True, seed=settings.seed, device=given)
    assert found.agreement is not None
    return found.accuracy, found.agreement.shuffled_accuracy


def _training(settings: TrainConfig, data: Path | str | None, samples: int | None) -> Split:
    directory = Path(data) if data is not None else None
    return load_split(settings.data.dataset, "train", directory).head(samples)


def _line(epoch: ChipEpoch) -> str:
    return (
        f"epoch {epoch.epoch}: {100 * epoch.accuracy:.1f} % of the training samples probed, "
        f"{100 * epoch.shuffled_accuracy:.1f} % shuffled; goodness {epoch.positive:.2f} of "
        f"positives, {epoch.negative:.2f} of negatives; {epoch.updates:,.0f} updates a sample"
    )
