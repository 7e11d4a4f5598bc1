"""Run directories: what a training leaves behind, each file whole or absent.

``checkpoint.safetensors``  all that training changes, and the configuration it belongs to.
``best.safetensors``  the same after the epoch that was best on validation samples, if any.
``config.toml``, ``history.json``  the same for people: never read back.
``run.json``  the commands, versions, state of the code, machine and times that made it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spikeff.data.fingerprint import Fingerprint
from spikeff.errors import OutputError
from spikeff.ir.io.text import parse_json
from spikeff.ir.io.whole_file import write_bytes_whole
from spikeff.provenance import package_versions, record_of_call
from spikeff.training.config.files import config_text
from spikeff.training.config.schema import TrainConfig

CHECKPOINT = "checkpoint.safetensors"
BEST = "best.safetensors"
CONFIG, HISTORY, RECORD = "config.toml", "history.json", "run.json"
PICTURE = "training.png"
ON_CHIP = "on_chip.safetensors"  # of a run that an emulated chip learned (spikeff.pipeline.on_chip)
OWN = (CHECKPOINT, BEST, CONFIG, HISTORY, RECORD, PICTURE)


def checkpoint_path(run: Path) -> Path:
    """The checkpoint file of a run directory."""
    return run / CHECKPOINT


def copy_run(run: Path, out: Path) -> None:
    """Copy a run's checkpoints and what is told beside them, the last checkpoint last of all.

    Of ``run``, which is one of its checkpoint files, that one alone becomes the last checkpoint.
    """
    if run.is_file():
        write_bytes_whole(out / CHECKPOINT, run.read_bytes())
        return
    for name in (RECORD, "config.toml", "history.json", BEST, CHECKPOINT):
        if (run / name).exists():
            write_bytes_whole(out / name, (run / name).read_bytes())


def holds_run(run: Path) -> bool:
    """Whether there is a run in a folder, or what is left of one that ended before its checkpoint.

    Raises:
        OutputError: There is none, and other files have the names of a run's; or there is one that
            an emulated chip learned.
    """
    if (run / ON_CHIP).exists():
        raise OutputError(
            f"{run} holds a run that was learned on a chip ({ON_CHIP}); go on with it by `spikeff "
            f"train --on-chip --resume`, or choose another --out."
        )
    if checkpoint_path(run).exists() or {"command", "versions"} <= read_record(run).keys():
        return True
    others = [name for name in OWN if (run / name).exists()]
    if others:
        raise OutputError(
            f"{run} holds no run, but {', '.join(others)}, which a training would replace; choose "
            f"another --out, or move them away."
        )
    return False


def record_resume(
    run: Path, config: TrainConfig, data: dict[str, Fingerprint], command: list[str]
) -> None:
    """Add a call that goes on with a run to its ``run.json``; its plan may be longer now."""
    write_bytes_whole(run / CONFIG, config_text(config).encode())
    about = read_record(run)
    before = about.get("resumed")
    calls = [
        *(before if isinstance(before, list) else []),
        {**record_of_call(command), "versions": package_versions()},
    ]
    told = _facts(config, data) | about | {"resumed": calls}
    write_bytes_whole(run / RECORD, json.dumps(told, indent=2).encode())


def _facts(config: TrainConfig, data: dict[str, Fingerprint]) -> dict[str, Any]:
    return {
        "seed": config.seed,
        "dataset": config.data.dataset,
        "samples": data["train"].samples,
        "classes": data["train"].classes,
        "data": {name: each.as_dict() for name, each in data.items()},
    }


def read_record(run: Path) -> dict[str, Any]:
    """What ``run.json`` tells; {} where it is missing or damaged, for it decides nothing."""
    try:
        about = parse_json((run / RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return about if isinstance(about, dict) else {}


def record_seconds(run: Path, seconds: Sequence[float]) -> None:
    """Keep in ``run.json`` how long each epoch took."""
    about = read_record(run) | {"epoch_seconds": [round(each, 3) for each in seconds]}
    write_bytes_whole(run / RECORD, json.dumps(about, indent=2).encode())


def read_seconds(run: Path) -> list[float]:
    """How long each epoch took, as far as ``run.json`` tells."""
    kept = read_record(run).get("epoch_seconds")
    numbers = kept if isinstance(kept, list) else []
    return [float(s) if isinstance(s, int | float) and s >= 0 else 0.0 for s in numbers]


def records(
    run: Path,
    config: TrainConfig,
    data: dict[str, Fingerprint],
    command: list[str],
    further: Mapping[str, Any],
) -> dict[Path, bytes]:
    """``run.json`` and ``config.toml`` of a training on ``data``, "train" and others."""
    about = record_of_call(command) | {
        "versions": package_versions(),
        **_facts(config, data),
        "resumed": [],
        **further,
    }
    return {
        run / RECORD: json.dumps(about, indent=2).encode(),
        run / CONFIG: config_text(config).encode(),
    }
