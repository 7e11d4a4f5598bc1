"""``spikeff train``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spikeff.cli import output
from spikeff.cli.grid import print_table
from spikeff.cli.options import (
    MAX_SEED,
    Data,
    Dead,
    Device,
    Drift,
    Epochs,
    Json,
    Mismatch,
    Noise,
    Seed,
    device_fields,
    require_none,
)
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
    delays: Annotated[
        str | None,
        typer.Option(
            "--delays",
            metavar="KIND",
            help="Of each synapse: learned, fixed or none.",
            show_default="as configured",
        ),
    ] = None,
    max_delay: Annotated[
        int | None,
        typer.Option(
            "--max-delay", metavar="STEPS", help="Longest delay, 1 to 62; learned if not said else."
        ),
    ] = None,
    hold_out: Annotated[
        str | None,
        typer.Option(
            "--hold-out",
            metavar="SPEAKER",
            help="Test on a speaker whom training never hears (data sets of speakers).",
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
    save_every: Annotated[
        int | None,
        typer.Option(
            "--save-every",
            metavar="BATCHES",
            min=1,
            help="Also save within an epoch, after so many batches; --resume goes on from there.",
            show_default="after epochs",
        ),
    ] = None,
    pipeline: Annotated[
        bool,
        typer.Option(
            "--pipeline", help="Each process of torchrun learns a layer, without backward lock."
        ),
    ] = False,
    on_chip: Annotated[
        bool,
        typer.Option("--on-chip", help="Learn in integers on an emulated chip, one by one."),
    ] = False,
    mismatch: Mismatch = None,
    dead: Dead = None,
    noise: Noise = None,
    drift: Drift = None,
    device_seed: Annotated[
        int | None,
        typer.Option("--device-seed", min=0, max=MAX_SEED, help="Which emulated device learns."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a network and save a checkpoint after every epoch."""
    of_devices = {
        "--mismatch": mismatch,
        "--dead": dead,
        "--noise": noise,
        "--drift": drift,
        "--device-seed": device_seed,
    }
    if on_chip:
        elsewhere = {
            "--validation": validation,
            "--early-stop": early_stop,
            "--delays": delays,
            "--max-delay": max_delay,
            "--hold-out": hold_out,
            "--from": weights_from,
            "--tensorboard": tensorboard or None,
            "--save-every": save_every,
            "--pipeline": pipeline or None,
            "--device": device if device != "cpu" else None,
        }
        require_none(elsewhere, "--on-chip")
        said = any(value is not None for value in of_devices.values())
        target = "device" if said else "emulator"
        chip = device_fields(target, device_seed or 0, mismatch, dead, noise, drift)
        _train_on_chip(out, preset, config, data, epochs, seed, chip, resume, overwrite, as_json)
        return
    require_none(of_devices, "training without --on-chip")
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
            delays=delays,
            max_delay=max_delay,
            hold_out=hold_out,
            weights_from=weights_from,
            device=device,
            resume=resume,
            overwrite=overwrite,
            tensorboard=tensorboard,
            save_every=save_every,
            pipeline=pipeline,
            report=report,
            log=log,
        )
    if as_json:
        print_json(result)
        return
    print_table(f"trained: {result.run}", list(_rows(result)))


def _train_on_chip(
    out: Path,
    preset: str | None,
    config: Path | None,
    data: Path | None,
    epochs: int | None,
    seed: int | None,
    chip: dict[str, Any] | None,
    resume: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    from spikeff.pipeline.on_chip.train import train_on_chip

    with output.progress_log() as (report, log):
        result = train_on_chip(
            out,
            preset,
            config=config,
            data=data,
            epochs=epochs,
            seed=seed,
            device=chip,
            resume=resume,
            overwrite=overwrite,
            report=report,
            log=log,
        )
    if as_json:
        print_json(result)
        return
    last = result.last
    rows = [
        ("epochs", str(result.epochs)),
        ("seconds of learning", f"{result.seconds:.1f}"),
        ("accuracy on training samples", percent(last.accuracy)),
        ("accuracy after the time shuffle", percent(last.shuffled_accuracy)),
        ("passes per learning sample", f"{last.presentations:.1f}"),
        ("synaptic updates per learning sample", f"{last.updates:,.0f}"),
        ("integer network", f"{result.run}/network.safetensors"),
    ]
    print_table(f"learned on the chip: {result.run}", rows)


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
