"""The main job in one command, ending in one table."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spikeff.cli import output
from spikeff.cli.commands import show_pairs
from spikeff.cli.output import engineering, listed, percent, print_json, print_table
from spikeff.pipeline import Report

CHECK_SAMPLES = 32
NETWORK_FILE = "network-8bit.safetensors"


@dataclass(frozen=True)
class _Results:
    """What every step of the main job returned, and the wall time of each, in seconds."""

    train: Any
    eval: Any
    check: Any
    export: Any
    emulator: Any
    lava: Any
    energy: Any
    wall_seconds: dict[str, float]


def demo(out: Path, preset: str, data: Path | None, seed: int | None, as_json: bool) -> None:
    """Run every step of the pipeline on ``preset`` and show what came out."""
    with output.progress_bar() as report:
        results = _all_steps(out, preset, data, seed, report)
    if as_json:
        print_json(output.jsonable(results) | {"check": results.check.as_dict()})
        return
    show_pairs(results.check)
    print_table(f"spikeff demo: {preset}, {out}", _rows(results))


def _all_steps(
    out: Path, preset: str, data: Path | None, seed: int | None, report: Report
) -> _Results:
    from spikeff.pipeline.check import check
    from spikeff.pipeline.energy import energy
    from spikeff.pipeline.evaluate import evaluate_run
    from spikeff.pipeline.export import export
    from spikeff.pipeline.run import run
    from spikeff.pipeline.train import train

    wall: dict[str, float] = {}

    def timed(name: str, step: Any, *args: Any, **options: Any) -> Any:
        start = time.perf_counter()
        result = step(*args, **options)
        wall[name] = time.perf_counter() - start
        return result

    file = out / NETWORK_FILE
    trained = timed(
        "train", train, out, preset, data=data, seed=seed, overwrite=True, report=report
    )
    return _Results(
        train=trained,
        eval=timed("eval", evaluate_run, out, data, report=report),
        check=timed("check", check, out, CHECK_SAMPLES, data, report=report),
        export=timed("export", export, out, file),
        emulator=timed("emulator", run, file, "emulator", data=data, report=report),
        lava=timed("lava", run, file, "lava", CHECK_SAMPLES, data, report=report),
        energy=timed("energy", energy, file, data=data, report=report),
        wall_seconds=wall,
    )


def _rows(results: _Results) -> list[tuple[str, str]]:
    scores, emulator, energy = results.eval, results.emulator, results.energy
    pairs = {f"{p.left}/{p.right}": p for p in results.check.pairs}
    mismatches = ", ".join(f"{name} {p.mismatches}" for name, p in pairs.items())
    same = "identical" if results.lava.identical_to_emulator else "DIFFERENT"
    return [
        ("float accuracy by goodness", percent(scores.accuracy)),
        ("  after the time shuffle", percent(scores.shuffled_accuracy)),
        ("  rate goodness on the same net", percent(scores.rate_accuracy)),
        ("  one-pass readout / short list", _pair(scores)),
        ("coincidence ratio, positives", listed(scores.coincidence_ratio)),
        ("coincidence ratio, negatives", listed(scores.negative_ratio)),
        ("8-bit accuracy on the emulator", f"{percent(emulator.accuracy)} of {emulator.samples}"),
        (f"mismatches on {results.check.samples} samples", mismatches),
        (f"Lava and emulator on {results.lava.samples} samples", same),
        ("spikes per sample", f"{emulator.spikes_per_sample:.0f}"),
        ("synaptic operations per sample", f"{emulator.synops_per_sample:.0f}"),
        ("dynamic energy (estimated)", engineering(energy.dynamic_joules, "J")),
        ("static energy (estimated)", engineering(energy.static_joules, "J")),
        ("time per inference (estimated)", engineering(energy.seconds, "s")),
        ("wall seconds", ", ".join(f"{k} {v:.1f}" for k, v in results.wall_seconds.items())),
    ]


def _pair(scores: Any) -> str:
    return f"{percent(scores.readout_accuracy)} / {percent(scores.shortlist_accuracy)}"
