"""Goodness x code x spikes per neuron, as maps: `python -m benchmarks.agreement_map [--data DIR]`.

Small networks of two layers, on digits and (with --data) on a part of MNIST, label in the input
and class columns. What a run before has measured is kept. Writes docs/results/agreement_map.json,
agreement_map.md and the pictures beside it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Annotated, Any

import typer

from benchmarks.agreement_pictures import draw_frontier, draw_map
from benchmarks.in_memory import RESULTS, spread, trained
from spikeff.data.registry import Split, load_split
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.nn.builder import encode_images
from spikeff.provenance import package_versions
from spikeff.training.config.overlay import with_fitting_fields
from spikeff.training.config.schema import TrainConfig, make_config
from spikeff.training.evaluation import evaluate
from spikeff.training.trainer import Trainer

PATH = RESULTS / "agreement_map.json"
GOODNESS = {"rate": 0.0, "pairs": 0.0, "windowed_pairs": 0.3, "synchrony": 0.0}
TAU_SYN, LABEL_STEPS = "network.layer_defaults.neuron.tau_syn", "network.labels.steps"
CODES: dict[str, dict[str, Any]] = {
    "burst": {"data.encoder.kind": "burst", TAU_SYN: 0.002, LABEL_STEPS: [0]},
    "latency": {"data.encoder.kind": "latency", TAU_SYN: 0.002, LABEL_STEPS: [3]},
    "latency, lasting": {"data.encoder.kind": "latency", TAU_SYN: math.inf, LABEL_STEPS: [3]},
}
LIMITS: tuple[int | str, ...] = (1, 3, "none")
OBJECTIVES = {"labels": "pair", "columns": "class_columns"}
TEMPERATURE = 3.0
# Homeostasis that keeps firing near 3% of steps: what improves the frontier at one spike.
PUSH = 400.0
DATA: dict[str, dict[str, Any]] = {
    "digits": {
        "network.layers": [200, 200],
        "schedule": {"epochs": 20, "batch_size": 64},
        "data.encoder.pixel_threshold": 0.05,
    },
    "mnist": {
        "network.layers": [500, 500],
        "schedule": {"epochs": 3, "batch_size": 50},
        "data.encoder.pixel_threshold": 0.2,
    },
}
PARTS = {"digits": (None, None), "mnist": (6000, 1000)}
COMMON: dict[str, Any] = {
    "data.steps": 8,
    "network.layer_defaults.column_size": 10,
    "network.layer_defaults.neuron.tau_mem": 0.002,
    "network.layer_defaults.initial_firing": 0.05,
    "network.labels.gain": 8.0,
    "objective.temperature": TEMPERATURE,
    "learning.learning_rate": 3e-3,
}


def cells(dataset: str) -> Iterator[tuple[str, TrainConfig]]:
    """Names "objective | goodness | code | spikes | homeostasis" and configurations."""
    for objective, loss in OBJECTIVES.items():
        for goodness, beta in GOODNESS.items():
            for code, fields in CODES.items():
                for limit in LIMITS:
                    for push in (0.0, PUSH) if limit == 1 else (0.0,):
                        table = COMMON | DATA[dataset] | fields | {"data.dataset": dataset}
                        table |= layer_fields(goodness, beta, limit, push) | {"objective": loss}
                        name = f"{objective} | {goodness} | {code} | {limit} | {push:g}"
                        yield name, make_config(with_fitting_fields({}, table), name)


def layer_fields(goodness: str, beta: float, limit: Any, push: float) -> dict[str, Any]:
    """What differs between the layers of two cells."""
    return {
        f"network.layer_defaults.{name}": value
        for name, value in {
            "goodness": {"kind": goodness} | ({"beta": beta} if beta else {}),
            "spike_limit": limit,
            "homeostasis": push or "none",
        }.items()
    }


def measure(config: TrainConfig, train: Split, test: Split) -> dict[str, Any]:
    """Train one network and say what it does on ``test``."""
    trainer = trained(config, train, config.seed)
    scores = evaluate(trainer.model, test)
    return scores.as_dict() | {"synops": synops(config, trainer, test, scores.firing)}


def synops(config: TrainConfig, trainer: Trainer, test: Split, firing: tuple[float, ...]) -> float:
    """Synaptic operations per sample, all passes, every weight stored; firing as on positives."""
    inputs = encode_images(config.data, test.images).sum()
    sources, passes = [inputs / len(test)], 1
    labels = trainer.network.labels
    if labels is not None:
        passes = labels.classes
        sources[0] += labels.neurons * len(labels.steps)
    sizes = [layer.neurons for layer in config.layers]
    sources += [f * config.data.steps * n for f, n in zip(firing, sizes, strict=True)]
    return float(passes * sum(s * n for s, n in zip(sources, sizes, strict=False)))


HEADER = (
    "goodness",
    "code",
    "spikes",
    "homeostasis",
    "accuracy",
    "shuffled in time",
    "same spikes by rate",
    "ratio, positives",
    "ratio, negatives",
    "firing, %",
    "SOPs / sample",
)


def row(name: str, runs: list[dict[str, Any]]) -> str:
    """One line of the table, over seeds; the figures of two layers apart."""
    _, *labels = name.split(" | ")

    def layers(key: str, scale: float, digits: int) -> str:
        each = zip(*(r[key] for r in runs), strict=True)
        return ", ".join(f"{scale * mean(layer):.{digits}f}" for layer in each)

    cells = (
        *labels,
        *(spread([r[k] for r in runs]) for k in ("accuracy", "shuffled_accuracy", "rate_accuracy")),
        layers("coincidence_ratio", 1.0, 2),
        layers("negative_ratio", 1.0, 2),
        layers("firing", 100.0, 1),
        f"{mean(r['synops'] for r in runs):,.0f}",
    )
    return "| " + " | ".join(cells) + " |"


def markdown(results: dict[str, Any]) -> str:
    """All cells as tables."""
    lines = ["# The agreement map", "", *INTRODUCTION.splitlines()]
    for dataset, found in results.items():
        for objective, loss in OBJECTIVES.items():
            names = [n for n in found if n.startswith(objective)]
            if not names:
                continue
            lines += ["", f"## {dataset}, {objective} (objective `{loss}`)", ""]
            lines += [f"![map](agreement_map_{dataset}_{objective}.png)", ""]
            lines += ["| " + " | ".join(HEADER) + " |", "|" + "---|" * len(HEADER)]
            lines += [row(name, list(found[name].values())) for name in names]
    return "\n".join([*lines, ""])


INTRODUCTION = """\
Made by `python -m benchmarks.agreement_map --data DIR`; what it means is in
[docs/agreement.md](../agreement.md). Two layers (digits: 2 x 200 neurons, 20 epochs; MNIST:
2 x 500, 3 epochs over the first 6,000 images, tested on the first 1,000), the same settings in
every cell, none tuned for its own. `labels`: label in the input, one pass per label. `columns`:
class columns, one pass. Mean ± standard deviation over seeds; per layer where two figures stand.
"""


def main(
    data: Annotated[Path | None, typer.Option(help="Directory of MNIST's IDX files.")] = None,
    seeds: Annotated[int, typer.Option(help="Seeds 0 to N - 1.")] = 3,
    only: Annotated[str, typer.Option(help="Only cells whose name contains this.")] = "",
) -> None:
    """Measure what is missing, then draw and write everything."""
    kept = json.loads(PATH.read_text()) if PATH.exists() else {"cells": {}}
    for seed in range(seeds):
        for dataset in DATA if data is not None else ["digits"]:
            found = kept["cells"].setdefault(dataset, {})
            splits = [
                load_split(dataset, kind, data).head(part)
                for kind, part in zip(("train", "test"), PARTS[dataset], strict=True)
            ]
            for name, config in cells(dataset):
                if only in name and str(seed) not in found.get(name, {}):
                    seeded = config.model_copy(update={"seed": seed})
                    found.setdefault(name, {})[str(seed)] = measure(seeded, *splits)
                    typer.echo(f"{dataset} {seed} {name}", err=True)
                    kept["versions"] = package_versions()
                    write_bytes_whole(PATH, json.dumps(kept, indent=1).encode())
    for dataset, found in kept["cells"].items():
        for objective in OBJECTIVES:
            if any(name.startswith(objective) for name in found):
                draw_map(found, objective, RESULTS / f"agreement_map_{dataset}_{objective}.png")
        draw_frontier(found, RESULTS / f"agreement_frontier_{dataset}.png")
    write_bytes_whole(RESULTS / "agreement_map.md", markdown(kept["cells"]).encode())


if __name__ == "__main__":
    typer.run(main)
