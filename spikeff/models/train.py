"""Training in Python: on arrays, torch data sets or files; with a run directory or without."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from numbers import Real
from pathlib import Path
from typing import Any

import torch

from spikeff.data.dataset import Split
from spikeff.data.registry import ARRAYS, DATASETS, holds_arrays
from spikeff.errors import ConfigError
from spikeff.ir.numbers import plain_numbers
from spikeff.models.configuration import Request
from spikeff.models.samples import in_memory, split_of
from spikeff.models.trained import TrainedModel, model_of
from spikeff.nn.device import torch_device
from spikeff.pipeline import Report, silent
from spikeff.pipeline.beginning import Samples, new_trainer, samples_in
from spikeff.pipeline.train import train_run
from spikeff.training.callbacks import Callback
from spikeff.training.checkpoint import read_config
from spikeff.training.config.files import presets
from spikeff.training.config.schema import TrainConfig
from spikeff.training.console import EpochLines, ProgressReport
from spikeff.training.fit import fit
from spikeff.training.resolve import says_what_to_train, whole_config
from spikeff.training.trainer import Trainer


@plain_numbers
def train(
    out: Path | str | None = None,
    preset: str | None = None,
    *,
    config: Mapping[str, Any] | TrainConfig | Path | str | None = None,
    data: Any = None,
    validation: Any = None,
    classes: int | None = None,
    layers: Sequence[int] | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    early_stop: int | None = None,
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
    **fields: Any,
) -> TrainedModel:
    """Train a network: ``spikeff.train(preset="digits", layers=[200], data=(X, y))``.

    Args:
        out: Run directory, with a checkpoint after each epoch; None writes nothing.
        preset: Where everything that is not given comes from.
        config: Sections of a configuration as a dict, on top of the preset where one is given; or
            a TrainConfig or TOML file in place of a preset.
        data: (X, y), numpy or torch: images (samples, values) or (samples, rows, columns), uint8
            or floats from 0 to 1, or spike trains (samples, steps, channels) where the encoder
            takes them; integer labels from 0. Or a torch Dataset or DataLoader, a Split, the folder
            of a data set, or None for the data set of the configuration.
        validation: Share of the training samples that is held out, or samples as in ``data``;
            evaluated after each epoch, and never learned.
        classes: Number of classes of samples in memory; None for the highest label + 1.
        layers: Neurons of each layer. Layers of a preset are rounded up where every class is to
            own as many columns.
        epochs: Passes over the data, in all. With ``resume`` the plan may get longer.
        seed: Of all random numbers.
        early_stop: End after so many epochs without a higher validation accuracy.
        weights_from: Run directory whose weights are where learning begins, and whose
            configuration is taken where no other is given.
        device: "cpu", "cuda" or "cuda:1" and so on.
        resume: Go on from the last checkpoint of ``out``.
        overwrite: Let a new training take the place of the run that ``out`` holds.
        tensorboard: Also log to ``out``/tensorboard.
        save_every: Batches after which a checkpoint is written within an epoch.
        pipeline: Whether each process that ``torchrun`` starts learns a layer.
        callbacks: Called at the times that :class:`spikeff.training.callbacks.Callback` names.
        report: Called with task, batches done, and their number.
        log: Called with the lines about each epoch; ``log=print`` shows them.
        fields: Any other field of a configuration, by its name (``learning_rate=1e-3``), or a whole
            section (``network={...}``).

    Raises:
        ConfigError: The configuration cannot be used; lists all mistakes.
        DataError: The data cannot be used.
        FileFormatError: A file of the run is damaged.
    """
    share = validation if isinstance(validation, Real) else None
    request = Request(
        preset,
        config,
        fields
        | {"layers": layers, "schedule.epochs": epochs, "seed": seed}
        | {"validation.share": share, "validation.early_stop": early_stop},
    )
    if resume or weights_from is not None:
        _on_run(request, out if resume else weights_from, preset, config)
    _require_request(request, out)
    samples = _samples(request, data, None if share is not None else validation, classes)
    if out is None:
        _require_directory(
            resume=resume,
            overwrite=overwrite,
            tensorboard=tensorboard,
            save_every=save_every,
            pipeline=pipeline,
        )
        trainer = _in_memory(request, samples, weights_from, device, callbacks, report, log)
    else:
        trainer, _ = train_run(
            Path(out),
            request.table,
            samples,
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
    return model_of(trainer, Path(out) if out is not None else None)


def _on_run(request: Request, run: Path | str | None, preset: Any, config: Any) -> None:
    if run is not None and preset is None and config is None:
        request.on(read_config(Path(run)))


def _require_request(request: Request, out: Path | str | None) -> None:
    if says_what_to_train(request.table):
        return
    if str(out) in presets():
        raise ConfigError(
            f"out = {str(out)!r} is the directory to write, and nothing says what to train. The "
            f"preset of that name is learned by spikeff.train(preset={str(out)!r})."
        )
    whole_config(request.table)


def _require_directory(**options: bool | int | None) -> None:
    wanted = [name for name, value in options.items() if value]
    if wanted:
        raise ConfigError(
            f"{wanted[0]} = {options[wanted[0]]} needs a run directory: give out=DIR."
        )


def _samples(request: Request, data: Any, validation: Any, classes: int | None) -> Samples:
    """What is learned; the configuration is fitted to it."""
    encoder = request.encoder()
    if in_memory(data):
        split = split_of(data, encoder, classes)
        request.fit_to(split)
        source = Samples(lambda dataset: (split, None))
    else:
        directory = Path(data) if data is not None else None
        _take_arrays(request, directory)
        source = samples_in(directory)
    if validation is None:
        return source

    def load(dataset: str) -> tuple[Split, Split | None]:
        train, _ = source.load(dataset)
        return train, split_of(validation, encoder, train.classes)

    return replace(source, load=load)


def _take_arrays(request: Request, directory: Path | None) -> None:
    """A folder with arrays is meant where the preset's own data set reads no files."""
    own = directory is not None and holds_arrays(directory, "train")
    entry = DATASETS.get(str(request.dataset))
    if own and entry is not None and entry.built_in:
        request.set({"data.dataset": ARRAYS})


def _in_memory(
    request: Request,
    samples: Samples,
    weights_from: Path | str | None,
    device: str | torch.device,
    callbacks: Sequence[Callback],
    report: Report,
    log: Callable[[str], None],
) -> Trainer:
    source = Path(weights_from) if weights_from is not None else None
    trainer = new_trainer(whole_config(request.table), samples, torch_device(device), source)
    fit(trainer, [ProgressReport(report), EpochLines(log), *callbacks])
    return trainer
