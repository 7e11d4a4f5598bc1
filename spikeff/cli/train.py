"""``spikeff train``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from spikeff.cli import output
from spikeff.cli.grid import print_table
from spikeff.cli.options import Data, Device, Epochs, Json, Seed
from spikeff.cli.output import listed, percent, print_json


def train(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="RUN", help="Run directory to write.")
    ],
    preset: Annotated[
        str | None, typer.Option("--preset", metavar="NAME", help="See `spikeff presets`.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE.toml", help="TOML configuration.")
    ] = None,
    data: Data = None,
    epochs: Epochs = None,
    seed: Seed = None,
    device: Device = "cpu",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the run's last checkpoint.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the run that RUN holds.")
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Also log to RUN/tensorboard.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Train a network and save a checkpoint after every epoch."""
    from spikeff.pipeline.train import train as step

    with output.progress_log() as (report, log):
        result = step(
            out,
            preset=preset,
            config=config,
            data=data,
            epochs=epochs,
            seed=seed,
            device=device,
            resume=resume,
            overwrite=overwrite,
            tensorboard=tensorboard,
            report=report,
            log=log,
        )
    if as_json:
        print_json(result)
        return
    last = result.last
    print_table(
        f"trained: {result.run}",
        [
            ("epochs", str(result.epochs)),
            ("seconds of training", f"{result.seconds:.1f}"),
            ("readout accuracy on training data", percent(last.readout_accuracy)),
            ("goodness gap per layer", listed(last.goodness_gap)),
            ("spikes per neuron and step", listed(last.firing, 4)),
        ],
    )
