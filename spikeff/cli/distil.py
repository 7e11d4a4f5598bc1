"""``spikeff distil``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spikeff.cli import output
from spikeff.cli.grid import print_table
from spikeff.cli.options import (
    MAX_SEED,
    AnyNetwork,
    Data,
    Dead,
    Epochs,
    Json,
    Mismatch,
    Noise,
    Seed,
    device_fields,
)
from spikeff.cli.output import percent, print_json


def distil(
    teacher: AnyNetwork,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="File for the student's network.")
    ],
    preset: Annotated[
        str | None,
        typer.Option("--preset", metavar="NAME", help="Of the students; see `spikeff presets`."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE.toml", help="The same as a TOML file.")
    ] = None,
    data: Data = None,
    epochs: Epochs = None,
    seed: Seed = None,
    students: Annotated[
        int, typer.Option("--students", min=1, help="How many learn side by side.")
    ] = 1,
    mismatch: Mismatch = None,
    dead: Dead = None,
    noise: Noise = None,
    device_seed: Annotated[
        int,
        typer.Option(
            "--device-seed", min=0, max=MAX_SEED, help="Seed of the first student's device."
        ),
    ] = 0,
    as_json: Json = False,
) -> None:
    """Teach emulated chips by a network's answers, without passing weights."""
    from spikeff.pipeline.on_chip.distil import distil as step

    with output.progress_log() as (report, log):
        result = step(
            teacher,
            out,
            preset,
            config=config,
            data=data,
            epochs=epochs,
            seed=seed,
            students=students,
            device=device_fields("device", device_seed, mismatch, dead, noise, None),
            report=report,
            log=log,
        )
    if as_json:
        print_json(result)
        return
    rows = [
        ("accuracy of the teacher", percent(result.teacher_accuracy)),
        ("accuracy of the students, mean", percent(result.mean)),
        ("standard deviation", percent(result.spread)),
        ("network of the first", result.file),
    ]
    print_table(f"taught by {teacher}: {students} students", rows)
