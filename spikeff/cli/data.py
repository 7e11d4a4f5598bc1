"""``spikeff data``: fetch an IDX data set, or bin event recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spikeff.cli import output
from spikeff.cli.options import Json, Samples
from spikeff.cli.output import percent, print_json, print_table


def data(
    name: Annotated[
        str,
        typer.Argument(
            help="mnist, fashion-mnist or kmnist; or events: n-mnist, shd or dvs-gesture."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Directory for --data.")],
    source: Annotated[
        Path | None, typer.Option("--from", metavar="DIR", help="Directory of the recordings.")
    ] = None,
    download: Annotated[
        bool, typer.Option("--download", help="Fetch recordings that are missing.")
    ] = False,
    steps: Annotated[int | None, typer.Option("--steps", help="Steps to bin events to.")] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="Window that is binned, from the start.")
    ] = None,
    pool: Annotated[
        int, typer.Option("--pool", metavar="N", help="N x N pixels of the sensor as one channel.")
    ] = 1,
    samples: Samples = None,
    as_json: Json = False,
) -> None:
    """Fetch images in IDX files, checked by their sums; or bin event recordings to spike trains."""
    from spikeff.pipeline.data import fetch_data

    with output.progress_bar() as report:
        result = fetch_data(
            name,
            out,
            source=source,
            download=download,
            steps=steps,
            seconds=seconds,
            pool=pool,
            samples=samples,
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
