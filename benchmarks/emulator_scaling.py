"""The emulator's time and memory as a net grows: `python -m benchmarks.emulator_scaling`.

One quantity grows at a time. Exponents are slopes of log time over log size, over all points and
over the upper half. Writes docs/results/emulator_scaling.json, .md and .png, or into `--out`.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import matplotlib.pyplot as plt
import numpy as np
import typer

from benchmarks.emulator_networks import layered, random_spikes
from hw_targets.emulator import run as emulator
from lava_export.integers.network import IntegerNetwork
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.parallel import cores
from spikeff.provenance import package_versions

RESULTS = Path(__file__).parent.parent / "docs" / "results"
SAMPLES = 256
Case = tuple[IntegerNetwork, int, float]  # network, samples, share of channels that spike


def _wide(width: float) -> Case:
    return layered((int(width), int(width)), 8), SAMPLES, 0.2


def _deep(depth: float) -> Case:
    return layered((500,) * int(depth), 8), SAMPLES, 0.2


def _long(steps: float) -> Case:
    return layered((500, 500), int(steps)), SAMPLES, 0.2


def _many(samples: float) -> Case:
    return layered((500, 500), 8), int(samples), 0.2


def _firing(share: float) -> Case:
    return layered((500, 500), 8), SAMPLES, share


SERIES: dict[str, tuple[Callable[[float], Case], tuple[float, ...]]] = {
    "width of two layers": (_wide, (100, 250, 500, 1000, 2000, 4000, 8000)),
    "layers of 500": (_deep, (1, 2, 4, 8, 16)),
    "steps": (_long, (4, 8, 16, 32, 64, 128, 256)),
    "presentations": (_many, (16, 64, 256, 1024, 4096)),
    "share of channels that spike": (_firing, (0.01, 0.03, 0.1, 0.3, 1.0)),
}


def measure(case: Case, repetitions: int) -> dict[str, Any]:
    """Seconds of each repetition, the peak of arrays in a run of its own, and the firing."""
    network, samples, share = case
    inputs = random_spikes(network, samples, share)
    tracemalloc.start()
    spikes = emulator.run(network, inputs).trace.spikes
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    seconds = []
    for _ in range(repetitions):
        start = time.perf_counter()
        emulator.run(network, inputs)
        seconds.append(time.perf_counter() - start)
    return {
        "seconds": seconds,
        "median_seconds": statistics.median(seconds),
        "peak_bytes": peak,
        "spikes_per_presentation": sum(float(z.sum()) for z in spikes.values()) / samples,
    }


def exponent(sizes: list[float], values: list[float]) -> float:
    """Slope of log values over log sizes; not a number below two points."""
    if len(sizes) < 2:
        return float("nan")
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def steepest(sizes: list[float], values: list[float]) -> float:
    """Largest slope between neighbours: a cliff stands out here."""
    points = zip(pairwise(sizes), pairwise(values), strict=True)
    slopes = [np.log(y2 / y1) / np.log(x2 / x1) for (x1, x2), (y1, y2) in points]
    return float(max(slopes, default=float("nan")))


def summary(points: dict[float, dict[str, Any]]) -> dict[str, Any]:
    """The fitted exponents of one series."""
    sizes = list(points)
    seconds = [p["median_seconds"] for p in points.values()]
    memory = [p["peak_bytes"] for p in points.values()]
    half = len(sizes) // 2
    return {
        "points": {str(size): point for size, point in points.items()},
        "time_exponent": exponent(sizes, seconds),
        "time_exponent_upper_half": exponent(sizes[half:], seconds[half:]),
        "steepest_step": steepest(sizes, seconds),
        "memory_exponent": exponent(sizes, memory),
    }


def plot(table: dict[str, Any], file: Path) -> None:
    """Time and memory of every series on logarithmic axes."""
    figure, axes = plt.subplots(2, len(table), figsize=(4 * len(table), 6), squeeze=False)
    for column, (name, found) in enumerate(table.items()):
        sizes = [float(size) for size in found["points"]]
        for row, (quantity, unit) in enumerate((("median_seconds", "s"), ("peak_bytes", "bytes"))):
            values = [point[quantity] for point in found["points"].values()]
            axes[row, column].loglog(sizes, values, "o-")
            axes[row, column].set(xlabel=name, ylabel=f"{quantity.replace('_', ' ')} ({unit})")
    figure.tight_layout()
    figure.savefig(file, dpi=100)
    plt.close(figure)


def markdown(about: dict[str, Any], table: dict[str, Any]) -> str:
    """Exponents of every series."""
    lines = [
        "# The emulator's time and memory as nets grow",
        "",
        f"Made by `{about['command']}` on {about['cores']} cores ({about['processor']});",
        f"medians of {about['repetitions']} runs. Memory is the peak of arrays during a run. The",
        "upper half is where fixed costs no longer count; the steepest step is the largest slope",
        "between two neighbouring sizes.",
        "",
        "| grows | from - to | time ~ size^ | upper half | steepest step | memory ~ size^ |",
        "|---|---|---|---|---|---|",
    ]
    for name, found in table.items():
        sizes = list(found["points"])
        lines.append(
            f"| {name} | {sizes[0]} - {sizes[-1]} | {found['time_exponent']:.2f} | "
            f"{found['time_exponent_upper_half']:.2f} | {found['steepest_step']:.2f} | "
            f"{found['memory_exponent']:.2f} |"
        )
    return "\n".join([*lines, "", "![time and memory](emulator_scaling.png)", ""])


def main(
    repetitions: Annotated[int, typer.Option(help="Runs of every size.")] = 5,
    points: Annotated[int, typer.Option(help="First so many sizes of each series.")] = 7,
    out: Annotated[Path, typer.Option(help="Directory of the results.")] = RESULTS,
) -> None:
    """Measure every series and write its files."""
    table = {
        name: summary({size: measure(make(size), repetitions) for size in sizes[:points]})
        for name, (make, sizes) in SERIES.items()
    }
    about = {
        "command": f"python -m benchmarks.emulator_scaling --repetitions {repetitions} "
        f"--points {points}",
        "cores": cores(),
        "processor": platform.machine(),
        "repetitions": repetitions,
        "versions": package_versions(),
    }
    content = json.dumps({"about": about, "series": table}, indent=2) + "\n"
    write_bytes_whole(out / "emulator_scaling.json", content.encode())
    write_bytes_whole(out / "emulator_scaling.md", markdown(about, table).encode())
    plot(table, out / "emulator_scaling.png")


if __name__ == "__main__":
    typer.run(main)
