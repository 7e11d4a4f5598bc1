"""The emulator's time and memory as a net grows: `python -m benchmarks.speed.scaling`.

One quantity grows at a time. Exponents are slopes of log time over log size, over all points and
over the upper half. Writes emulator_scaling.md, .json and .png into docs/results, or into `--out`.
"""

from __future__ import annotations

import tracemalloc
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import numpy as np
import typer
from matplotlib.figure import Figure

from benchmarks.results import RESULTS, about, paragraph, stamp, table, write
from benchmarks.speed.turns import seconds_of
from hw_targets.emulator import run as emulator
from tests.networks import layered, random_spikes

# What grows -> its sizes, and what of a case it is; the others are those of CASE.
CASE = {"width": 500, "depth": 2, "steps": 8, "samples": 256, "share": 0.2}
SERIES: dict[str, tuple[str, tuple[float, ...]]] = {
    "width of two layers": ("width", (100, 250, 500, 1000, 2000, 4000, 8000)),
    "layers of 500": ("depth", (1, 2, 4, 8, 16)),
    "steps": ("steps", (4, 8, 16, 32, 64, 128, 256)),
    "presentations": ("samples", (16, 64, 256, 1024, 4096)),
    "share of channels that spike": ("share", (0.01, 0.03, 0.1, 0.3, 1.0)),
}


def measure(
    turns: int, width: int, depth: int, steps: int, samples: int, share: float
) -> dict[str, Any]:
    """Seconds of each turn, the peak of arrays in a run of its own, and the firing."""
    network = layered((width,) * depth, steps)
    inputs = random_spikes(network, samples, share)
    tracemalloc.start()
    spikes = emulator.run(network, inputs).trace.spikes
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {
        "seconds": [seconds_of(lambda: emulator.run(network, inputs)) for _ in range(turns)],
        "peak_bytes": peak,
        "spikes_per_presentation": sum(float(z.sum()) for z in spikes.values()) / samples,
    }


def exponent(sizes: list[float], values: list[float]) -> float:
    """Slope of log values over log sizes; not a number below two points."""
    if len(sizes) < 2:
        return float("nan")
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def exponents(points: dict[float, dict[str, Any]]) -> dict[str, float]:
    """Of time over all points, the upper half and the steepest step; of memory over all."""
    sizes, half = list(points), len(points) // 2
    seconds = [median(point["seconds"]) for point in points.values()]
    steps = (exponent([*x], [*y]) for x, y in zip(pairwise(sizes), pairwise(seconds), strict=True))
    return {
        "time ~ size^": exponent(sizes, seconds),
        "upper half": exponent(sizes[half:], seconds[half:]),
        "steepest step": max(steps, default=float("nan")),
        "memory ~ size^": exponent(sizes, [point["peak_bytes"] for point in points.values()]),
    }


def draw(found: dict[str, dict[float, dict[str, Any]]], path: Path) -> None:
    """Time and memory of every series on logarithmic axes."""
    figure = Figure(figsize=(4 * len(found), 6), layout="constrained")
    axes = figure.subplots(2, len(found), squeeze=False)
    for column, (name, points) in enumerate(found.items()):
        seconds = [median(point["seconds"]) for point in points.values()]
        memory = [point["peak_bytes"] for point in points.values()]
        for row, (values, label) in enumerate(((seconds, "seconds"), (memory, "peak bytes"))):
            axes[row, column].loglog(list(points), values, "o-")
            axes[row, column].set(xlabel=name, ylabel=label)
    figure.savefig(path, dpi=100)


def page(kept: dict[str, Any]) -> list[str]:
    """The table, from what the file of figures holds."""
    fitted = kept["exponents"]
    sizes = {name: [*series] for name, series in kept["series"].items()}
    header = ("grows", "from - to", *next(iter(fitted.values())))
    rows = [
        (name, f"{sizes[name][0]} - {sizes[name][-1]}", *(f"{v:.2f}" for v in row.values()))
        for name, row in fitted.items()
    ]
    return [
        "# The emulator's time and memory as nets grow",
        "",
        *paragraph(
            stamp(kept["about"]),
            f"Medians of {kept['turns']} runs. Memory is the peak of arrays in a run. The upper "
            "half is where fixed costs no longer count; the steepest step is the largest slope "
            "between two neighbouring sizes.",
        ),
        "",
        *table(header, rows),
        "",
        "![time and memory](emulator_scaling.png)",
    ]


def main(
    turns: Annotated[int, typer.Option(help="Runs of every size.")] = 5,
    points: Annotated[int, typer.Option(help="First so many sizes of each series.")] = 7,
    out: Annotated[Path, typer.Option(help="Directory of the results.")] = RESULTS,
) -> None:
    """Measure every series and write its files."""
    found = {
        name: {size: measure(turns, **CASE | {what: size}) for size in sizes[:points]}
        for name, (what, sizes) in SERIES.items()
    }
    fitted = {name: exponents(series) for name, series in found.items()}
    command = f"python -m benchmarks.speed.scaling --turns {turns} --points {points}"
    kept = {"about": about(command), "turns": turns, "series": found, "exponents": fitted}
    write(out, "emulator_scaling", page(kept), kept)
    draw(found, out / "emulator_scaling.png")


if __name__ == "__main__":
    typer.run(main)
