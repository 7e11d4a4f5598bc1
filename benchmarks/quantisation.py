"""Accuracy after quantisation, with a naive converter beside it.

`python benchmarks/quantisation.py --runs DIR --data DIR` reads trained runs (`DIR/<preset>`, as
`benchmarks/presets.py` leaves them) and writes docs/results/quantisation.json and .md. The naive
converter scales each population so that its largest weight meets the end of the grid, and rounds
weights, threshold and decays to nearest: no search, no exponents, no data.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from lava_export.integers.network import IntegerNetwork
from lava_export.integers.quantization import Scaling
from lava_export.quantize.blanking import with_blanking
from lava_export.quantize.quantize import default_scalings, quantize
from lava_export.quantize.request import incoming_by_role
from lava_export.quantize.scaling import candidate_scales, scale_ceiling
from spikeff.cli.output import jsonable
from spikeff.data.registry import Split, load_split
from spikeff.errors import LimitError
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.ir.network import NetworkDescription
from spikeff.lowering import describe
from spikeff.pipeline import silent
from spikeff.pipeline.compile.calibrated import calibration_inputs, quantize_on
from spikeff.pipeline.run.run import run_network
from spikeff.provenance import package_versions
from spikeff.training.checkpoint import load_model
from spikeff.training.evaluation import evaluate

RESULTS = Path(__file__).parent.parent / "docs" / "results"
ALL_BITS = (8, 6, 4, 2)
CONVERTERS = ("naive", "by weights", "calibrated")


def naive(description: NetworkDescription, bits: int) -> IntegerNetwork:
    """Weights by their maximum, parameters rounded."""
    streamed = with_blanking(description)
    scalings = {}
    for p in streamed.populations:
        learned, brakes = incoming_by_role(streamed, p)
        plain = default_scalings(description, bits)[p.name]
        ceiling, _ = scale_ceiling(streamed, p, brakes)
        by_maximum = candidate_scales(learned, bits)[0]
        scalings[p.name] = Scaling(min(by_maximum, ceiling), plain.du, plain.dv)
    return quantize(description, bits, scalings)


def accuracy(network: IntegerNetwork, split: Split) -> float:
    """Share of right answers on the emulator."""
    return run_network(network, "emulator", split, silent).right / len(split)


def measure(run: Path, data: Path | None, samples: int | None) -> dict[str, Any]:
    """Float accuracy and that of every converter at every width, on the first test samples."""
    model = load_model(run)
    description = describe(model)
    split = load_split(description.dataset, "test", data)
    split = split.head(min(samples or len(split), len(split)))
    inputs = calibration_inputs(description, data)
    trained = model.config.layers[0].weight_bits
    found: dict[str, Any] = {
        "samples": len(split),
        "weight_bits_of_training": trained,
        "float": evaluate(model, split).accuracy,
        "bits": {},
    }
    widths = (trained,) if trained else ALL_BITS
    for bits in widths:
        start = time.perf_counter()
        made, report = quantize_on(description, bits, inputs)
        seconds = time.perf_counter() - start
        row: dict[str, Any] = {"seconds": seconds, "kept": report.kept}
        row["calibrated"] = accuracy(made, split)
        row["by weights"] = accuracy(quantize(description, bits), split)
        try:
            row["naive"] = accuracy(naive(description, bits), split)
        except LimitError as error:
            row["naive"], row["naive refused"] = None, str(error)
        found["bits"][bits] = row
        typer.echo(f"{run.name} {bits} {row}", err=True)
    return found


def markdown(found: dict[str, Any], command: str) -> str:
    """One table per converter; differences from float in points."""
    lines = [
        "# Accuracy after quantisation",
        "",
        f"Made by `{command}`.",
        "",
        "Percent right on the first `samples` test samples, integers on the emulator; in brackets",
        "points lost against float (negative: gained). Results of earlier calls are kept.",
        "Naive: weights by their maximum, parameters rounded. By weights: the scale with the least",
        "squared error on the weights. Calibrated: what `spikeff export` does. Runs with a width",
        "in their name were trained with weights of that width; their float column is the network",
        "on the grid, and what quantisation cost in all is the difference from the plain run.",
        "",
    ]
    for converter in reversed(CONVERTERS):
        header = ["run", "samples", "float", *(f"{bits} bits" for bits in ALL_BITS)]
        lines += [f"## {converter.capitalize()}", "", _line(header), "|" + "---|" * len(header)]
        lines += [_line(_cells(name, run, converter)) for name, run in found.items()]
        lines.append("")
    return "\n".join(lines)


def _cells(name: str, run: dict[str, Any], converter: str) -> list[str]:
    cells = [f"`{name}`", str(run["samples"]), f"{100 * run['float']:.2f}"]
    for bits in ALL_BITS:
        if str(bits) not in run["bits"]:
            cells.append("")
            continue
        share = run["bits"][str(bits)][converter]
        lost = "" if share is None else f" ({100 * (run['float'] - share):+.2f})"
        cells.append("refused" if share is None else f"{100 * share:.2f}{lost}")
    return cells


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def main(
    runs: Annotated[Path, typer.Option(help="Directory of trained runs.")] = Path("runs/benchmark"),
    data: Annotated[Path | None, typer.Option(help="Directory of MNIST's IDX files.")] = None,
    samples: Annotated[int | None, typer.Option(help="First N test samples only.")] = None,
) -> None:
    """Measure every run under ``runs`` and write the tables."""
    path = RESULTS / "quantisation.json"
    found = json.loads(path.read_text())["runs"] if path.exists() else {}
    command = "python benchmarks/quantisation.py --runs DIR --data DIR"
    about = {"versions": package_versions()}
    for run in sorted(runs.iterdir()):
        found[run.name] = jsonable(measure(run, data, samples))
        found = dict(sorted(found.items()))
        text = json.dumps(jsonable({"about": about, "runs": found}), indent=2)
        write_bytes_whole(path, text.encode())
        write_bytes_whole(RESULTS / "quantisation.md", markdown(found, command).encode())


if __name__ == "__main__":
    typer.run(main)
