"""``spikeff data``: fetch an IDX data set, or bin event recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spikeff.cli import output
from spikeff.cli.grid import print_table
from spikeff.cli.options import Json, Samples
from spikeff.cli.output import percent, print_json


def data(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="Images: mnist, fashion-mnist, kmnist. Events: n-mnist, shd, dvs-gesture.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="DIR", help="Directory to write; give it as --data."),
    ],
    source: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="Directory of the recordings.")
    ] = None,
    download: Annotated[
        bool, typer.Option("--download", help="Fetch recordings that are missing.")
    ] = False,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, help="Steps to bin events to.")
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds", help="Window of events, from the start.", show_default="by data set"
        ),
    ] = None,
    bin_seconds: Annotated[
        float | None,
        typer.Option("--bin", metavar="SECONDS", help="Length of a step, in place of --seconds."),
    ] = None,
    pool: Annotated[
        int,
        typer.Option("--pool", metavar="N", min=1, help="N x N sensor pixels become one channel."),
    ] = 1,
    samples: Samples = None,
    stream: Annotated[
        bool,
        typer.Option("--stream", help="Write folders of shards; few recordings are in memory."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Download an image data set, or bin event recordings to spike trains."""
    from spikeff.pipeline.data import fetch_data

    with output.progress_bar() as report:
        result = fetch_data(
            name,
            out,
            source=source,
            download=download,
            steps=steps,
            seconds=seconds,
            bin_seconds=bin_seconds,
            pool=pool,
            samples=samples,
            stream=stream,
            report=report,
        )
    if as_json:
        print_json(result)
        return
    rows = [("files written", "\n".join(result.files) or "none: all were there")]
    if result.kept is not None:
        rows += [
            ("recordings, train and test", ", ".join(map(str, result.samples))),
            ("channels", str(result.channels)),
            ("events within the window", percent(result.kept)),
        ]
    rows.append(("in a configuration", f'dataset = "{result.dataset}", --data {result.directory}'))
    print_table(f"{name}: {result.directory}", rows)
