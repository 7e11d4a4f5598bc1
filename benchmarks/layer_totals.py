"""Does layer 2 read how much layer 1 fired? `python -m benchmarks.layer_totals`.

Probes: how well layer 1's spikes per sample are predicted from what layer 2 does, with free weights
and with weights balanced to zero sum. Writes docs/results/layer_totals.json and layer_totals.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import typer
from sklearn.linear_model import RidgeCV

from benchmarks.in_memory import spread, table, trained, write_results
from spikeff.build import encode_events
from spikeff.config import make_config, preset_table
from spikeff.datasets import Split, load_split
from spikeff.evaluation import evaluate
from spikeff.training import Trainer

SEEDS = (0, 1, 2)
PRESETS = ("digits-burst", "digits-columns")
EPOCHS = 20
ALPHAS = np.logspace(-2, 5, 15)
INTRODUCTION = f"""\
Made by `python -m benchmarks.layer_totals`: {EPOCHS} epochs. Layer 1's spikes per sample, predicted
by ridge regression from the total of layer 2's spikes and from the counts of all its neurons;
fitted on the training digits, R² on the test digits. Zero sum: `balanced = true`. Mean ± standard
deviation over seeds {", ".join(map(str, SEEDS))}.
"""


def r_squared(train: tuple[Any, Any], test: tuple[Any, Any]) -> float:
    """Of ridge regression, on samples that it has not seen."""
    return float(RidgeCV(alphas=ALPHAS).fit(*train).score(*test))


@torch.no_grad()
def counts(trainer: Trainer, split: Split) -> list[Any]:
    """Spikes (samples, neurons) of every layer in a pass without a label."""
    events = encode_events(trainer.config, split.images, trainer.device)
    return [z.sum(0).double().numpy() for z in trainer.network(events)]


def probe(trainer: Trainer, train: Split, test: Split) -> dict[str, float]:
    """R² of layer 1's total, from layer 2's total and from the counts of all its neurons."""
    seen, unseen = counts(trainer, train), counts(trainer, test)
    totals = [layers[0].sum(1) for layers in (seen, unseen)]
    sums = [layers[1].sum(1, keepdims=True) for layers in (seen, unseen)]
    return {
        "total": r_squared((sums[0], totals[0]), (sums[1], totals[1])),
        "counts": r_squared((seen[1], totals[0]), (unseen[1], totals[1])),
    }


def main() -> None:
    """Measure and write."""
    train, test = load_split("digits", "train", None), load_split("digits", "test", None)
    rows, results = [], {}
    for preset in PRESETS:
        for balanced in (False, True):
            table_ = preset_table(preset) | {"epochs": EPOCHS, "balanced": balanced}
            config = make_config(table_, preset)
            runs = []
            for seed in SEEDS:
                trainer = trained(config, train, seed)
                runs.append(evaluate(trainer, test).as_dict() | probe(trainer, train, test))
            results[f"{preset}, {'balanced' if balanced else 'free'}"] = runs
            typer.echo(f"{preset} {balanced} {[(r['total'], r['counts']) for r in runs]}", err=True)
            rows.append(
                (
                    f"`{preset}`",
                    "zero sum" if balanced else "free",
                    spread([r["accuracy"] for r in runs]),
                    spread([r["total"] for r in runs], 1.0, 2),
                    spread([r["counts"] for r in runs], 1.0, 2),
                )
            )
    header = (
        "preset",
        "weights into layer 2",
        "accuracy",
        "R², from layer 2's total",
        "R², from all its counts",
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
