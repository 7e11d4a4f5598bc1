"""Accuracy, coincidence and energy against spikes per neuron: `python benchmarks/spike_limits.py`.

Trains two presets on digits at every limit and seed, exports to 8 bits and runs the full test split
on the emulator. Writes docs/results/spike_limits.json and docs/results/spike_limits.md.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Annotated, Any

import typer

import spikeff
from spikeff.cli.output import engineering, jsonable
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.provenance import package_versions

RESULTS = Path(__file__).parent.parent / "docs" / "results"
PRESETS = ("digits", "digits-burst")
LIMITS = (1, 2, 3, "none")
ENERGY_SAMPLES = 100
LAVA_SAMPLES = 2
HEADER = (
    "preset",
    "spikes per neuron",
    "accuracy",
    "8 bits, emulator",
    "shuffled",
    "coincidence ratio",
    "spikes per neuron and sample",
    "neurons on chip",
    "SOPs / sample",
    "dynamic energy",
    "Lava as emulator",
)


def measure(preset: str, limit: int | str, seed: int, out: Path) -> dict[str, Any]:
    """Train (or go on training), evaluate, export and run one network."""
    folder = out / f"{preset}-{limit}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    value = limit if isinstance(limit, int) else f'"{limit}"'
    (folder / "config.toml").write_text(
        f'preset = "{preset}"\nnetwork.layer_defaults.spike_limit = {value}\n'
    )
    run, file = folder / "run", folder / "network.safetensors"
    spikeff.train(run, config=folder / "config.toml", seed=seed, resume=run.exists())
    scores = spikeff.eval(run)
    exported = spikeff.export(run, file)
    emulator = spikeff.run(file)
    lava = spikeff.run(file, "lava", LAVA_SAMPLES)
    return {
        "eval": jsonable(scores),
        "neurons": sum(p.neurons for p in exported.populations),
        "emulator": jsonable(emulator),
        "energy": jsonable(spikeff.energy(file, samples=ENERGY_SAMPLES).main),
        "lava_identical": lava.identical_to_emulator,
    }


def spread(values: list[float], scale: float = 1.0, digits: int = 2) -> str:
    """Mean and, over several seeds, standard deviation."""
    mean = f"{scale * statistics.mean(values):.{digits}f}"
    return f"{mean} ± {scale * statistics.stdev(values):.{digits}f}" if len(values) > 1 else mean


def row(preset: str, limit: int | str, runs: list[dict[str, Any]], steps: int = 8) -> list[str]:
    """One line of the table, over seeds; layers apart where there are several."""
    scores = [r["eval"] for r in runs]
    ratios = zip(*(s["coincidence_ratio"] for s in scores), strict=True)
    firing = zip(*(s["firing"] for s in scores), strict=True)
    return [
        f"`{preset}`",
        str(limit),
        spread([s["accuracy"] for s in scores], 100),
        spread([r["emulator"]["accuracy"] for r in runs], 100),
        spread([s["shuffled_accuracy"] for s in scores], 100),
        ", ".join(spread(list(layer)) for layer in ratios),
        ", ".join(spread(list(layer), steps) for layer in firing),
        str(runs[0]["neurons"]),
        f"{statistics.mean(r['emulator']['synops_per_sample'] for r in runs):,.0f}",
        engineering(statistics.mean(r["energy"]["dynamic_joules"]["mean"] for r in runs), "J"),
        "yes" if all(r["lava_identical"] for r in runs) else "NO",
    ]


def main(
    seeds: Annotated[int, typer.Option(help="Seeds 0 to N - 1.")] = 3,
    out: Annotated[Path, typer.Option(help="Directory for the runs.")] = Path("runs/spike-limits"),
) -> None:
    """Measure and write the table."""
    results = {}
    for preset in PRESETS:
        for limit in LIMITS:
            typer.echo(f"{preset}, limit {limit}", err=True)
            results[preset, limit] = [measure(preset, limit, s, out) for s in range(seeds)]
    kept = {f"{preset}, {limit}": runs for (preset, limit), runs in results.items()}
    about = {"seeds": seeds, "versions": package_versions()}
    text = json.dumps({"about": about, "runs": kept}, indent=2)
    write_bytes_whole(RESULTS / "spike_limits.json", text.encode())
    lines = [
        "# Spikes per neuron and sample: 1, 2, 3, free",
        "",
        f"Made by `python benchmarks/spike_limits.py --seeds {seeds}`: two presets on digits with",
        "`spike_limit` changed and nothing else; mean ± standard deviation over seeds; percent",
        "right on the 360 test digits. One spike: `digits` inhibits itself, `digits-burst` (a fast",
        "current) takes a gate, as do two and three. Energies are estimates from counts and",
        "published Loihi 1 costs, the neurons in front of the gates included. The last column",
        f"compares every spike of {LAVA_SAMPLES} samples with every label.",
        "",
        "| " + " | ".join(HEADER) + " |",
        "|" + "---|" * len(HEADER),
        *("| " + " | ".join(row(*key, runs)) + " |" for key, runs in results.items()),
        "",
    ]
    write_bytes_whole(RESULTS / "spike_limits.md", "\n".join(lines).encode())


if __name__ == "__main__":
    typer.run(main)
