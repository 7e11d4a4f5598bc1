"""Checkpoints: all that training changes, written whole and read back name by name."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, TypeVar

import torch

from spikeff.data.dataset import Split
from spikeff.data.registry import load_split
from spikeff.errors import FileFormatError, SpikeffError
from spikeff.ir.io.fields import wrong_types
from spikeff.ir.io.sealed import Arrays, load_sealed, save_sealed, write_bytes_whole
from spikeff.learning.optim import STATE
from spikeff.nn.builder import input_channels, weight_shapes
from spikeff.training.config.files import config_text, parse_config
from spikeff.training.config.schema import TrainConfig
from spikeff.training.evaluation import Evaluation
from spikeff.training.model import Model
from spikeff.training.run_folder import CHECKPOINT, checkpoint_path, write_record
from spikeff.training.trainer import EpochRecord, Trainer

KIND = "spikeff-checkpoint"
VERSION = 3  # 2: probes in the history; 3: configuration in sections
Record = TypeVar("Record")
MAX_COUNT = 2**31
RULE = "rule."  # before the names of what a learning rule keeps


def start_run(run: Path, trainer: Trainer, command: list[str]) -> None:
    """Create the run directory with its first checkpoint, before any training."""
    write_record(run, trainer.config, len(trainer.split), command)
    save_checkpoint(run, trainer)


def save_checkpoint(run: Path, trainer: Trainer) -> None:
    """Write the trainer's whole state; the checkpoint before it stays until this one is whole."""
    history = {
        "epochs": [record.as_dict() for record in trainer.history],
        "probes": [probe.as_dict() for probe in trainer.probes],
    }
    meta = {
        "config": config_text(trainer.config),
        "pixels": trainer.network.pixels,
        "classes": trainer.network.classes,
        "epochs_done": trainer.epochs_done,
        "history": history,
    }
    arrays = {name: tensor.detach().cpu().numpy() for name, tensor in _tensors(trainer).items()}
    save_sealed(checkpoint_path(run), KIND, VERSION, meta, arrays)
    write_bytes_whole(run / "history.json", json.dumps(history, indent=2).encode())


def read_config(run: Path) -> TrainConfig:
    """The configuration that a run directory was trained with."""
    return _config(run, _read(run)[0])


def load_model(run: Path, device: torch.device | None = None) -> Model:
    """The model of a run's last checkpoint on ``device`` [cpu]; reads no data set.

    Raises:
        FileFormatError: ``run`` holds no whole checkpoint.
    """
    meta, arrays = _read(run)
    config = _config(run, meta)
    pixels, classes = _natural(run, meta, "pixels"), _natural(run, meta, "classes")
    _require_shapes(run, config, pixels, classes, arrays)
    model = Model.build(config, pixels, classes, device or torch.device("cpu"))
    weights = model.weights()
    inference = {name: array for name, array in arrays.items() if not name.startswith(RULE)}
    _require_names(run, {*weights, *model.boxes(), *_states_of(weights)}, inference)
    _fill(run, weights | model.boxes(), arrays)
    model.epochs_done = _natural(run, meta, "epochs_done")
    return model


def load_trainer(run: Path, data: Path | None, device: torch.device) -> Trainer:
    """Rebuild the trainer of a run, with its training data, as it was at its last checkpoint."""
    return restore_trainer(run, load_split(read_config(run).data.dataset, "train", data), device)


def restore_trainer(run: Path, split: Split, device: torch.device) -> Trainer:
    """The trainer of a run as it was at its last checkpoint, on the samples of ``split``.

    Raises:
        FileFormatError: The samples have other sizes than the run's.
    """
    meta, arrays = _read(run)
    config = _config(run, meta)
    pixels = input_channels(config.data, split)
    if pixels != meta.get("pixels") or split.classes != meta.get("classes"):
        raise FileFormatError(
            f"{run} was trained on {meta.get('pixels')} pixels and {meta.get('classes')} classes; "
            f"the data have {pixels} and {split.classes}: pass its own data set."
        )
    _require_shapes(run, config, pixels, split.classes, arrays)
    trainer = Trainer(config, split, device)
    tensors = _tensors(trainer)
    _require_names(run, tensors.keys(), arrays)
    _fill(run, tensors, arrays)
    trainer.model.epochs_done = _natural(run, meta, "epochs_done")
    trainer.history, trainer.probes = _history(run, meta)
    return trainer


