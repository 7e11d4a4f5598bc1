"""``spikeff demo``: the main job in one command, ending in one table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spikeff.cli import output
from spikeff.cli.fidelity_tables import show_fidelity
from spikeff.cli.grid import print_table
from spikeff.cli.options import Data, Epochs, Json, Seed
from spikeff.cli.output import listed, percent, print_json
from spikeff.pipeline.units import bounded

if TYPE_CHECKING:
    from spikeff.pipeline.demo import MainJob

DEMO_OUT = Path("runs/demo")  # the one run directory that a demo may replace


def demo(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="RUN", help="Run directory.")
    ] = DEMO_OUT,
    preset: Annotated[
        str, typer.Option("--preset", metavar="NAME", help="See `spikeff presets`.")
    ] = "digits",
    data: Data = None,
    epochs: Epochs = None,
    seed: Seed = None,
    as_json: Json = False,
) -> None:
    """Train, evaluate, check, export, run and price a small network in one command."""
    from spikeff.pipeline.demo import main_job

    with output.progress_bar() as report:
        job = main_job(
            out,
            preset,
            data=data,
            epochs=epochs,
            seed=seed,
            overwrite=out == DEMO_OUT,
            report=report,
        )
    if as_json:
        print_json(output.jsonable(job) | {"check": job.check.as_dict()})
    else:
        show_fidelity(job.check)
        print_table(f"spikeff demo: {preset}, {out}", rows(job))
    differs = any(not pair.equal for pair in job.check.pairs)
    if differs or (job.lava and not job.lava.identical_to_emulator):
        sys.exit(1)


def rows(job: MainJob) -> list[tuple[str, str]]:
    """The closing table."""
    scores, emulator, energy = job.eval, job.emulator, job.energy.main
    mismatches = ", ".join(f"{p.left}/{p.right} {p.mismatches}" for p in job.check.pairs)
    mismatches = mismatches or "no two simulators are installed"
    others = f"{percent(scores.readout_accuracy)} / {percent(scores.shortlist_accuracy)}"
    return [
        ("float accuracy by goodness", percent(scores.accuracy)),
        ("  after the time shuffle", percent(scores.shuffled_accuracy)),
        ("  rate goodness on the same net", percent(scores.rate_accuracy)),
        ("  one-pass readout / short list", others),
        ("coincidence ratio, positives", listed(scores.coincidence_ratio)),
        ("coincidence ratio, negatives", listed(scores.negative_ratio)),
        ("8-bit accuracy on the emulator", f"{percent(emulator.accuracy)} of {emulator.samples}"),
        (f"mismatches on {job.check.samples} samples", mismatches),
        *_lava_row(job),
        ("spikes per sample", f"{emulator.spikes_per_sample:.0f}"),
        ("synaptic operations per sample", f"{emulator.synops_per_sample:.0f}"),
        ("dynamic energy (estimated)", bounded(energy.dynamic_joules)),
        ("idle energy (estimated)", bounded(energy.idle_joules)),
        ("static energy (estimated)", bounded(energy.static_joules)),
        ("time per inference (estimated)", bounded(energy.seconds)),
        ("wall seconds", ", ".join(f"{k} {v:.1f}" for k, v in job.wall_seconds.items())),
    ]


def _lava_row(job: MainJob) -> list[tuple[str, str]]:
    if job.lava is None:
        return [("Lava and emulator", "Lava is not installed: see `spikeff targets`")]
    same = "identical" if job.lava.identical_to_emulator else "DIFFERENT"
    return [(f"Lava and emulator on {job.lava.samples} samples", same)]
