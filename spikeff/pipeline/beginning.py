"""How a training begins: with new weights, with those of a run, or where a run left off."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from spikeff.data.dataset import Split
from spikeff.data.registry import load_split, load_validation
from spikeff.errors import ConfigError
from spikeff.pipeline.sharing import share
from spikeff.settings.kinds import NONE
from spikeff.training.checkpoint import (
    read_config,
    restore_trainer,
    save_checkpoint,
    save_history,
    start_run,
)
from spikeff.training.config.files import sections_of, values_by_path
from spikeff.training.config.overlay import overlaid, without
from spikeff.training.config.schema import TrainConfig, make_config
from spikeff.training.prolong import prolong, start_from
from spikeff.training.resolve import whole_config
from spikeff.training.run_folder import holds_run, read_seconds, record_resume
from spikeff.training.threads import fitting_threads
from spikeff.training.trainer import Trainer


@dataclass(frozen=True)
class Samples:
    """Where the samples of a training come from.

    Attributes:
        load: From the name of a data set to its training samples, and those to validate on, if any.
        directory: Of their files; None without any.
    """

    load: Callable[[str], tuple[Split, Split | None]]
    directory: Path | None = None


def samples_in(directory: Path | None) -> Samples:
    """The samples of the data set that a configuration names, with its files in ``directory``."""

    def load(dataset: str) -> tuple[Split, Split | None]:
        return load_split(dataset, "train", directory), load_validation(dataset, directory)

    return Samples(load, directory)


def resumed(
    out: Path,
    wanted: dict[str, Any],
    samples: Samples,
    device: torch.device,
    source: Path | None,
    epochs: int | None,
    pipeline: bool,
) -> Trainer:
    """The trainer of the run in ``out``, as it was at its last checkpoint.

    Args:
        out: The run directory.
        wanted: The sections that the caller decided; all but the epochs must be the run's.
        samples: Those that it began with.
        device: Where the model lies.
        source: Must be None: it goes on from its own weights.
        epochs: Of the plan, which may be longer than the run's; None for the run's.
        pipeline: As :func:`spikeff.pipeline.sharing.share` takes it.

    Raises:
        ConfigError: Another configuration is asked for, or what is learned cannot be shared.
        DataError: The samples are others.
    """
    if source is not None:
        raise ConfigError(f"{out} is resumed from its own weights; leave --from out.")
    _require_same(out, wanted)
    split, separate = samples.load(read_config(out).data.dataset)
    trainer = restore_trainer(out, split, device, separate)
    share(trainer, pipeline)
    trainer.log.seconds = read_seconds(out)[: trainer.epochs_done]
    if epochs is not None:
        prolong(trainer, epochs)
        save_checkpoint(out, trainer)
    save_history(out, trainer)
    record_resume(out, trainer.config, trainer.data, sys.argv)
    return trainer


def new_run(
    out: Path,
    wanted: dict[str, Any],
    samples: Samples,
    device: torch.device,
    overwrite: bool,
    source: Path | None,
    pipeline: bool,
) -> Trainer:
    """A trainer before its first epoch, whose first checkpoint is in ``out``.

    Args:
        out: The run directory.
        wanted: The sections that the caller decided.
        samples: What is learned.
        device: Where the model lies.
        overwrite: Whether it may take the place of a run.
        source: Run directory or checkpoint file whose weights it takes; None for random ones.
        pipeline: As :func:`spikeff.pipeline.sharing.share` takes it.

    Raises:
        ConfigError: The configuration cannot be used or shared, or there is a run in ``out``.
        OutputError: There is no run in ``out``, but there are files with the names of a run's.
    """
    config = configured(wanted, source)
    if holds_run(out) and not overwrite:
        raise ConfigError(
            f"{out} already holds a run; go on with --resume, choose another --out, "
            f"or replace it with --overwrite."
        )
    trainer = new_trainer(config, samples, device, source)
    share(trainer, pipeline)
    with fitting_threads(config):
        trainer.probe()
    about = {
        "data_directory": str(samples.directory.absolute()) if samples.directory else None,
        "weights_from": str(source.absolute()) if source is not None else None,
    }
    start_run(out, trainer, sys.argv, about)
    return trainer


def new_trainer(
    config: TrainConfig, samples: Samples, device: torch.device, source: Path | None
) -> Trainer:
    """A trainer before its first epoch.

    Args:
        config: Everything that decides the training.
        samples: What is learned.
        device: Where the model lies.
        source: As in :func:`new_run`.
    """
    split, separate = samples.load(config.data.dataset)
    trainer = Trainer(config, split, device, separate)
    if source is None:
        trainer.calibrate()
    else:
        start_from(trainer, source)
    return trainer


def configured(wanted: dict[str, Any], source: Path | None) -> TrainConfig:
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