def read_history(run: Path) -> tuple[list[EpochRecord], list[Evaluation]]:
    """The log of a run up to its last checkpoint: of each epoch, and of each probe."""
    return _history(run, _read(run)[0])


def _history(run: Path, meta: dict[str, Any]) -> tuple[list[EpochRecord], list[Evaluation]]:
    try:
        history = meta["history"]
        return (
            [_record(EpochRecord, entry) for entry in history["epochs"]],
            [_record(Evaluation, entry) for entry in history["probes"]],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FileFormatError(f"{checkpoint_path(run)}: damaged metadata ({error}).") from None


def _tensors(trainer: Trainer) -> dict[str, torch.Tensor]:
    """All that training changes, by name: weights, what lies between layers, optimisers."""
    tensors = trainer.model.weights() | trainer.model.boxes()
    names = [*(f"layer{k}" for k in range(len(trainer.network.stack))), "readout"]
    optimisers = [*trainer.optimisers, trainer.readout.optimiser]
    for name, optimiser in zip(names, optimisers, strict=True):
        tensors |= {f"{name}.{part}": tensor for part, tensor in optimiser.tensors().items()}
    return tensors | {f"{RULE}{name}": tensor for name, tensor in trainer.rule.state().items()}


def _states_of(weights: Iterable[str]) -> set[str]:
    """Names of the optimisers' tensors that belong to ``weights``."""
    return {f"{name.removesuffix('.weight')}.{state}" for name in weights for state in STATE}


def _require_names(run: Path, expected: Collection[str], arrays: Arrays) -> None:
    if set(expected) != arrays.keys():
        raise FileFormatError(
            f"{checkpoint_path(run)} holds {sorted(arrays)}, not the run's parts."
        )


def _fill(run: Path, tensors: dict[str, torch.Tensor], arrays: Arrays) -> None:
    for name, tensor in tensors.items():
        if tuple(tensor.shape) != arrays[name].shape:
            raise FileFormatError(
                f"{checkpoint_path(run)}: {name} has shape {arrays[name].shape}, its configuration "
                f"needs {tuple(tensor.shape)}; the file is damaged or foreign."
            )
        tensor.copy_(torch.from_numpy(arrays[name].copy()))


def _require_shapes(
    run: Path, config: TrainConfig, pixels: int, classes: int, arrays: Arrays
) -> None:
    """The file holds what its configuration announces, before memory is taken for it."""
    expected = weight_shapes(config.network, pixels, classes)
    hidden = sum(layer.neurons for layer in config.layers)
    expected["readout.0.weight"] = (classes, hidden + 1)
    for name, shape in expected.items():
        shape_read = arrays[name].shape if name in arrays else "none"
        if shape_read != shape:
            raise FileFormatError(
                f"{checkpoint_path(run)}: {name} has shape {shape_read}, its configuration needs "
                f"{shape}; the file is damaged or foreign."
            )


def _read(run: Path) -> tuple[dict[str, Any], Arrays]:
    if not run.is_dir():
        raise FileFormatError(
            f"{run} is not a run directory; make one with: spikeff train --out {run}"
        )
    if not checkpoint_path(run).exists():
        raise FileFormatError(f"{run} holds no {CHECKPOINT}: it is not a spikeff run directory.")
    return load_sealed(checkpoint_path(run), KIND, VERSION)


def _config(run: Path, meta: dict[str, Any]) -> TrainConfig:
    try:
        return parse_config(meta["config"], str(checkpoint_path(run)))
    except (KeyError, TypeError):
        raise FileFormatError(f"{checkpoint_path(run)} holds no configuration.") from None
    except SpikeffError as error:
        raise FileFormatError(f"{error}\nTrain it again with this version.") from None


def _natural(run: Path, meta: dict[str, Any], name: str) -> int:
    value = meta.get(name)
    if type(value) is not int or not 0 <= value <= MAX_COUNT:
        raise FileFormatError(f"{checkpoint_path(run)}: {name} = {value!r} is not a count.")
    return value


def _record(kind: type[Record], entry: dict[str, Any]) -> Record:
    listed: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    wrong = wrong_types(kind, listed)
    if wrong:
        raise ValueError("; ".join(wrong))
    return kind(**listed)
