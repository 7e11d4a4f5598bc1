"""Local rules beside backprop through time: `python -m benchmarks.speed.training [--data DIR]`.

Speed: all sides take turns in one process, figures are medians of paired ratios. Memory: each side
in a process of its own. Writes training_speed.md and .json into docs/results, or into `--out`.
"""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import psutil
import typer

from benchmarks.results import RESULTS, about, paragraph, stamp, table, write
from benchmarks.speed.sides import BATCH, SIDES, images
from benchmarks.speed.turns import Seconds, in_turns, paired, seconds_of
from spikeff.parallel import cores

STEPS = (8, 32, 128)
REFERENCE = "backprop, Norse"
MB = 2**20
PROCESSES = 3


def speed(data: Path | None, steps: int, turns: int, device: str) -> Seconds:
    """Seconds per presentation of every side, in turns."""
    split = images(data)

    def side(name: str) -> Any:
        make, shown = SIDES[name]
        step = make(split, steps, cores(), device)
        return lambda: seconds_of(step) / (BATCH * shown)

    return in_turns({name: side(name) for name in SIDES}, turns, warm_up=1)


def own_memory(name: str, data: str, steps: int) -> float:
    """Peak bytes that a side's net and three batches add to a process that has run it before."""
    make, _ = SIDES[name]
    split = images(Path(data) if data else None)
    make(split, min(STEPS), cores(), "cpu")()
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before = psutil.Process().memory_info().rss
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    step = make(split, steps, cores(), "cpu")
    for _ in range(3):
        step()
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return float(peak.split()[1]) * 1024 - before


def memory(name: str, data: Path | None, steps: int) -> float:
    """Median of :func:`own_memory` in fresh processes: what the allocator keeps differs."""
    arguments = f"{name!r}, {'' if data is None else str(data)!r}, {steps}"
    call = f"from benchmarks.speed.training import own_memory; print(own_memory({arguments}))"
    command = [sys.executable, "-c", call]
    runs = (
        subprocess.run(command, capture_output=True, text=True, check=True)
        for _ in range(PROCESSES)
    )
    return median(float(done.stdout.split()[-1]) for done in runs)


def _speed_cell(seconds: Seconds, name: str) -> str:
    times = paired(seconds, REFERENCE, name)
    return f"{1e3 * median(seconds[name]):.3f} ms ({times:.2f}x)"


def page(kept: dict[str, Any]) -> list[str]:
    """Both tables, from what the file of figures holds."""
    times, peaks = kept["speed"], kept["memory"]
    header = ("side", *(f"T = {steps}" for steps in times))
    fast = [(name, *(_speed_cell(seconds, name) for seconds in times.values())) for name in SIDES]
    heavy = [(name, *(f"{p[name] / MB:.0f}" for p in peaks.values())) for name in SIDES]
    # A byte per channel, step and image: what no side can do without.
    least = (f"{int(steps) * BATCH * 784 / MB:.1f}" for steps in times)
    heavy.append(("of it one batch of input", *least))
    return [
        "# Training speed and memory",
        "",
        *paragraph(
            stamp(kept["about"]),
            f"Device {kept['device']}; 784-1000-1000 neurons, batches of {BATCH} burst-coded "
            f"images, medians of {kept['turns']} turns. A presentation is one pass of one image: "
            "with the label in the input each image is shown twice, right and wrong, and what else "
            "our side does (encoding, the pass without a label that finds hard negatives, readout, "
            "log) is in the time. Backprop gets its spikes ready-made.",
        ),
        "",
        "## Time per presentation, and how many times as fast as Norse's backprop",
        "",
        *table(header, fast),
        "",
        "## Peak memory of net, optimiser and batches, MB",
        "",
        *table(header, heavy),
    ]


def main(
    data: Annotated[Path | None, typer.Option(help="Directory of MNIST's IDX files.")] = None,
    turns: Annotated[int, typer.Option(help="Turns of every side.")] = 5,
    device: Annotated[str, typer.Option(help="Where speed is timed.")] = "cpu",
    out: Annotated[Path, typer.Option(help="Directory of the results.")] = RESULTS,
) -> None:
    """Time and weigh every side at every length and write both files."""
    times, peaks = {}, {}
    for steps in STEPS:
        times[str(steps)] = speed(data, steps, turns, device)
        peaks[str(steps)] = {name: memory(name, data, steps) for name in SIDES}
        typer.echo(f"T = {steps}: done", err=True)
    command = f"python -m benchmarks.speed.training{' --data DIR' if data else ''}"
    kept = {"about": about(command), "device": device, "turns": turns}
    kept |= {"speed": times, "memory": peaks}
    write(out, "training_speed", page(kept), kept)


if __name__ == "__main__":
    typer.run(main)
