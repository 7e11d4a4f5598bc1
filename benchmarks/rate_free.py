"""Tasks whose rates carry nothing, as a table: `python benchmarks/rate_free.py`.

Trains both presets by agreement and by rate goodness, reads the input's counts and spikes by
logistic regression, and moves the test spikes in time. Writes docs/results/rate_free.json and .md.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Annotated, Any

import numpy as np
import torch
import typer
from sklearn.linear_model import LogisticRegression

from spikeff.data.registry import Split, load_split
from spikeff.data.tasks import jitter, one_spike_each
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.provenance import package_versions
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import TrainConfig, make_config
from spikeff.training.evaluation import evaluate
from spikeff.training.trainer import Trainer

RESULTS = Path(__file__).parent.parent / "docs" / "results"
PRESETS = ("coincidence", "two-ears")
SEEDS = (0, 1, 2)
JITTERS = (0, 1, 2, 3)
JITTER_SEED = 100
HEADER = (
    "task",
    "read by",
    *(f"jitter {reach}" for reach in JITTERS),
    "shuffled",
    "rate, same net",
    "readout",
    "training",
)


def trains(split: Split) -> np.ndarray[Any, Any]:
    """Spikes bool (samples, steps, channels) of a split of spike trains."""
    return np.asarray(split.images.reshape(-1, *split.shape) > 0)


def moved(split: Split, reach: int) -> Split:
    """Every spike up to ``reach`` steps earlier or later, uniformly, around the ends of a sample.

    Only for trains of one spike per channel.
    """
    rng = np.random.default_rng([JITTER_SEED, reach])
    times = trains(split).argmax(1)
    times = (times + jitter(rng, times.shape, reach)) % split.shape[0]
    images = one_spike_each(times, split.shape[0]).reshape(len(split), -1) * np.uint8(255)
    return replace(split, images=images)


def trained(config: TrainConfig, train: Split, test: Split) -> dict[str, Any]:
    """Train one network; its accuracies, with every jitter too, and the seconds it took."""
    trainer = Trainer(config, train, torch.device("cpu"))
    start = time.perf_counter()
    trainer.calibrate()
    while trainer.epochs_done < config.schedule.epochs:
        trainer.train_epoch()
    seconds = time.perf_counter() - start
    scores = evaluate(trainer.model, test)
    return {
        "seed": config.seed,
        "seconds": seconds,
        "accuracy": scores.accuracy,
        "shuffled_accuracy": scores.shuffled_accuracy,
        "rate_accuracy": scores.rate_accuracy,
        "readout_accuracy": scores.readout_accuracy,
        "coincidence_ratio": scores.coincidence_ratio,
        "jitter": {
            reach: evaluate(trainer.model, moved(test, reach)).accuracy for reach in JITTERS
        },
    }


def linear(train: Split, test: Split) -> dict[str, float]:
    """Test accuracy of logistic regression on each channel's count, and on all spikes as they are.

    The second sees every spike in its step, but no product of two.
    """
    readings = {"counts": lambda s: trains(s).sum(1), "spikes": lambda s: s.images > 0}
    scores = {}
    for name, read in readings.items():
        model = LogisticRegression(max_iter=500).fit(read(train), train.labels)
        scores[name] = float(model.score(read(test), test.labels))
    return scores


def task(preset: str) -> dict[str, Any]:
    """Everything about one preset."""
    table = preset_table(preset)
    train, test = (load_split(table["data"]["dataset"], name, None) for name in ("train", "test"))
    result: dict[str, Any] = {"linear": linear(train, test)}
    for name, change in (("agreement", {}), ("rate", {"network.layer_defaults.goodness": "rate"})):
        result[name] = []
        for seed in SEEDS:
            config = make_config(with_fields(table, change | {"seed": seed}), preset)
            result[name].append(trained(config, train, test))
            typer.echo(f"{preset} {name} {result[name][-1]}", err=True)
    return result


def cells(runs: list[dict[str, Any]], name: str) -> str:
    """Percent right, mean over seeds, with the lowest and the highest."""
    shares = [100 * (run["jitter"][name] if isinstance(name, int) else run[name]) for run in runs]
    return f"{mean(shares):.1f} ({min(shares):.1f} to {max(shares):.1f})"


def rows(preset: str, result: dict[str, Any]) -> list[str]:
    """The lines of one preset: two networks, two linear readings."""
    lines = []
    for name in ("agreement", "rate"):
        runs = result[name]
        keys = (*JITTERS, "shuffled_accuracy", "rate_accuracy", "readout_accuracy")
        shares = " | ".join(cells(runs, key) for key in keys)
        seconds = mean(run["seconds"] for run in runs)
        lines.append(f"| `{preset}` | {name} goodness | {shares} | {seconds:.0f} s |")
    for name, share in result["linear"].items():
        empty = " | ".join([""] * (len(HEADER) - 3))
        lines.append(f"| `{preset}` | logistic, {name} | {100 * share:.1f} | {empty} |")
    return lines


def markdown(results: dict[str, Any]) -> str:
    """The table with the command that made it."""
    lines = [
        "# Tasks whose rates carry nothing",
        "",
        "Made by `python benchmarks/rate_free.py`. Percent right on 1000 test samples, chance 10;",
        f"networks: mean (lowest to highest) over seeds {', '.join(map(str, SEEDS))}.",
        "Every channel spikes once in every sample.",
        "",
        "Jitter: each test spike moved by up to so many steps, uniformly and on its own; the",
        "networks were trained without. The network with rate goodness has the same shape and",
        "settings: its neurons, too, turn coincidence into spikes, and it reads their number.",
        "Logistic regression reads the input: each channel's count, or every spike in its step.",
        "",
        "| " + " | ".join(HEADER) + " |",
        "|" + "---|" * len(HEADER),
        *(line for preset, result in results.items() for line in rows(preset, result)),
        "",
    ]
    return "\n".join(lines)


def main(
    out: Annotated[Path, typer.Option(help="Directory for the results.")] = RESULTS,
) -> None:
    """Train, read and move; write the table."""
    results = {preset: task(preset) for preset in PRESETS}
    about = {"seeds": SEEDS, "versions": package_versions(), "threads": torch.get_num_threads()}
    text = json.dumps({"about": about, "tasks": results}, indent=2)
    write_bytes_whole(out / "rate_free.json", text.encode())
    write_bytes_whole(out / "rate_free.md", markdown(results).encode())


if __name__ == "__main__":
    typer.run(main)
