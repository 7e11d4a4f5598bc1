"""Step 1: train a network and leave a run directory."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from spikeff.data.registry import load_split, load_validation
from spikeff.errors import ConfigError
from spikeff.nn.device import torch_device
from spikeff.pipeline import Report, silent
from spikeff.plots.training import plot_training
from spikeff.settings.kinds import NONE
from spikeff.training.callbacks import Callback
from spikeff.training.checkpoint import load_trainer, read_config, save_checkpoint, start_run
from spikeff.training.config.files import sections_of, values_by_path
from spikeff.training.config.overlay import overlaid, without
from spikeff.training.config.schema import TrainConfig, make_config
from spikeff.training.console import EpochLines, ProgressReport
from spikeff.training.fit import fit
from spikeff.training.history import EpochRecord, EpochSummary
from spikeff.training.prolong import prolong, start_from
from spikeff.training.resolve import wanted_fields, whole_config
from spikeff.training.run_folder import (
    checkpoint_path,
    read_seconds,
    record_resume,
    record_seconds,
)
from spikeff.training.tensorboard import TensorBoardLog, drop_log, require_tensorboard
from spikeff.training.threads import fitting_threads
from spikeff.training.trainer import Trainer

SPENT = 0.05  # of the learning rate: what is left teaches little


@dataclass(frozen=True)
class TrainResult:
    """What a training wrote and showed.

    Attributes:
        seconds: Time spent in training by this call.
        best_epoch: The first with the highest validation accuracy; 0 without validation.
        summary: Of the last epoch.
    """

    run: str
    epochs: int
    seconds: float
    last: EpochRecord
    best_epoch: int
    summary: EpochSummary


def train(
    out: Path | str,
    preset: str | None = None,
    *,
    config: Path | str | None = None,
    data: Path | str | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    validation: float | None = None,
    early_stop: int | None = None,
    weights_from: Path | str | None = None,
    device: str | torch.device = "cpu",
    resume: bool = False,
    overwrite: bool = False,
    tensorboard: bool = False,
    callbacks: Sequence[Callback] = (),
    report: Report = silent,
    log: Callable[[str], None] = lambda line: None,
) -> TrainResult:
    """Train by a preset or a TOML configuration; one checkpoint per epoch in ``out``.

    Where an error is raised, what ``out`` holds is kept.

    Args:
        epochs: Passes over the data in all. Together with ``resume`` the plan may get longer: the
            learning rate never rises again, see :func:`spikeff.training.prolong.prolong`.
        validation: Share of the training samples that is held out, evaluated after each epoch, and
            never learned. Where the data set has a validation split of its own, that is evaluated
            without being asked for.
        early_stop: End after so many epochs without a higher validation accuracy.
        weights_from: Run directory or checkpoint file whose weights are where learning begins;
            also its configuration, where no other is given.
        resume: Go on from the last whole checkpoint of ``out``; ends with the same bits as a
            training that was never stopped, on the same machine.
        overwrite: Let a new training take the place of a run that ``out`` holds.
        tensorboard: Also log to ``out``/tensorboard, see ``spikeff.training.tensorboard``.
        callbacks: Called at the times that :class:`spikeff.training.callbacks.Callback` names.
        log: Called with the lines about each epoch, and with warnings that name a remedy.

    Raises:
        ConfigError: The configuration cannot be used.
        DataError: The data cannot be read, or are not those that a run began with.
        FileFormatError: A file of the run is damaged.
        TargetUnavailableError: TensorBoard is asked for and absent.
    """
    if tensorboard:
        require_tensorboard()
    out = Path(out)
    data = Path(data) if data is not None else None
    source = Path(weights_from) if weights_from is not None else None
    place = torch_device(device)
    wanted = wanted_fields(preset, config, epochs, seed, validation, early_stop)
    if resume:
        trainer = _resumed(out, wanted, data, place, epochs, source)
        if trainer.goes_on and trainer.rate_cap < SPENT:
            log(
                f"warning: the learning rate has come down to {trainer.rate_cap:.1g} of its first "
                f"value and stays there, so little more is learned. Learn on by a new plan: "
                f"spikeff train --from {out} --out NEW"
            )
    else:
        trainer = _new_run(out, wanted, data, place, overwrite, source)
    start = time.perf_counter()
    boards = [TensorBoardLog(out)] if tensorboard else []
    every = [*boards, ProgressReport(report), EpochLines(log), *callbacks]

    def save(trained: Trainer) -> None:
        save_checkpoint(out, trained)
        record_seconds(out, trained.log.seconds)

    fit(trainer, every, save)
    seconds = time.perf_counter() - start
    plot_training(out, trainer.log)
    return TrainResult(
        run=str(out),
        epochs=trainer.epochs_done,
        seconds=seconds,
        last=trainer.history[-1],
        best_epoch=trainer.log.best_epoch,
        summary=trainer.summary,
    )


def _resumed(
    out: Path,
    wanted: dict[str, Any],
    data: Path | None,
    device: torch.device,
    epochs: int | None,
    source: Path | None,
) -> Trainer:
    if source is not None:
        raise ConfigError(f"{out} is resumed from its own weights; leave --from out.")
    _require_same(out, wanted)
    trainer = load_trainer(out, data, device)
    trainer.log.seconds = read_seconds(out)[: trainer.epochs_done]
    if epochs is not None:
        prolong(trainer, epochs)
        save_checkpoint(out, trainer)
    record_resume(out, trainer.config, sys.argv)
    return trainer


def _new_run(
    out: Path,
    wanted: dict[str, Any],
    data: Path | None,
    device: torch.device,
    overwrite: bool,
    source: Path | None,
) -> Trainer:
    config = _configured(wanted, source)
    if checkpoint_path(out).exists() and not overwrite:
        raise ConfigError(
            f"{out} already holds a run; go on with --resume, choose another --out, "
            f"or replace it with --overwrite."
        )
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out} is a file; choose a directory for --out.")
    dataset = config.data.dataset
    split, separate = load_split(dataset, "train", data), load_validation(dataset, data)
    trainer = Trainer(config, split, device, separate)
    if source is None:
        trainer.calibrate()
    else:
        start_from(trainer, source)
    with fitting_threads(config):
        trainer.probe()
    drop_log(out)
    about = {
        "data_directory": str(data.absolute()) if data is not None else None,
        "weights_from": str(source.absolute()) if source is not None else None,
    }
    start_run(out, trainer, sys.argv, about)
    return trainer


def _configured(wanted: dict[str, Any], source: Path | None) -> TrainConfig:
    """What is asked for, where nothing else is said by the run whose weights are taken."""
    if source is None or wanted.keys() - {"schedule", "seed", "validation"}:
        return whole_config(wanted)
    return make_config(overlaid(sections_of(read_config(source)), wanted), str(source))


def _require_same(out: Path, wanted: dict[str, Any]) -> None:
    """A resumed run keeps all but its number of epochs; say what the caller gave otherwise."""
    wanted = without(wanted, ("schedule", "epochs")) if "schedule" in wanted else wanted
    stored: TrainConfig = read_config(out)
    if not wanted:
        return
    kept = values_by_path(stored)
    merged = values_by_path(make_config(overlaid(sections_of(stored), wanted), "configuration"))
    changed = [
        f"{path}: {kept.get(path, NONE)!r} in the run, {merged.get(path, NONE)!r} asked for"
        for path in dict.fromkeys([*kept, *merged])
        if kept.get(path) != merged.get(path)
    ]
    if changed:
        raise ConfigError(
            f"{out} cannot be resumed with another configuration:\n  "
            + "\n  ".join(changed)
            + "\nLeave these options out, or train into another --out."
        )
