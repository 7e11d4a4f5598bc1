"""``spikeff from-netx``: networks of lava-dl as integers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spikeff.cli.fidelity_tables import show_grades, warn_assumed
from spikeff.cli.grid import print_grid
from spikeff.cli.options import Board, Chip, Json, NetworkOut
from spikeff.cli.output import print_json


def from_netx(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.net", help="HDF5 of lava-dl's export_hdf5.")
    ],
    out: NetworkOut,
    steps: Annotated[
        int | None,
        typer.Option("--steps", metavar="N", help="Steps per sample.", show_default="the file's"),
    ] = None,
    chip: Chip = None,
    board: Board = None,
    currents_as: Annotated[
        str | None,
        typer.Option(
            "--currents-as",
            metavar="WAY",
            help="How graded input comes in: planes, spikes of its bits, or bias, which the host "
            "writes for each sample.",
            show_default="planes",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read a network of lava-dl; its integers stay as they are."""
    from spikeff.pipeline.compile.netx import from_netx as step

    result = step(file, out, steps, chip, board, currents_as)
    warn_assumed(result.grades)
    if as_json:
        print_json(result)
        return
    show_grades(f"{file} as a network of {result.steps} steps", result.grades)
    print_grid(
        f"{result.file}: {result.bytes} bytes, cores of {result.chip}",
        ("population", "neurons", "cores", "bound by"),
        [(c.name, str(c.neurons), str(c.cores), c.binding) for c in result.capacity],
    )
