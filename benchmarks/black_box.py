"""A circuit that nobody differentiates between two layers: `python -m benchmarks.black_box`.

Writes docs/results/black_box.json and black_box.md.
"""

from __future__ import annotations

from typing import Any

import torch
import typer

from benchmarks.in_memory import spread, table, trained, write_results
from spikeff.data.registry import Split, load_split
from spikeff.ir.goodness import class_goodness
from spikeff.nn.black_box import BLACK_BOXES
from spikeff.nn.builder import encode_events
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.evaluation import evaluate
from spikeff.training.trainer import Trainer

SEEDS = (0, 1, 2)
PRESET = "digits-columns"
EPOCHS = 30
INTRODUCTION = f"""\
Made by `python -m benchmarks.black_box`: preset `{PRESET}`, {EPOCHS} epochs. `none`: layer 2
hears layer 1 itself. `random`: fixed random synapses into LIF neurons. `noisy`: a fifth of the
spikes lost, and others added. `drifting`: random synapses that turn a little at every call, in
training and in the test alike. No derivative of the box is used anywhere. Test digits, mean ±
standard deviation over seeds {", ".join(map(str, SEEDS))}.
"""


@torch.no_grad()
def layers_alone(trainer: Trainer, test: Split) -> list[float]:
    """Accuracy of each layer by its own goodness."""
    network = trainer.network
    events = encode_events(trainer.config.data, test.images, trainer.device)
    labels = torch.from_numpy(test.labels)
    shares = []
    for layer, z in zip(network.stack, network(events), strict=True):
        own = layer.goodness_spec
        goodness = class_goodness(z, layer.column_size, own.name, own.beta, network.classes)
        shares.append(float((goodness.argmax(1) == labels).double().mean()))
    return shares


def measure(fields: dict[str, Any], seed: int, train: Split, test: Split) -> dict[str, Any]:
    """Train one network and read it whole and layer by layer."""
    table = with_fields(preset_table(PRESET), {"schedule.epochs": EPOCHS} | fields)
    config = make_config(table, str(fields))
    trainer = trained(config, train, seed)
    return evaluate(trainer.model, test).as_dict() | {"alone": layers_alone(trainer, test)}


def main() -> None:
    """Measure and write."""
    train, test = load_split("digits", "train", None), load_split("digits", "test", None)
    cases = {box: {"network.black_box": box} for box in ("none", *BLACK_BOXES)}
    results: dict[str, list[dict[str, Any]]] = {}
    for name, fields in cases.items():
        results[name] = [measure(fields, seed, train, test) for seed in SEEDS]
        typer.echo(f"{name} {[r['alone'] for r in results[name]]}", err=True)
    rows = [
        (
            name,
            spread([r["accuracy"] for r in runs]),
            spread([r["alone"][0] for r in runs]),
            spread([r["alone"][1] for r in runs]),
            ", ".join(spread([r["coincidence_ratio"][k] for r in runs], 1.0, 2) for k in range(2)),
        )
        for name, runs in results.items()
    ]
    header = ("box", "accuracy", "layer 1 alone", "layer 2 alone, behind the box", "ratio")
    lines = [
        "# A black box between two layers",
        "",
        *INTRODUCTION.splitlines(),
        "",
        *table(header, rows),
    ]
    write_results("black_box", results, lines)


if __name__ == "__main__":
    typer.run(main)
