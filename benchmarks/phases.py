"""Positives and negatives apart in time: `python -m benchmarks.phases`.

K batches of positives, then the negatives of the same K batches, for K up to a whole epoch.
Writes docs/results/phases.json, phases.md and phases.png.
"""

from __future__ import annotations

import io
from statistics import mean, stdev
from typing import Any

import typer

from benchmarks.in_memory import RESULTS, spread, table, trained, write_results
from spikeff.data.registry import load_split
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.evaluation import evaluate

# Side by side, then K batches of 16 images each; an epoch has 90.
KS = (0, 1, 2, 4, 8, 16, 32, 64, 90)
SEEDS = (0, 1, 2)
BASE = with_fields(
    preset_table("digits"),
    {
        "network.layers": [400],
        "schedule.epochs": 20,
        "schedule.batch_size": 16,
        "learning.learning_rate": 1e-3,
    },
)
INTRODUCTION = f"""\
Made by `python -m benchmarks.phases`: the `digits` preset with 400 neurons, 20 epochs, 90 batches
of 16 images each; K batches of positives, then the negatives of the same K batches. Mean ± standard
deviation over seeds {", ".join(map(str, SEEDS))}.
"""


def draw(results: dict[int, list[float]]) -> None:
    """Accuracy against K, with the standard deviation over seeds."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    ks = [k for k in results if k]
    means = [100 * mean(results[k]) for k in ks]
    errors = [100 * stdev(results[k]) for k in ks]
    axes.errorbar(ks, means, yerr=errors, marker="o", capsize=3, label="phases of K batches")
    axes.axhline(100 * mean(results[0]), color="grey", linestyle=":", label="side by side")
    axes.set_xscale("log", base=2)
    axes.set_xticks(ks, [str(k) for k in ks])
    axes.set_xlabel("K: batches awake, then as many asleep")
    axes.set_ylabel("accuracy on the test digits, %")
    axes.grid(alpha=0.3)
    axes.legend()
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    write_bytes_whole(RESULTS / "phases.png", picture.getvalue())


def main() -> None:
    """Measure, draw and write."""
    train, test = load_split("digits", "train", None), load_split("digits", "test", None)
    results: dict[int, list[float]] = {}
    scores: dict[int, list[Any]] = {}
    for k in KS:
        config = make_config(with_fields(BASE, {"negatives.phase_batches": k}), f"K = {k}")
        scores[k] = [evaluate(trained(config, train, seed).model, test) for seed in SEEDS]
        results[k] = [s.accuracy for s in scores[k]]
        typer.echo(f"{k} {results[k]}", err=True)
    draw(results)
    rows = [
        (
            "side by side" if k == 0 else str(k),
            spread(results[k]),
            spread([s.readout_accuracy for s in scores[k]]),
            spread([s.coincidence_ratio[0] for s in scores[k]], 1.0, 2),
            spread([s.firing[0] for s in scores[k]]),
        )
        for k in KS
    ]
    header = ("K", "accuracy", "linear readout", "ratio, positives", "firing, %")
    lines = [
        "# Positives and negatives apart in time",
        "",
        *INTRODUCTION.splitlines(),
        "",
        "![accuracy against K](phases.png)",
        "",
        *table(header, rows),
    ]
    write_results("phases", {k: [s.as_dict() for s in v] for k, v in scores.items()}, lines)


if __name__ == "__main__":
    typer.run(main)
