"""Run directories: what a training leaves behind, each file whole or absent.

``checkpoint.safetensors``  all that training changes, and the configuration it belongs to.
``config.toml``, ``history.json``  the same for people: never read back.
``run.json``  the commands, versions, state of the code, machine and times that made it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.ir.io.text import parse_json
from spikeff.provenance import package_versions, record_of_call
from spikeff.training.config.files import config_text
from spikeff.training.config.schema import TrainConfig

CHECKPOINT = "checkpoint.safetensors"
RECORD = "run.json"


def checkpoint_path(run: Path) -> Path:
    """The checkpoint file of a run directory."""
    return run / CHECKPOINT


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


def write_record(run: Path, config: TrainConfig, samples: int, command: list[str]) -> None:
    """Write ``config.toml`` and ``run.json`` of a training on ``samples`` samples."""
    about = record_of_call(command) | {
        "versions": package_versions(),
        "seed": config.seed,
        "dataset": config.data.dataset,
        "samples": samples,
        "resumed": [],
    }
    write_bytes_whole(run / "config.toml", config_text(config).encode())
    write_bytes_whole(run / RECORD, json.dumps(about, indent=2).encode())
