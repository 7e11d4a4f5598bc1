"""The networks that come with the package: `python -m benchmarks.zoo`.

Takes the runs that `benchmarks/mnist.py` has trained and measured, trains the digits preset, copies
the exported networks to spikeff/zoo and writes origins and figures to spikeff/zoo/zoo.toml.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated, Any

import tomli_w
import typer

import spikeff.zoo
from benchmarks.mnist import RESULTS, measured
from spikeff.cli.output import jsonable, progress_bar
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.training.config.files import preset_table
from spikeff.training.config.schema import make_config

FOLDER = Path(spikeff.zoo.__file__).parent
BITS = 8
# Preset: the run of benchmarks/mnist.py that holds it, and what it is.
NETWORKS = {
    "mnist": ("home", "label in the input, at most one spike per neuron"),
    "mnist-once": ("home-columns", "class columns in one pass, at most one spike per neuron"),
    "mnist-frugal": ("frugal", "class columns in one pass, 400 neurons"),
    "mnist-burst": ("burst-shift", "label in the input, neurons fire freely"),
    "mnist-columns": ("columns-shift", "class columns in one pass, neurons fire freely"),
    "digits": ("digits", "label in the input, at most one spike per neuron"),
}


def entry(name: str, summary: str, result: dict[str, Any], data: str) -> dict[str, Any]:
    """One table of zoo.toml."""
    config = make_config(preset_table(name), name)
    scores, chip = result["eval"], result["emulator"]
    return {
        "dataset": config.data.dataset,
        "summary": summary,
        "commands": [
            f"spikeff train --preset {name} --seed {config.seed}{data} --out RUN",
            f"spikeff export RUN --bits {BITS}{data} --out {name}.safetensors",
        ],
        "seed": config.seed,
        "bits": BITS,
        "test_samples": scores["samples"],
        "float_accuracy": scores["accuracy"],
        "accuracy": chip["accuracy"],
        "shuffled_accuracy": scores["shuffled_accuracy"],
        "coincidence_ratio": list(scores["coincidence_ratio"]),
        "synops": chip["synops_per_sample"],
    }


def main(
    out: Annotated[Path, typer.Option(help="Directory of the runs.")] = Path("runs/mnist"),
) -> None:
    """Make all networks and their table."""
    results = json.loads((RESULTS / "mnist.json").read_text())["runs"]
    with progress_bar() as report:
        results["digits"] = measured(out / "digits", {"preset": "digits"}, None, report)
    tables = {}
    for name, (run, summary) in NETWORKS.items():
        shutil.copyfile(out / run / "network.safetensors", FOLDER / f"{name}.safetensors")
        data = "" if name == "digits" else " --data DIR"
        tables[name] = entry(name, summary, jsonable(results[run]), data)
    write_bytes_whole(FOLDER / "zoo.toml", tomli_w.dumps(tables, multiline_strings=True).encode())


if __name__ == "__main__":
    typer.run(main)
