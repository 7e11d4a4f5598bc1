"""``spikeff tune``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spikeff.cli import output
from spikeff.cli.grid import print_grid, print_table
from spikeff.cli.options import WEIGHT_BITS, Data, Device, Epochs, Json, Ray
from spikeff.cli.output import percent, print_json

if TYPE_CHECKING:
    from spikeff.pipeline.search.tune import TuneResult


def tune(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Directory of the search.")
    ],
    preset: Annotated[
        str | None,
        typer.Option("--preset", metavar="NAME", help="Preset to vary, see `spikeff presets`."),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE.toml", help="Configuration to vary.")
    ] = None,
    space: Annotated[
        Path | None,
        typer.Option(
            "--space",
            metavar="FILE.toml",
            help="What to vary, as `spikeff config space` prints it.",
            show_default="the whole of it",
        ),
    ] = None,
    trials: Annotated[int, typer.Option("--trials", help="Trials in all.")] = 30,
    data: Data = None,
    epochs: Epochs = None,
    samples: Annotated[
        int | None,
        typer.Option(
            "--samples",
            "-n",
            metavar="N",
            min=1,
            help="Only the first N training samples.",
            show_default="all",
        ),
    ] = None,
    validation: Annotated[
        float | None,
        typer.Option(
            "--validation", help="Share of them that is held out to judge.", show_default="0.2"
        ),
    ] = None,
    bits: Annotated[
        int | None,
        typer.Option(
            "--bits",
            min=WEIGHT_BITS[0],
            max=WEIGHT_BITS[1],
            help="Bits of a signed weight.",
            show_default="8",
        ),
    ] = None,
    chip: Annotated[
        str | None,
        typer.Option(
            "--chip",
            metavar="CHIP",
            help="Chip that it must fit: loihi1 or loihi2.",
            show_default="loihi1",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, help="Seed of trials and split.", show_default="0"),
    ] = None,
    device: Device = "cpu",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the search in DIR.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the search that DIR holds.")
    ] = False,
    ray: Ray = None,
    as_json: Json = False,
) -> None:
    """Search hyperparameters for high accuracy with few synaptic operations."""
    from spikeff.pipeline.search.tune import tune as step

    with output.progress_log() as (report, log):
        result = step(
            out,
            preset=preset,
            config=config,
            space=space,
            data=data,
            trials=trials,
            epochs=epochs,
            samples=samples,
            validation=validation,
            bits=bits,
            chip=chip,
            seed=seed,
            device=device,
            resume=resume,
            overwrite=overwrite,
            ray=ray,
            report=report,
            log=log,
        )
    if as_json:
        print_json(result)
    else:
        _show_search(result)


def _show_search(result: TuneResult) -> None:
    header = (
        *("trial", "accuracy", "float", "shuffled", "synaptic operations / sample"),
        "configuration",
    )
    rows = [
        (
            str(e.trial),
            percent(e.accuracy),
            percent(e.float_accuracy),
            percent(e.shuffled_accuracy),
            f"{e.synops:,.0f}",
            e.config,
        )
        for e in result.front
    ]
    title = f"Pareto front of {result.trials} trials, {result.held_out} held-out samples"
    print_grid(title, header, rows)
    print_table(
        f"searched: {result.directory}",
        [
            ("trials that cannot be used", str(result.unusable)),
            ("seconds of this call", f"{result.seconds:.1f}"),
            ("every trial", result.table),
            ("picture", result.picture or "none: no trial could be used"),
        ],
    )
