"""``spikeff energy`` and ``report``: what a network costs, and one page about all of a run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from spikeff.cli import output
from spikeff.cli.energy_tables import show_energy
from spikeff.cli.options import Bits, Data, Json, NetworkFile, Run, Samples, Spikes, Split
from spikeff.cli.output import print_json, print_table


def energy(
    file: NetworkFile,
    samples: Samples = None,
    data: Data = None,
    split: Split = "test",
    tables: Annotated[
        list[str] | None,
        typer.Option(
            "--table", help="Cost table, by name or FILE.toml; may be repeated [default: loihi1]."
        ),
    ] = None,
    compare: Annotated[
        list[str] | None,
        typer.Option("--compare", help="ann: an ANN of the same size on the same data."),
    ] = None,
    sanafe: Annotated[
        Path | None,
        typer.Option(
            "--sanafe", metavar="DIR", help="Write SANA-FE's files to DIR and run it beside."
        ),
    ] = None,
    spikes: Spikes = None,
    as_json: Json = False,
) -> None:
    """Joules and seconds per inference, estimated from the emulator's counts."""
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
        )
    if as_json:
        print_json(result)
    else:
        show_energy(result)


def report(
    run: Run,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Page [default: RUN/report.html].")
    ] = None,
    data: Data = None,
    samples: Samples = None,
    check_samples: Annotated[
        int, typer.Option("--check", metavar="N", help="First N samples through every simulator.")
    ] = 4,
    bits: Bits = 8,
    tables: Annotated[
        list[str] | None,
        typer.Option("--table", help="Cost table; may be repeated [default: all bundled]."),
    ] = None,
    as_json: Json = False,
) -> None:
    """One HTML page about a run, from accuracy to energy, that needs no network."""
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
