"""Accuracy on all of MNIST: `python benchmarks/mnist.py --data DIR`, or some runs by `--only NAME`.

The runs are those of benchmarks/mnist.toml. One that --out already holds whole is not trained
again, one that was stopped goes on. Writes docs/results/mnist.json and docs/results/mnist.md, and
each run's training plot to docs/results/training/.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import tomli_w
import typer

from spikeff.cli.output import jsonable, listed, progress_bar
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.pipeline import Report
from spikeff.pipeline.compile.export import export
from spikeff.pipeline.evaluate import evaluate_run
from spikeff.pipeline.run.run import run
from spikeff.pipeline.train import train
from spikeff.provenance import package_versions
from spikeff.training.checkpoint import read_history
from spikeff.training.config.files import load_config
from spikeff.training.run_folder import checkpoint_path

FOLDER = Path(__file__).parent
RESULTS = FOLDER.parent / "docs" / "results"
PICTURES = RESULTS / "training"
JITTERS = (1, 2, 3)
JITTERED = 2000  # samples, where there are so many
INTRODUCTION = """\
Made by `python benchmarks/mnist.py --data DIR`; settings in `benchmarks/mnist.toml` and the presets
that it names; every network is the one after its last epoch. Percent right. `-shift`: training
images moved by up to one pixel, in `columns-shift` by two. `-backprop`: the same neurons and layers
trained end to end through time; with class columns at the settings of an earlier `mnist-columns`
(temperature 3, no dropout of the input, fewer epochs, shifts of one pixel); where the network reads
labels in its input, the baseline has no label channels and answers by a linear softmax on its spike
counts. Shuffled in time: each neuron's spikes at random steps, counts kept. Ratio: coincident pairs
over those left after the shuffle, per layer. Jitter: input spikes moved by up to 0, 1, 2 or 3 of
the 8 steps, first 2,000 test images. SOPs: synaptic operations of the 8-bit network on the
emulator, all passes.
"""
HEADER = (
    "run",
    "accuracy",
    "8 bits, emulator",
    "shuffled in time",
    "by rate, same spikes",
    "linear readout",
    "short list",
    "ratio, positives",
    "ratio, negatives",
    "firing, %",
    "jitter 0 / " + " / ".join(map(str, JITTERS)),
    "SOPs / sample",
    "epochs",
    "training",
)


def measured(
    folder: Path, table: dict[str, Any], data: Path | None, report: Report
) -> dict[str, Any]:
    """Train one run if need be, and measure it in float, under jitter, and in integers."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "wanted.toml"
    write_bytes_whole(config, tomli_w.dumps(table).encode())
    run_folder, file = folder / "run", folder / "network.safetensors"
    begun = checkpoint_path(run_folder).exists()
    trained = train(run_folder, config=config, data=data, resume=begun, report=report)
    scores = evaluate_run(run_folder, data, report=report)
    jittered = min(JITTERED, scores.samples)
    jitters = {
        j: evaluate_run(run_folder, data, jittered, jitter=j, report=report).accuracy
        for j in (0, *JITTERS)
    }
    exported = export(run_folder, file, data=data)
    integers = run(file, data=data, report=report)
    _, probes = read_history(run_folder)
    return {
        "config": table,
        "seconds": _seconds_in_all(folder / "seconds.json", trained.seconds),
        "epochs": trained.epochs,
        "eval": asdict(scores),
        "jitter": jitters,
        "emulator": asdict(integers),
        "bytes": exported.bytes,
        "probes": [probe.as_dict() for probe in probes],
    }


def _seconds_in_all(path: Path, now: float) -> float:
    """Adds ``now`` to what earlier calls took: a stopped training goes on, a whole one is kept."""
    before = json.loads(path.read_text()) if path.exists() else 0.0
    write_bytes_whole(path, json.dumps(before + now).encode())
    return float(before + now)


def row(name: str, result: dict[str, Any]) -> str:
    """One line of the table."""
    scores, chip = result["eval"], result["emulator"]
    shares = (
        scores["accuracy"],
        chip["accuracy"],
        scores["shuffled_accuracy"],
        scores["rate_accuracy"],
        scores["readout_accuracy"],
        scores["shortlist_accuracy"],
    )
    cells = (
        f"`{name}`",
        *(f"{100 * share:.2f}" for share in shares),
        listed(scores["coincidence_ratio"]),
        listed(scores["negative_ratio"]),
        listed([100 * f for f in scores["firing"]]),
        " / ".join(f"{100 * result['jitter'][str(j)]:.1f}" for j in (0, *JITTERS)),
        f"{chip['synops_per_sample']:,.0f}",
        str(result["epochs"]),
        f"{result['seconds'] / 60:.0f} min",
    )
    return "| " + " | ".join(cells) + " |"


def markdown(results: dict[str, Any], entries: dict[str, dict[str, Any]]) -> str:
    """The tables, group by group, with the command that made them."""
    lines = [
        "# MNIST, all 10,000 test images",
        "",
        *INTRODUCTION.splitlines(),
        "",
    ]
    for group in dict.fromkeys(entry["group"] for entry in entries.values()):
        names = [n for n, entry in entries.items() if entry["group"] == group and n in results]
        if names:
            lines += ["", f"## {group[0].upper()}{group[1:]}", "", "| " + " | ".join(HEADER) + " |"]
            lines += ["|" + "---|" * len(HEADER), *(row(name, results[name]) for name in names)]
    return "\n".join([*lines, ""])


def main(
    data: Annotated[Path, typer.Option(help="Directory of MNIST's IDX files.")],
    only: Annotated[list[str] | None, typer.Option(help="Names of runs.")] = None,
    out: Annotated[Path, typer.Option(help="Directory for the runs.")] = Path("runs/mnist"),
) -> None:
    """Measure the runs and write the tables; results of other runs stay as they are."""
    entries = load_config(FOLDER / "mnist.toml")
    path = RESULTS / "mnist.json"
    kept = json.loads(path.read_text()) if path.exists() else {"runs": {}}
    for name in only or entries:
        typer.echo(name, err=True)
        table = {k: v for k, v in entries[name].items() if k != "group"}
        with progress_bar() as report:
            kept["runs"][name] = jsonable(measured(out / name, table, data, report))
        PICTURES.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(out / name / "run" / "training.png", PICTURES / f"{name}.png")
        kept["versions"] = package_versions()
        write_bytes_whole(path, json.dumps(kept, indent=1).encode())
        write_bytes_whole(RESULTS / "mnist.md", markdown(kept["runs"], entries).encode())


if __name__ == "__main__":
    typer.run(main)
