"""Does layer 2 read how much layer 1 fired? `python -m benchmarks.layer_totals`.

Probes: how well layer 1's spikes per sample are predicted from what layer 2 does, from image to
image and for one image under a weaker or stronger drive; with all spikes passed on, with weights
balanced to zero sum, and with a budget of spikes. Writes docs/results/layer_totals.json and .md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import typer
from sklearn.linear_model import RidgeCV

from benchmarks.in_memory import spread, trained, write_results
from spikeff.data.registry import Split, load_split
from spikeff.nn.builder import encode_events
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.evaluation import evaluate
from spikeff.training.trainer import Trainer

SEEDS = (0, 1, 2)
BUDGETS = {"digits-burst": 160, "digits-columns": 300}
EPOCHS = 20
GAINS = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
ALPHAS = np.logspace(-2, 5, 15)
INTRODUCTION = f"""\
Made by `python -m benchmarks.layer_totals`: {EPOCHS} epochs, mean ± standard deviation over seeds
{", ".join(map(str, SEEDS))}. Zero sum: `learning.balanced = true`. Budget:
`network.spike_budget`, the number of layer 1's spikes after which layer 2 hears no more of the
sample.

Layer 1's spikes per sample are predicted by ridge regression from the total of layer 2's spikes and
from the counts of all its neurons; fitted on the training digits, R² on the test digits. From image
to image: the totals as they are. Within an image: layer 1 driven {GAINS[0]} to {GAINS[-1]} times as
strongly, and what is predicted is how far that moves its total from the image's mean.
"""


def r_squared(train: tuple[Any, Any], test: tuple[Any, Any]) -> float:
    """Of ridge regression, on samples that it has not seen."""
    return float(RidgeCV(alphas=ALPHAS).fit(*train).score(*test))


@torch.no_grad()
def counts(trainer: Trainer, split: Split) -> list[Any]:
    """Spikes (samples, neurons) of every layer in a pass without a label."""
    events = encode_events(trainer.config.data, split.images, trainer.device)
    return [z.sum(0).double().numpy() for z in trainer.network(events)]


@torch.no_grad()
def moved(trainer: Trainer, split: Split) -> list[Any]:
    """Counts (gains * samples, neurons) of every layer under ``GAINS``, less each image's mean."""
    network = trainer.network
    events = encode_events(trainer.config.data, split.images, trainer.device)
    drive = network.pixel_drive(events)
    by_gain = [[z.sum(0).double().numpy() for z in network.upward(drive * g)] for g in GAINS]
    layers = [np.stack(counted) for counted in zip(*by_gain, strict=True)]
    return [(c - c.mean(0)).reshape(-1, c.shape[2]) for c in layers]


def probe(seen: list[Any], unseen: list[Any]) -> tuple[float, float]:
    """R² of layer 1's total, from layer 2's total and from the counts of all its neurons."""
    totals = [layers[0].sum(1) for layers in (seen, unseen)]
    sums = [layers[1].sum(1, keepdims=True) for layers in (seen, unseen)]
    return (
        r_squared((sums[0], totals[0]), (sums[1], totals[1])),
        r_squared((seen[1], totals[0]), (unseen[1], totals[1])),
    )


def measure(trainer: Trainer, train: Split, test: Split) -> dict[str, Any]:
    """Accuracy and both probes of a trained network."""
    found: dict[str, Any] = evaluate(trainer.model, test).as_dict()
    for name, of in (("between", counts), ("within", moved)):
        found[f"{name}_total"], found[f"{name}_counts"] = probe(
            of(trainer, train), of(trainer, test)
        )
    return found


def passing(preset: str) -> dict[str, dict[str, Any]]:
    """What layer 2 hears -> the fields of the configuration."""
    budget = BUDGETS[preset]
    return {
        "all spikes": {},
        "all, zero sum": {"learning.balanced": True},
        f"budget {budget}": {"network.spike_budget": budget},
        f"budget {budget}, zero sum": {"network.spike_budget": budget, "learning.balanced": True},
    }


def main() -> None:
    """Measure and write."""
    train, test = load_split("digits", "train", None), load_split("digits", "test", None)
    rows, results = [], {}
    for preset in BUDGETS:
        for passed, fields in passing(preset).items():
            table = with_fields(preset_table(preset), {"schedule.epochs": EPOCHS} | fields)
            config = make_config(table, preset)
            runs = [measure(trained(config, train, seed), train, test) for seed in SEEDS]
            results[f"{preset}, {passed}"] = runs
            row = [spread([r["accuracy"] for r in runs])]
            for probed in ("between_total", "between_counts", "within_total", "within_counts"):
                row.append(spread([r[probed] for r in runs], 1.0, 2))
            typer.echo(f"{preset} {passed} {row}", err=True)
            rows.append((f"`{preset}`", passed, *row))
    header = (
        "preset",
        "layer 2 hears",
        "accuracy",
        "R² from image to image: layer 2's total",
        "all its counts",
        "R² within an image: layer 2's total",
        "all its counts ",
    )
    lines = [
        "# Does layer 2 read how much layer 1 fired?",
        "",
        *INTRODUCTION.splitlines(),
        "",
        *table(header, rows),
    ]
    write_results("layer_totals", results, lines)


if __name__ == "__main__":
    typer.run(main)
