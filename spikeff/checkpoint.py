"""Run directories: what a training leaves behind, each file whole or absent.

``checkpoint.safetensors``  all that training changes, and the configuration it belongs to.
``config.toml``, ``history.json``  the same for people: never read back.
``run.json``  the commands, versions, state of the code, machine and times that made it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch

from spikeff.build import input_channels, label_code
from spikeff.config import TrainConfig, config_text, parse_config
from spikeff.datasets import load_split
from spikeff.encoding import get_encoder
from spikeff.errors import FileFormatError, SpikeffError
from spikeff.evaluation import Evaluation
from spikeff.field_types import wrong_types
from spikeff.json_text import parse_json
from spikeff.provenance import package_versions, record_of_call
from spikeff.sealed_file import Arrays, load_sealed, save_sealed, write_bytes_whole
from spikeff.split import Split
from spikeff.training import EpochRecord, Trainer

KIND = "spikeff-checkpoint"
VERSION = 2  # 2: probes in the history
CHECKPOINT = "checkpoint.safetensors"
RECORD = "run.json"
Record = TypeVar("Record")
MAX_COUNT = 2**31


def checkpoint_path(run: Path) -> Path:
    """The checkpoint file of a run directory."""
    return run / CHECKPOINT


def start_run(run: Path, trainer: Trainer, command: list[str]) -> None:
    """Create the run directory with its first checkpoint, before any training."""
    about = record_of_call(command) | {
        "versions": package_versions(),
        "seed": trainer.config.seed,
        "dataset": trainer.config.dataset,
        "samples": len(trainer.split),
        "resumed": [],
    }
    write_bytes_whole(run / "config.toml", config_text(trainer.config).encode())
    write_bytes_whole(run / RECORD, json.dumps(about, indent=2).encode())
    save_checkpoint(run, trainer)


def record_resume(run: Path, command: list[str]) -> None:
    """Add a call that goes on with a run to its ``run.json``."""
    about = read_record(run)
    before = about.get("resumed")
    calls = [
        *(before if isinstance(before, list) else []),
        {**record_of_call(command), "versions": package_versions()},
    ]
    write_bytes_whole(run / RECORD, json.dumps(about | {"resumed": calls}, indent=2).encode())


def read_record(run: Path) -> dict[str, Any]:
    """What ``run.json`` tells; {} where it is missing or damaged, for it decides nothing."""
    try:
        about = parse_json((run / RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return about if isinstance(about, dict) else {}


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


def load_trainer(run: Path, data: Path | None, device: torch.device) -> Trainer:
    """Rebuild the trainer of a run, with its training data, as it was at its last checkpoint."""
    meta, arrays = _read(run)
    config = _config(run, meta)
    return restore(run, meta, arrays, load_split(config.dataset, "train", data), device)


def load_for_inference(run: Path, device: torch.device | None = None) -> Trainer:
    """Rebuild network and readout of a run on ``device`` [cpu], without reading any data set."""
    meta, arrays = _read(run)
    pixels, classes = _natural(run, meta, "pixels"), _natural(run, meta, "classes")
    config = _config(run, meta)
    rows, columns = get_encoder(config.encoder).shape(pixels, config.steps)
    images, labels = np.zeros((0, rows * columns), np.uint8), np.zeros(0, np.int64)
    nothing = Split(images, labels, (rows, columns), classes)
    return restore(run, meta, arrays, nothing, device or torch.device("cpu"))


def restore(
    run: Path, meta: dict[str, Any], arrays: Arrays, split: Split, device: torch.device
) -> Trainer:
    """Put a checkpoint's content into a new trainer; every name and shape must match."""
    config = _config(run, meta)
    pixels = input_channels(config, split)
    if pixels != meta.get("pixels") or split.classes != meta.get("classes"):
        raise FileFormatError(
            f"{run} was trained on {meta.get('pixels')} pixels and {meta.get('classes')} classes; "
            f"the data have {pixels} and {split.classes}: pass its own data set."
        )
    _require_shapes(run, config, pixels, split.classes, arrays)
    trainer = Trainer(config, split, device)
    expected = _tensors(trainer)
    if expected.keys() != arrays.keys():
        raise FileFormatError(
            f"{checkpoint_path(run)} holds {sorted(arrays)}, not the run's parts."
        )
    for name, tensor in expected.items():
        if tuple(tensor.shape) != arrays[name].shape:
            raise FileFormatError(
                f"{checkpoint_path(run)}: {name} has shape {arrays[name].shape}, its configuration "
                f"needs {tuple(tensor.shape)}; the file is damaged or foreign."
            )
        tensor.copy_(torch.from_numpy(arrays[name].copy()))
    try:
        trainer.epochs_done = _natural(run, meta, "epochs_done")
        history = meta["history"]
        trainer.history = [_record(EpochRecord, entry) for entry in history["epochs"]]
        trainer.probes = [_record(Evaluation, entry) for entry in history["probes"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FileFormatError(f"{checkpoint_path(run)}: damaged metadata ({error}).") from None
    return trainer


def _require_shapes(
    run: Path, config: TrainConfig, pixels: int, classes: int, arrays: Arrays
) -> None:
    """The file holds what its configuration announces, before memory is taken for it."""
    channels = [pixels, *config.layers]
    expected = {
        f"layer{k}.0.weight": (neurons, channels[k]) for k, neurons in enumerate(config.layers)
    }
    expected["readout.0.weight"] = (classes, sum(config.layers) + 1)
    code = label_code(config, classes)
    if code is not None:
        expected["layer0.1.weight"] = (config.layers[0], code.channels)
    for name, shape in expected.items():
        found = arrays[name].shape if name in arrays else "none"
        if found != shape:
            raise FileFormatError(
                f"{checkpoint_path(run)}: {name} has shape {found}, its configuration needs "
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


def _tensors(trainer: Trainer) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = {}
    names = [*(f"layer{k}" for k in range(len(trainer.network.stack))), "readout"]
    optimisers = [*trainer.optimisers, trainer.readout.optimiser]
    for name, optimiser in zip(names, optimisers, strict=True):
        tensors |= {f"{name}.{part}": tensor for part, tensor in optimiser.tensors().items()}
    for depth, box in trainer.network.between.items():
        if isinstance(box, torch.nn.Module):
            tensors |= {f"box{depth}.{part}": tensor for part, tensor in box.state_dict().items()}
    return tensors
