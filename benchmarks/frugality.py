"""Accuracy against energy on MNIST: `python -m benchmarks.frugality --data DIR`.

The preset `mnist-once` with fewer and fewer neurons: trained, exported at 8 bits, run and priced on
all test images. Published results stand beside it. Writes docs/results/frugality.json, frugality.md
and frugality.png.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated, Any

import typer

import spikeff
from benchmarks.in_memory import RESULTS, table, write_results
from benchmarks.mnist import measured
from spikeff.cli.output import jsonable, progress_bar
from spikeff.ir.io.sealed import write_bytes_whole

PRESET = "mnist-once"
NEURONS = (200, 400, 1000, 1400, 2000)
TABLES = ("loihi1", "loihi1-fitted")
# Renner et al., Nature Communications 2024, Table 1: inference, joules per sample, percent right.
PUBLISHED = {
    "Loihi, Renner 2024": (2.5e-6, 96.3),
    "Loihi, Lin 2018": (12.8e-6, 96.4),
    "BrainScaleS-2, Göltz 2019": (8.4e-6, 96.9),
    "SPOON, Frenkel 2020": (0.313e-6, 97.5),
    "custom, Chen 2018": (1.7e-6, 97.9),
    "custom, Park 2019": (0.253e-6, 98.1),
    "TrueNorth, Esser 2015, small": (0.27e-6, 92.7),
    "TrueNorth, Esser 2015, large": (108e-6, 99.4),
}
LABEL = {"textcoords": "offset points", "ha": "center", "fontsize": 8}
INTRODUCTION = f"""\
Made by `python -m benchmarks.frugality --data DIR`: preset `{PRESET}` with other numbers of
neurons, one pass per image, 8-bit weights, all 10,000 test images on the emulator. Dynamic energy
is estimated from counts by the published table of Loihi 1 (`loihi1`: Davies et al. 2018) and by the
one fitted on boards (`loihi1-fitted`). The points beside it are what their authors measured or
stated (Renner et al. 2024, Table 1), each by an accounting of its own.
"""


def draw(results: dict[str, dict[str, Any]]) -> None:
    """Accuracy against energy per image: ours as curves, published results as points."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for name in TABLES:
        joules = [1e6 * r["energy"][name]["mean"] for r in results.values()]
        shares = [100 * r["emulator"]["accuracy"] for r in results.values()]
        axes.plot(joules, shares, marker="o", label=f"ours (neurons), estimated by {name}")
    for (neurons, r), share in zip(results.items(), shares, strict=True):
        place = (1e6 * r["energy"][TABLES[0]]["mean"], share)
        axes.annotate(neurons, place, xytext=(0, 7), **LABEL)
    for name, (joules_each, percent) in PUBLISHED.items():
        axes.scatter(1e6 * joules_each, percent, marker="x", color="black")
        place = (1e6 * joules_each, percent)
        axes.annotate(name, place, xytext=(0, -13), **LABEL)
    axes.set_xscale("log")
    axes.set_xlim(0.1, 1000)
    axes.set_xlabel("energy per image, uJ")
    axes.set_ylabel("accuracy on 10,000 test images, %")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    write_bytes_whole(RESULTS / "frugality.png", picture.getvalue())


def measure(neurons: int, out: Path, data: Path) -> dict[str, Any]:
    """Train (or go on), run and price one network."""
    with progress_bar() as report:
        settings = {"preset": PRESET, "layers": [neurons]}
        result = measured(out / f"{neurons}", settings, data, report)
        file = out / f"{neurons}" / "network.safetensors"
        energy = spikeff.energy(file, data=data, tables=TABLES, report=report)
    reading = energy.readings[0]
    costs = zip(TABLES, reading.tables, strict=True)
    return result | {
        "cores": energy.cores,
        "energy": {name: found.dynamic_joules for name, found in costs},
    }


def main(
    data: Annotated[Path, typer.Option(help="Directory of MNIST's IDX files.")],
    out: Annotated[Path, typer.Option(help="Directory of the runs.")] = Path("runs/frugality"),
) -> None:
    """Measure, draw and write."""
    results = {str(n): jsonable(measure(n, out, data)) for n in NEURONS}
    draw(results)
    rows = [
        (
            neurons,
            f"{100 * r['eval']['accuracy']:.2f}",
            f"{100 * r['emulator']['accuracy']:.2f}",
            f"{r['eval']['coincidence_ratio'][0]:.2f}",
            f"{r['emulator']['synops_per_sample']:,.0f}",
            *(f"{1e6 * r['energy'][name]['mean']:.2f}" for name in TABLES),
            str(r["cores"]),
        )
        for neurons, r in results.items()
    ]
    header = (
        "neurons",
        "accuracy, float",
        "8 bits, emulator",
        "ratio",
        "SOPs / image",
        *(f"uJ / image, {name}" for name in TABLES),
        "cores",
    )
    picture = "![accuracy against energy](frugality.png)"
    lines = ["# Accuracy against energy on MNIST", "", *INTRODUCTION.splitlines(), "", picture, ""]
    write_results("frugality", results, lines + table(header, rows))


if __name__ == "__main__":
    typer.run(main)
