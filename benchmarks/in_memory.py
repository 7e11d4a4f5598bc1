"""Training without files, for benchmarks of many small networks."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import torch

from spikeff.data.registry import Split
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.provenance import package_versions
from spikeff.training.config.schema import TrainConfig
from spikeff.training.trainer import Trainer

RESULTS = Path(__file__).parent.parent / "docs" / "results"


def trained(config: TrainConfig, train: Split, seed: int) -> Trainer:
    """Train on one thread, so that the outcome does not depend on the machine's cores."""
    torch.set_num_threads(1)
    trainer = Trainer(config.model_copy(update={"seed": seed}), train, torch.device("cpu"))
    for _ in range(config.schedule.epochs):
        trainer.train_epoch()
    return trainer


def spread(values: list[float], scale: float = 100.0, digits: int = 1) -> str:
    """Mean, and standard deviation over several seeds."""
    text = f"{scale * mean(values):.{digits}f}"
    return f"{text} ± {scale * stdev(values):.{digits}f}" if len(values) > 1 else text


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Lines of a Markdown table."""
    lines = (header, ("---",) * len(header), *rows)
    return ["| " + " | ".join(cells) + " |" for cells in lines]


def write_results(name: str, results: Any, lines: list[str]) -> None:
    """Write docs/results/NAME.json and NAME.md."""
    kept = {"results": results, "versions": package_versions()}
    write_bytes_whole(RESULTS / f"{name}.json", json.dumps(kept, indent=1).encode())
    write_bytes_whole(RESULTS / f"{name}.md", "\n".join([*lines, ""]).encode())
