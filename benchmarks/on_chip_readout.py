"""What a readout as neurons gives and costs: `python benchmarks/on_chip_readout.py RUN...`.

Exports every run directory twice, with the host's readout and with the chip's, and runs both on the
full test split. Writes docs/results/on_chip_readout.json and docs/results/on_chip_readout.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

import spikeff
from spikeff.cli.output import engineering, jsonable
from spikeff.errors import LimitError
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.provenance import package_versions
from spikeff.training.checkpoint import read_config

RESULTS = Path(__file__).parent.parent / "docs" / "results"
ENERGY_SAMPLES = 100
LAVA_SAMPLES = 2
HEADER = (
    "network",
    "goodness",
    "samples",
    "host, percent right",
    "chip, percent right",
    "same label",
    "neurons",
    "cores",
    "SOPs / sample",
    "dynamic energy",
    "Lava as emulator",
)


def measure(run: Path, readout: str, out: Path, data: Path | None) -> dict[str, Any]:
    """Export with one readout and run; the reason alone where the goodness cannot be carried."""
    file = out / f"{run.name}-{readout}.safetensors"
    try:
        exported = spikeff.export(run, file, readout=readout, data=data)
    except LimitError as error:
        return {"refused": str(error)}
    result = spikeff.run(file, data=data)
    lava = spikeff.run(file, "lava", LAVA_SAMPLES, data)
    energy = spikeff.energy(file, ENERGY_SAMPLES, data).main
    return {
        "bytes": exported.bytes,
        "populations": jsonable(exported.populations),
        "emulator": jsonable(result),
        "lava": jsonable(lava),
        "energy": jsonable(energy),
    }


def row(name: str, goodness: str, host: dict[str, Any], chip: dict[str, Any]) -> list[str]:
    """One line of the table: host -> chip where both have a figure."""
    ran = host["emulator"]
    head = [f"`{name}`", goodness, f"{ran['samples']:,}", f"{100 * ran['accuracy']:.2f}"]
    if "refused" in chip:
        return [*head, "refused", *["-"] * (len(HEADER) - len(head) - 1)]
    own = chip["emulator"]
    return [
        *head,
        f"{100 * own['chip_accuracy']:.2f}",
        f"{100 * own['chip_agreement']:.2f} %",
        _both(*(f"{sum(p['neurons'] for p in r['populations']):,}" for r in (host, chip))),
        _both(*(str(sum(p["cores"] for p in r["populations"])) for r in (host, chip))),
        _both(*(f"{r['emulator']['synops_per_sample']:,.0f}" for r in (host, chip))),
        _both(*(engineering(r["energy"]["dynamic_joules"]["mean"], "J") for r in (host, chip))),
        "yes" if chip["lava"]["identical_to_emulator"] else "NO",
    ]


def _both(host: str, chip: str) -> str:
    return f"{host} -> {chip}"


def main(
    runs: Annotated[list[Path], typer.Argument(help="Run directories of `spikeff train`.")],
    data: Annotated[Path | None, typer.Option(help="Directory of MNIST's IDX files.")] = None,
    out: Annotated[Path, typer.Option(help="Directory for the files.")] = Path("runs/readout"),
) -> None:
    """Measure and write the table."""
    out.mkdir(parents=True, exist_ok=True)
    results: dict[str, dict[str, Any]] = {}
    rows, refused = [], []
    for run in runs:
        typer.echo(run.name, err=True)
        config = read_config(run)
        found = {readout: measure(run, readout, out, data) for readout in ("host", "chip")}
        results[run.name] = found
        own = config.layers[0].goodness
        goodness = f"{own.kind}, beta {own.window}" if own and own.window else own and own.kind
        rows.append(row(run.name, goodness, **found))
        if "refused" in found["chip"]:
            refused.append(f"`{run.name}`: {found['chip']['refused']}")
    about = {"versions": package_versions()}
    text = json.dumps({"about": about, "runs": results}, indent=2)
    write_bytes_whole(RESULTS / "on_chip_readout.json", text.encode())
    lines = [
        "# The readout as neurons",
        "",
        "Made by `python benchmarks/on_chip_readout.py RUN... --data DIR` on run directories of",
        "`benchmarks/presets.py` and `benchmarks/mnist.py`, from 8-bit exports with",
        "`--readout host` and `--readout chip`, on the whole test split. The host's readout of the",
        "same spikes is the reference. Where two figures stand, the first is without the neurons",
        "of the readout, the second with them. Energies are estimates from counts and published",
        f"Loihi 1 costs; the last column compares every spike of {LAVA_SAMPLES} samples.",
        "",
        "| " + " | ".join(HEADER) + " |",
        "|" + "---|" * len(HEADER),
        *("| " + " | ".join(cells) + " |" for cells in rows),
        "",
        *(f"{reason}\n" for reason in refused),
    ]
    write_bytes_whole(RESULTS / "on_chip_readout.md", "\n".join(lines).encode())


if __name__ == "__main__":
    typer.run(main)
