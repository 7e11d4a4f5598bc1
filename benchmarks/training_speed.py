"""Local rules beside backprop through time: `python -m benchmarks.training_speed [--data DIR]`.

Speed: all sides take turns in one process, figures are medians. Memory: each side in a process of
its own. Writes docs/results/training_speed.json and training_speed.md, or into `--out`.
"""

from __future__ import annotations

import ctypes
import gc
import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import psutil
import torch
import typer

from benchmarks.in_memory import RESULTS, table
from benchmarks.training_sides import BATCH, SIDES, images
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.parallel import cores
from spikeff.provenance import package_versions

STEPS = (8, 32, 128)
REFERENCE = "backprop, Norse"
MB = 2**20
PROCESSES = 3


def speed(data: Path | None, steps: int, repetitions: int, device: str) -> dict[str, list[float]]:
    """Seconds per presentation of every side, in turns."""
    split = images(data)
    sides = {name: make(split, steps, cores(), device) for name, (make, _) in SIDES.items()}
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for index in range(repetitions + 1):
        for name, step in sides.items():
            start = time.perf_counter()
            step(index)
            spent = (time.perf_counter() - start) / (BATCH * SIDES[name][1])
            if index:  # the first turn compiles and allocates
                seconds[name].append(spent)
    return seconds


def own_memory(name: str, data: Path | None, steps: int) -> float:
    """Peak bytes that a side's net and three batches add to a process that has run it before."""
    make, _ = SIDES[name]
    split = images(data)
    make(split, min(STEPS), cores(), "cpu")(0)
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before = psutil.Process().memory_info().rss
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    step = make(split, steps, cores(), "cpu")
    for index in range(3):
        step(index)
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return float(peak.split()[1]) * 1024 - before


def memory(name: str, data: Path | None, steps: int) -> float:
    """Median of :func:`own_memory` in fresh processes: what the allocator keeps differs."""
    call = (
        "import pathlib; from benchmarks.training_speed import own_memory; "
        f"print(own_memory({name!r}, {None if data is None else str(data)!r} and "
        f"pathlib.Path({str(data)!r}), {steps}))"
    )
    found = []
    for _ in range(PROCESSES):
        done = subprocess.run(
            [sys.executable, "-c", call], capture_output=True, text=True, check=True
        )
        found.append(float(done.stdout.split()[-1]))
    return statistics.median(found)


def input_bytes(steps: int) -> int:
    """Of one batch of spikes as a byte each, which no side can do without."""
    return steps * BATCH * 784


def markdown(about: dict[str, Any], results: dict[str, Any]) -> str:
    """The results as tables."""
    lines = ["# Training speed and memory", "", *about["text"].splitlines(), ""]
    speeds, rows = results["speed"], []
    for name in SIDES:
        cells = [name]
        for steps in speeds:
            ours = speeds[steps][name]
            ratio = statistics.median(
                a / b for a, b in zip(speeds[steps][REFERENCE], ours, strict=True)
            )
            cells.append(f"{1e3 * statistics.median(ours):.3f} ms ({ratio:.2f}x)")
        rows.append(tuple(cells))
    lines += ["## Time per presentation, and how many times as fast as Norse's backprop", ""]
    lines += table(("side", *(f"T = {t}" for t in speeds)), rows)
    lines += ["", "## Peak memory of net, optimiser and batches, MB", ""]
    found = results["memory"]
    rows = [(name, *(f"{found[t][name] / MB:.0f}" for t in found)) for name in SIDES]
    rows.append(("of it one batch of input", *(f"{input_bytes(int(t)) / MB:.1f}" for t in found)))
    lines += table(("side", *(f"T = {t}" for t in found)), rows)
    return "\n".join([*lines, ""])


def main(
    data: Annotated[Path | None, typer.Option(help="Directory of MNIST's IDX files.")] = None,
    repetitions: Annotated[int, typer.Option(help="Turns of every side.")] = 5,
    device: Annotated[str, typer.Option(help="Where speed is timed; memory is this machine's.")] = (
        "cpu"
    ),
    out: Annotated[Path, typer.Option(help="Directory of the results.")] = RESULTS,
) -> None:
    """Time and weigh every side at every length and write both files."""
    results: dict[str, Any] = {"speed": {}, "memory": {}}
    for steps in STEPS:
        results["speed"][str(steps)] = speed(data, steps, repetitions, device)
        results["memory"][str(steps)] = {n: memory(n, data, steps) for n in SIDES}
        typer.echo(f"T = {steps}: done", err=True)
    command = f"python -m benchmarks.training_speed --repetitions {repetitions}"
    command += "" if device == "cpu" else f" --device {device}"
    about = {
        "text": f"""\
Made by `{command}{" --data DIR" if data else ""}` on {cores()} cores ({platform.machine()}),
torch {torch.__version__}. 784-1000-1000 neurons, batches of {BATCH} burst-coded images, medians of
{repetitions} turns. A presentation is one pass of one image: with the label in the input each image
is shown twice, right and wrong, and what else our side does (encoding, the neutral pass that finds
hard negatives, readout, log) is in the time. Backprop gets its spikes ready-made.""",
        "versions": package_versions(),
        "cores": cores(),
    }
    write_bytes_whole(
        out / "training_speed.json", json.dumps({"about": about} | results, indent=1).encode()
    )
    write_bytes_whole(out / "training_speed.md", markdown(about, results).encode())


if __name__ == "__main__":
    typer.run(main)
