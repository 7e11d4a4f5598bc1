"""Checkpoints: all that training changes, written whole and read back name by name."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from spikeff.data.dataset import Split
from spikeff.data.fingerprint import Fingerprint
from spikeff.data.registry import load_split, load_validation
from spikeff.errors import DataError, FileFormatError
from spikeff.ir.io.sealed import Arrays, save_sealed, sealed_bytes
from spikeff.ir.io.whole_file import write_bytes_whole, write_together
from spikeff.learning.generative import name_of
from spikeff.learning.optim import STATE
from spikeff.nn.builder import input_channels
from spikeff.nn.ff_network import FFNetwork
from spikeff.training.config.files import config_text
from spikeff.training.config.schema import TrainConfig
from spikeff.training.history import History
from spikeff.training.model import Model
from spikeff.training.run_folder import BEST, HISTORY, PICTURE, checkpoint_path, records
from spikeff.training.stored import KIND, VERSION, WHOLE_EPOCHS, Stored, read_stored
from spikeff.training.tensorboard import log_files
from spikeff.training.trainer import Trainer

RULE = "rule."  # before the names of what a learning rule keeps
EPOCH = "epoch."  # and of what an epoch under way needs


def start_run(
    run: Path, trainer: Trainer, command: list[str], further: Mapping[str, Any] | None = None
) -> None:
    """Create the run directory with its first checkpoint, before any training.

    Of a run that it replaces nothing stays that its training wrote: not beside the new checkpoint.

    Args:
        run: The directory.
        trainer: Before its first epoch.
        command: What was called.
        further: What else ``run.json`` is to tell.
    """
    meta = _meta(trainer)
    files = {
        checkpoint_path(run): sealed_bytes(KIND, WHOLE_EPOCHS, meta, _arrays(trainer)),
        **records(run, trainer.config, trainer.data, command, further or {}),
        run / HISTORY: _as_text(meta["history"]),
    }
    write_together(files, gone=(run / BEST, run / PICTURE, *log_files(run)))


def save_checkpoint(run: Path, trainer: Trainer) -> None:
    """Write the trainer's whole state; the checkpoint before it stays until this one is whole.

    After the epoch with the highest validation accuracy so far the same goes to ``best``: first,
    so that a training that is stopped in between goes on from before that epoch.
    """
    meta, arrays = _meta(trainer), _arrays(trainer)
    best = trainer.epochs_done and trainer.log.best_epoch == trainer.epochs_done
    if best and trainer.epoch is None:
        save_sealed(run / BEST, KIND, WHOLE_EPOCHS, meta, arrays)
    version = WHOLE_EPOCHS if trainer.epoch is None else VERSION
    save_sealed(checkpoint_path(run), KIND, version, meta, arrays)
    save_history(run, trainer)


def save_history(run: Path, trainer: Trainer) -> None:
    """Write what the checkpoint tells of its epochs for people."""
    write_bytes_whole(run / HISTORY, _as_text(trainer.log.as_dict()))


def _meta(trainer: Trainer) -> dict[str, Any]:
    meta = {
        "config": config_text(trainer.config),
        "pixels": trainer.network.pixels,
        "classes": trainer.network.classes,
        "epochs_done": trainer.epochs_done,
        "history": trainer.log.as_dict(),
        "data": {name: each.as_dict() for name, each in trainer.data.items()},
        "callbacks": trainer.callback_states,
    }
    if trainer.prolonged_at or trainer.rate_cap < math.inf:
        meta |= {"prolonged_at": trainer.prolonged_at, "rate_cap": trainer.rate_cap}
    return meta


def _arrays(trainer: Trainer) -> Arrays:
    arrays = {name: tensor.detach().cpu().numpy() for name, tensor in _tensors(trainer).items()}
    return arrays | {f"{EPOCH}{name}": array for name, array in trainer.epoch_arrays().items()}


def _as_text(history: dict[str, Any]) -> bytes:
    return json.dumps(history, indent=2).encode()


def read_config(run: Path) -> TrainConfig:
    """The configuration that a run directory was trained with."""
    return read_stored(run).config


def read_history(run: Path) -> History:
    """The log of a run up to its last checkpoint."""
    return read_stored(run).history


def load_model(run: Path, device: torch.device | None = None) -> Model:
    """The model of a run's last checkpoint on ``device`` [cpu]; reads no data set.

    Args:
        run: Directory of a run, or a checkpoint file such as its ``best.safetensors``.
        device: Where the model is to lie.

    Raises:
        FileFormatError: ``run`` holds no whole checkpoint.
    """
    stored = read_stored(run)
    pixels, classes = stored.count("pixels"), stored.count("classes")
    stored.require_shapes(pixels, classes)
    model = Model.build(stored.config, pixels, classes, device or torch.device("cpu"))
    weights = model.weights()
    inference = [name for name in stored.arrays if not name.startswith((RULE, EPOCH))]
    _require_names(stored, {*weights, *model.boxes(), *_states_of(weights)}, inference)
    _fill(stored, weights | model.boxes())
    _require_delays(stored, model.network)
    model.epochs_done = stored.count("epochs_done")
    return model


def load_trainer(run: Path, data: Path | None, device: torch.device) -> Trainer:
    """Rebuild the trainer of a run, with its data, as it was at its last checkpoint."""
    dataset = read_config(run).data.dataset
    train, validation = load_split(dataset, "train", data), load_validation(dataset, data)
    return restore_trainer(run, train, device, validation)


def restore_trainer(
    run: Path, split: Split, device: torch.device, validation: Split | None = None
) -> Trainer:
    """The trainer of a run as it was at its last checkpoint, on the samples it was trained on.

    Raises:
        FileFormatError: The samples have other sizes than the run's.
        DataError: They are other samples.
    """
    stored = read_stored(run)
    pixels = input_channels(stored.config.data, split)
    if pixels != stored.meta.get("pixels") or split.classes != stored.meta.get("classes"):
        raise FileFormatError(
            f"{run} was trained on {stored.meta.get('pixels')} pixels and "
            f"{stored.meta.get('classes')} classes; the data have {pixels} and {split.classes}: "
            f"pass its own data set."
        )
    stored.require_shapes(pixels, split.classes)
    trainer = Trainer(stored.config, split, device, validation)
    _require_same_data(run, stored.fingerprints, trainer.data)
    tensors = _tensors(trainer)
    under_way = {k: v for k, v in stored.arrays.items() if k.startswith(EPOCH)}
    _require_names(stored, tensors.keys(), stored.arrays.keys() - under_way.keys())
    _fill(stored, tensors)
    _require_delays(stored, trainer.network)
    trainer.model.epochs_done = stored.count("epochs_done")
    trainer.log = stored.history
    trainer.callback_states = stored.table("callbacks")
    trainer.prolonged_at, trainer.rate_cap = stored.count("prolonged_at", 0), stored.rate_cap
    if under_way:
        _resume_epoch(stored, trainer, under_way)
    return trainer


def _resume_epoch(stored: Stored, trainer: Trainer, under_way: Arrays) -> None:
    try:
        trainer.resume_epoch({k.removeprefix(EPOCH): v for k, v in under_way.items()})
    except (KeyError, ValueError, IndexError, TypeError, RuntimeError) as error:
        raise FileFormatError(
            f"{stored.file}: the epoch under way cannot be gone on with ({error}); the file is "
            f"damaged or foreign."
        ) from None


def _require_same_data(
    run: Path, kept: dict[str, Fingerprint], given: dict[str, Fingerprint]
) -> None:
    for name in dict.fromkeys([*kept, *given]) if kept else ():
        if kept.get(name) != given.get(name):
            raise DataError(
                f"{run} cannot be resumed with other data. Its {name} split: "
                f"{kept.get(name, 'none of its own')}; the one given: {given.get(name, 'none')}. "
                f"Pass the data that it began with, or learn these from its weights: "
                f"spikeff train --from {run} --out NEW."
            )


def _tensors(trainer: Trainer) -> dict[str, torch.Tensor]:
    """All that training changes, by name: weights, what lies between layers, optimisers."""
    tensors = trainer.model.weights() | trainer.model.boxes()
    names = [*(f"layer{k}" for k in range(len(trainer.network.stack))), "readout"]
    optimisers = [*trainer.optimisers, trainer.readout.optimiser]
    if trainer.model.generative is not None:
        names += [name_of(k) for k in range(len(trainer.model.generative.weights))]
        optimisers += trainer.model.generative.optimisers
    for name, optimiser in zip(names, optimisers, strict=True):
        tensors |= {f"{name}.{part}": tensor for part, tensor in optimiser.tensors().items()}
    return tensors | {f"{RULE}{name}": tensor for name, tensor in trainer.rule.state().items()}


def _states_of(weights: Iterable[str]) -> set[str]:
    """Names of the optimisers' tensors that belong to ``weights``."""
    return {f"{name.removesuffix('.weight')}.{state}" for name in weights for state in STATE}


def _require_names(stored: Stored, expected: Collection[str], found: Collection[str]) -> None:
    if set(expected) != set(found):
        raise FileFormatError(f"{stored.file} holds {sorted(found)}, not the run's parts.")


def _fill(stored: Stored, tensors: dict[str, torch.Tensor]) -> None:
    for name, tensor in tensors.items():
        array = stored.arrays[name]
        if tuple(tensor.shape) != array.shape:
            raise FileFormatError(
                f"{stored.file}: {name} has shape {array.shape}, its configuration needs "
                f"{tuple(tensor.shape)}; the file is damaged or foreign."
            )
        tensor.copy_(torch.from_numpy(array.copy()))


def _require_delays(stored: Stored, network: FFNetwork) -> None:
    for depth in range(len(network.stack)):
        for steps, settings in network.delay_parts(depth):
            found = float(steps.min()), float(steps.max())
            if found[0] < 0 or found[1] > settings.max_delay:
                raise FileFormatError(
                    f"{stored.file}: layer {depth + 1} has delays from {found[0]:g} to "
                    f"{found[1]:g} steps, its configuration allows 0 to {settings.max_delay}; the "
                    f"file is damaged or foreign."
                )
