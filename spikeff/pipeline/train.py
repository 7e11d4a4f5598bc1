"""Step 1: train a network and leave a run directory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from spikeff.ir.numbers import plain_numbers, whole_number
from spikeff.nn.device import torch_device
from spikeff.pipeline import Report, silent
from spikeff.pipeline.beginning import Samples, new_run, resumed, samples_in
from spikeff.pipeline.samples import data_directory
from spikeff.pipeline.sharing import worker_folder
from spikeff.plots.training import plot_training
from spikeff.training.callbacks import Callback
from spikeff.training.checkpoint import save_checkpoint
from spikeff.training.console import EpochLines, ProgressReport
from spikeff.training.fit import fit
from spikeff.training.folder_lock import sole_writer
from spikeff.training.history import EpochRecord, EpochSummary
from spikeff.training.resolve import wanted_fields
from spikeff.training.run_folder import record_seconds
from spikeff.training.tensorboard import TensorBoardLog, require_tensorboard
from spikeff.training.trainer import Trainer

MOST_BATCHES = 2**31
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


@plain_numbers
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
    delays: str | None = None,
    max_delay: int | None = None,
    hold_out: str | None = None,
    weights_from: Path | str | None = None,
    device: str | torch.device = "cpu",
    resume: bool = False,
    overwrite: bool = False,
    tensorboard: bool = False,
    save_every: int | None = None,
    pipeline: bool = False,
    callbacks: Sequence[Callback] = (),
    report: Report = silent,
    log: Callable[[str], None] = lambda line: None,
) -> TrainResult:
    """Train by a preset or a TOML configuration; one checkpoint per epoch in ``out``.

    Where an error is raised, what ``out`` holds is kept. Processes that ``torchrun`` starts with
    the same arguments share the pieces of every batch, and end with the bits of one process alone.

    Args:
        data: Directory of the data set's files; with ``resume`` that of the run where it is None.
        epochs: Passes over the data in all. Together with ``resume`` the plan may get longer: the
            learning rate never rises again, see :func:`spikeff.training.prolong.prolong`.
        validation: Share of the training samples that is held out, evaluated after each epoch, and
            never learned. Where the data set has a validation split of its own, that is evaluated
            without being asked for.
        early_stop: End after so many epochs without a higher validation accuracy.
        delays: Of the synapses of every layer: "learned", "fixed" as they were drawn, or "none".
        max_delay: Most steps of these, 1 to 62.
        hold_out: A speaker of the data set whom training never hears, and who is the test.
        weights_from: Run directory or checkpoint file whose weights are where learning begins;
            also its configuration, where no other is given.
        resume: Go on from the last whole checkpoint of ``out``; ends with the same bits as a
            training that was never stopped, on the same machine.
        overwrite: Let a new training take the place of a run that ``out`` holds.
        tensorboard: Also log to ``out``/tensorboard, see ``spikeff.training.tensorboard``.
        save_every: Batches after which a checkpoint is written within an epoch, from which a
            training that was stopped goes on.
        pipeline: Whether each of the processes that ``torchrun`` starts learns a layer, without
            waiting for those above; else they share the pieces of every batch.
        callbacks: Called at the times that :class:`spikeff.training.callbacks.Callback` names.
        log: Called with the lines about each epoch, and with warnings that name a remedy.

    Raises:
        ConfigError: The configuration cannot be used.
        DataError: The data cannot be read, or are not those that a run began with.
        OutputError: ``out`` holds other files of these names, or another training writes to it.
        FileFormatError: A file of the run is damaged.
        TargetUnavailableError: TensorBoard is asked for and absent.
    """
    directory = Path(data) if data is not None else None
    trainer, seconds = train_run(
        Path(out),
        wanted_fields(
            preset, config, epochs, seed, validation, early_stop, delays, max_delay, hold_out
        ),
        samples_in(data_directory(out, data) if resume else directory),
        epochs=epochs,
        weights_from=weights_from,
        device=device,
        resume=resume,
        overwrite=overwrite,
        tensorboard=tensorboard,
        save_every=save_every,
        pipeline=pipeline,
        callbacks=callbacks,
        report=report,
        log=log,
    )
    return TrainResult(
        run=str(out),
        epochs=trainer.epochs_done,
        seconds=seconds,
        last=trainer.history[-1],
        best_epoch=trainer.log.best_epoch,
        summary=trainer.summary,
    )


def train_run(
    out: Path,
    wanted: dict[str, Any],
    samples: Samples,
    *,
    epochs: int | None,
    weights_from: Path | str | None,
    device: str | torch.device,
    resume: bool,
    overwrite: bool,
    tensorboard: bool,
    save_every: int | None,
    pipeline: bool,
    callbacks: Sequence[Callback],
    report: Report,
    log: Callable[[str], None],
) -> tuple[Trainer, float]:
    """As :func:`train`, on samples from anywhere.

    Args:
        wanted: The sections that the caller decided.
        samples: What is learned, and validated on.

    Returns:
        What trained, after its last epoch, and the time spent in training.
    """
    if tensorboard:
        require_tensorboard()
    if save_every is not None:
        whole_number("save_every", save_every, 1, MOST_BATCHES)
    source = Path(weights_from) if weights_from is not None else None
    place = torch_device(device)
    with ExitStack() as held:
        out = held.enter_context(worker_folder(out, resume))
        # A run that is not there is answered by its reader, not made by the lock.
        if out.exists() or not resume:
            held.enter_context(sole_writer(out))
        if resume:
            trainer = resumed(out, wanted, samples, place, source, epochs, pipeline)
            for line in _warnings(out, trainer):
                log(line)
        else:
            trainer = new_run(out, wanted, samples, place, overwrite, source, pipeline)
        boards = [TensorBoardLog(out)] if tensorboard else []
        every = [*boards, ProgressReport(report), EpochLines(log), *callbacks]

        def save(trained: Trainer) -> None:
            save_checkpoint(out, trained)
            record_seconds(out, trained.log.seconds)

        start = time.perf_counter()
        fit(trainer, every, save, save_every)
        seconds = time.perf_counter() - start
        plot_training(out, trainer.log)
    return trainer, seconds


def _warnings(out: Path, resumed: Trainer) -> Iterator[str]:
    if resumed.goes_on and resumed.rate_cap < SPENT:
        yield (
            f"warning: the learning rate has come down to {resumed.rate_cap:.1g} of its first "
            f"value and stays there, so little more is learned. Learn on by a new plan: "
            f"spikeff train --from {out} --out NEW"
        )
