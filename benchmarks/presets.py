"""The main job on every preset, as a table: `python benchmarks/presets.py --data DIR`.

Writes docs/results/presets.json and docs/results/presets.md. MNIST presets are left out where
no --data is given.
"""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Annotated

import torch
import typer

from spikeff.cli.output import engineering, jsonable, listed, progress_bar
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.pipeline.demo import MainJob, main_job
from spikeff.provenance import package_versions
from spikeff.training.config.files import preset_table, presets

RESULTS = Path(__file__).parent.parent / "docs" / "results"
MNIST_EPOCHS = 3
HEADER = (
    "preset",
    "accuracy",
    "8 bits, emulator",
    "shuffled",
    "rate, same net",
    "readout",
    "short list",
    "coincidence ratio",
    "SOPs / sample",
    "dynamic energy",
    "training",
    "mismatches",
)


def data_set(preset: str) -> str:
    """The data set of a preset."""
    return str(preset_table(preset)["data"]["dataset"])


def row(name: str, job: MainJob) -> list[str]:
    """One line of the table."""
    scores = job.eval
    mismatches = sum(p.mismatches + (p.state_mismatches or 0) for p in job.check.pairs)
    shares = (
        scores.accuracy,
        job.emulator.accuracy,
        scores.shuffled_accuracy,
        scores.rate_accuracy,
        scores.readout_accuracy,
        scores.shortlist_accuracy,
    )
    return [
        f"`{name}`",
        *(f"{100 * share:.2f}" for share in shares),
        listed(scores.coincidence_ratio),
        f"{job.emulator.synops_per_sample:,.0f}",
        engineering(job.energy.main.dynamic_joules.mean, "J"),
        f"{job.train.seconds:.0f} s",
        str(mismatches),
    ]


def markdown(rows: list[list[str]], command: str) -> str:
    """The table with the command that made it."""
    lines = [
        "# Presets, through the whole pipeline",
        "",
        f"Made by `{command}`; --data DIR adds those of MNIST after {MNIST_EPOCHS} epochs.",
        "Percent right on the full test split (360 digits, 10,000 MNIST images, 1,000 trains).",
        "Mismatches: spikes that differ between Norse, Brian2 and Lava in float, and spikes, u and",
        "v that differ between emulator and Lava in integers, on 32 samples with every label.",
        "Energies are estimates from counts and published Loihi 1 costs.",
        "",
        "| " + " | ".join(HEADER) + " |",
        "|" + "---|" * len(HEADER),
        *("| " + " | ".join(cells) + " |" for cells in rows),
        "",
    ]
    return "\n".join(lines)


def main(
    data: Annotated[Path | None, typer.Option(help="Directory of MNIST's IDX files.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of every training.")] = 0,
    out: Annotated[Path, typer.Option(help="Directory for the runs.")] = Path("runs/benchmark"),
) -> None:
    """Run every preset and write the table."""
    names = [name for name in presets() if data is not None or data_set(name) != "mnist"]
    jobs = {}
    for name in names:
        epochs = MNIST_EPOCHS if data_set(name) == "mnist" else None
        typer.echo(name, err=True)
        with progress_bar() as report:
            jobs[name] = main_job(
                out / name, name, data, epochs, seed, overwrite=True, report=report
            )
    about = {
        "seed": seed,
        "versions": package_versions(),
        "processor": platform.machine(),
        "threads": torch.get_num_threads(),
    }
    kept = {
        name: {k: v for k, v in jsonable(job).items() if k != "check"}
        | {"check": job.check.as_dict()}
        for name, job in jobs.items()
    }
    text = json.dumps(jsonable({"about": about, "presets": kept}), indent=2)
    write_bytes_whole(RESULTS / "presets.json", text.encode())
    command = f"python benchmarks/presets.py --seed {seed}" + (" --data DIR" if data else "")
    table = markdown([row(name, job) for name, job in jobs.items()], command)
    write_bytes_whole(RESULTS / "presets.md", table.encode())


if __name__ == "__main__":
    typer.run(main)
