"""``spikeff train``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spikeff.cli import output
from spikeff.cli.grid import print_table
from spikeff.cli.options import Data, Device, Epochs, Json, Seed
from spikeff.cli.output import listed, percent, print_json

if TYPE_CHECKING:
    from spikeff.pipeline.train import TrainResult


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
    validation: Annotated[
        float | None,
        typer.Option(
            "--validation",
            metavar="SHARE",
            help="Share of the training samples to hold out and evaluate after every epoch.",
            show_default="none",
        ),
    ] = None,
    early_stop: Annotated[
        int | None,
        typer.Option(
            "--early-stop",
            metavar="EPOCHS",
            min=1,
            help="End after so many epochs without a higher validation accuracy.",
            show_default="never",
        ),
    ] = None,
    weights_from: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="RUN|FILE",
            help="Begin with the weights of a run or of its best.safetensors (fine-tuning).",
        ),
    ] = None,
    device: Device = "cpu",
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on from the run's last checkpoint; with --epochs, for longer."
        ),
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
            validation=validation,
            early_stop=early_stop,
            weights_from=weights_from,
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
    print_table(f"trained: {result.run}", list(_rows(result)))


def _rows(result: TrainResult) -> Iterator[tuple[str, str]]:
    summary = result.summary
    yield "epochs", str(result.epochs)
    yield "seconds of training", f"{result.seconds:.1f}"
    yield "accuracy on training samples", percent(summary.training_accuracy)
    if summary.validation_accuracy is not None:
        yield "accuracy on validation samples", percent(summary.validation_accuracy)
        yield "best epoch by these", str(result.best_epoch)
    yield "accuracy after the time shuffle", percent(summary.shuffled_accuracy)
    if summary.time_share is not None:
        yield "share above chance that is time", percent(summary.time_share)
    yield "coincidence ratio per layer", listed(summary.coincidence_ratio)
    yield "goodness gap per layer", listed(summary.goodness_gap)
    yield "spikes per neuron and step", listed(summary.firing, 4)
