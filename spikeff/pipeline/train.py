"""Step 1: train a network and leave a run directory."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from spikeff.data.registry import load_split
from spikeff.errors import ConfigError
from spikeff.nn.device import torch_device
from spikeff.pipeline import Report, silent
from spikeff.plots.training import plot_training
from spikeff.settings.kinds import NONE
from spikeff.training.checkpoint import load_trainer, read_config, save_checkpoint, start_run
from spikeff.training.config.files import sections_of, values_by_path
from spikeff.training.config.overlay import overlaid
from spikeff.training.config.schema import TrainConfig, make_config
from spikeff.training.health import activity_warnings
from spikeff.training.resolve import wanted_fields, whole_config
from spikeff.training.run_folder import checkpoint_path, record_resume
from spikeff.training.tensorboard import drop_log, require_tensorboard, tensorboard_log
from spikeff.training.threads import fitting_threads
from spikeff.training.trainer import EpochRecord, Trainer


@dataclass(frozen=True)
class TrainResult:
    """What a training wrote and showed.

    Attributes:
        seconds: Time spent in training by this call.
    """

    run: str
    epochs: int
    seconds: float
    last: EpochRecord


def train(
    out: Path | str,
    preset: str | None = None,
    *,
    config: Path | str | None = None,
    data: Path | str | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    device: str | torch.device = "cpu",
    resume: bool = False,
    overwrite: bool = False,
    tensorboard: bool = False,
    report: Report = silent,
    log: Callable[[str], None] = lambda line: None,
) -> TrainResult:
    """Train by a preset or a TOML configuration; one checkpoint per epoch in ``out``.

    Where an error is raised, what ``out`` holds is kept.

    Args:
        resume: Go on from the last whole checkpoint of ``out``; ends with the same bits as a
            training that was never stopped, on the same machine.
        overwrite: Let a new training take the place of a run that ``out`` holds.
        tensorboard: Also log to ``out``/tensorboard, see ``spikeff.training.tensorboard``.
        log: Called with one line about each epoch, and one for each layer that is silent or
            saturated.

    Raises:
        ConfigError: The configuration cannot be used.
        DataError: The data cannot be read.
        FileFormatError: A file of the run is damaged.
        TargetUnavailableError: TensorBoard is asked for and absent.
    """
    if tensorboard:
        require_tensorboard()
    out = Path(out)
    data = Path(data) if data is not None else None
    place = torch_device(device)
    wanted = wanted_fields(preset, config, epochs, seed)
    if resume:
        _require_same(out, wanted)
        trainer = load_trainer(out, data, place)
        record_resume(out, sys.argv)
    else:
        trainer = _new_run(out, wanted, data, place, overwrite)
    start = time.perf_counter()
    with fitting_threads(trainer.config), tensorboard_log(out, tensorboard) as board:
        if board is not None:
            board.begin(trainer)
        while trainer.epochs_done < trainer.config.schedule.epochs:
            _epoch(trainer, report)
            trainer.probe()
            save_checkpoint(out, trainer)
            if board is not None:
                board.epoch(trainer)
            for line in _epoch_lines(trainer):
                log(line)
    seconds = time.perf_counter() - start
    plot_training(out, trainer.history, trainer.probes)
    return TrainResult(str(out), trainer.epochs_done, seconds, trainer.history[-1])


def _epoch(trainer: Trainer, report: Report) -> None:
    done = trainer.epochs_done * trainer.batches
    total = trainer.config.schedule.epochs * trainer.batches
    task = f"epoch {trainer.epochs_done + 1} of {trainer.config.schedule.epochs}"

    def on_batch() -> None:
        nonlocal done
        done += 1
        report(task, done, total)

    trainer.train_epoch(on_batch)


def _epoch_lines(trainer: Trainer) -> list[str]:
    last, probe = trainer.history[-1], trainer.probes[-1]
    gap = ", ".join(f"{value:.2f}" for value in last.goodness_gap)
    firing = ", ".join(f"{value:.4f}" for value in last.firing)
    line = (
        f"epoch {last.epoch} of {trainer.config.schedule.epochs}: {100 * probe.accuracy:.1f} % of "
        f"{probe.samples} training samples right, goodness gap {gap}, spikes per neuron and step "
        f"{firing}"
    )
    return [line, *(f"warning: {text}" for text in activity_warnings(last, trainer.config))]


def _new_run(
    out: Path, wanted: dict[str, Any], data: Path | None, device: torch.device, overwrite: bool
) -> Trainer:
    config = whole_config(wanted)
    if checkpoint_path(out).exists() and not overwrite:
        raise ConfigError(
            f"{out} already holds a run; go on with --resume, choose another --out, "
            f"or replace it with --overwrite."
        )
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out} is a file; choose a directory for --out.")
    trainer = Trainer(config, load_split(config.data.dataset, "train", data), device)
    trainer.calibrate()
    with fitting_threads(config):
        trainer.probe()
    drop_log(out)
    start_run(out, trainer, sys.argv)
    return trainer


def _require_same(out: Path, wanted: dict[str, Any]) -> None:
    """A resumed run keeps its configuration; say which fields the caller gave otherwise."""
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
