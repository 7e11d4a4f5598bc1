"""``spikeff energy`` and ``report``: what a network costs, and one page about all of a run."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from spikeff.cli import output
from spikeff.cli.energy_tables import show_energy
from spikeff.cli.grid import print_table
from spikeff.cli.options import (
    AnyNetwork,
    Bits,
    Board,
    Data,
    Json,
    Samples,
    Spikes,
    Split,
    Tables,
)
from spikeff.cli.output import print_json
from spikeff.cli.profile_tables import show_profile


class Comparison(str, Enum):
    """What `--compare` takes."""

    ANN = "ann"


def energy(
    file: AnyNetwork,
    samples: Samples = None,
    data: Data = None,
    split: Split = "test",
    tables: Tables = None,
    compare: Annotated[
        list[Comparison] | None,
        typer.Option("--compare", help="Compare with an ANN of the same size on the same data."),
    ] = None,
    sanafe: Annotated[
        Path | None,
        typer.Option(
            "--sanafe", metavar="DIR", help="Write SANA-FE's files to DIR and compare with it."
        ),
    ] = None,
    spikes: Spikes = None,
    board: Board = None,
    profile: Annotated[
        bool, typer.Option("--profile", help="Also print energy by layer, core and step.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Estimate energy, time and operations per inference from counts of the emulator."""
    from spikeff.pipeline.energy.estimate import TABLES
    from spikeff.pipeline.energy.estimate import energy as step

    with output.progress_bar() as progress:
        result = step(
            file,
            samples=samples,
            data=data,
            split=split,
            tables=tables or TABLES,
            compare=compare or (),
            sanafe=sanafe,
            spikes=spikes,
            report=progress,
            board=board,
        )
    if as_json:
        print_json(result)
    else:
        show_energy(result)
        if profile:
            show_profile(result.profile)


def report(
    run: AnyNetwork,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Page to write.", show_default="RUN/report.html"
        ),
    ] = None,
    data: Data = None,
    samples: Samples = None,
    check_samples: Annotated[
        int,
        typer.Option(
            "--check", metavar="N", min=1, help="Run the first N samples in every simulator."
        ),
    ] = 4,
    bits: Bits = 8,
    tables: Annotated[
        list[str] | None,
        typer.Option(
            "--table",
            "-t",
            metavar="NAME|FILE.toml",
            help="Cost table, see `spikeff tables`; repeatable.",
            show_default="those of Loihi and some beside",
        ),
    ] = None,
    spikes: Spikes = None,
    as_json: Json = False,
) -> None:
    """Write one HTML page about a network, from accuracy to energy; it opens offline."""
    from spikeff.pipeline.report.report import TABLES
    from spikeff.pipeline.report.report import report as step

    with output.progress_bar() as progress:
        result = step(
            run,
            out,
            data=data,
            samples=samples,
            check_samples=check_samples,
            bits=bits,
            tables=tables or TABLES,
            command=sys.argv,
            progress=progress,
            spikes=spikes,
        )
    if as_json:
        print_json(result)
        return
    rows = [
        ("page", result.page),
        ("bytes", f"{result.bytes:,}"),
        ("samples", str(result.samples)),
        ("figures", ", ".join(result.figures)),
    ]
    print_table(f"report of {run}", rows)
