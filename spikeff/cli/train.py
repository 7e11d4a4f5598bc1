"""``spikeff train``, ``eval`` and ``tune``: learning, and what was learnt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spikeff.cli import output
from spikeff.cli.options import Data, Device, Epochs, Json, Run, Samples, Seed, Split
from spikeff.cli.output import listed, percent, print_grid, print_json, print_table

if TYPE_CHECKING:
    from spikeff.pipeline.search.tune import TuneResult


def train(
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Run directory to write.")],
    preset: Annotated[str | None, typer.Option("--preset", help="See `spikeff presets`.")] = None,
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
    """Train a network; one checkpoint per epoch."""
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


def evaluate(
    run: Run,
    data: Data = None,
    samples: Samples = None,
    split: Split = "test",
    jitter: Annotated[
        int, typer.Option("--jitter", metavar="STEPS", help="Move input spikes by up to so many.")
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Seed of shuffle and jitter.")] = 0,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Accuracy by every reading, and whether time is what is read."""
    from spikeff.pipeline.evaluate import evaluate_run

    with output.progress_bar() as report:
        result = evaluate_run(
            run,
            data=data,
            samples=samples,
            split=split,
            seed=seed,
            jitter=jitter,
            device=device,
            report=report,
        )
    if as_json:
        print_json(result)
        return
    print_table(
        f"{run} on {result.samples} {split} samples",
        [
            ("accuracy by goodness", percent(result.accuracy)),
            ("accuracy by one-pass readout", percent(result.readout_accuracy)),
            ("accuracy by short list", percent(result.shortlist_accuracy)),
            ("goodness after the time shuffle", percent(result.shuffled_accuracy)),
            ("rate goodness on the same spikes", percent(result.rate_accuracy)),
            ("coincidence ratio, positives", listed(result.coincidence_ratio)),
            ("coincidence ratio, negatives", listed(result.negative_ratio)),
            ("spikes per neuron and step", listed(result.firing, 4)),
        ],
    )


def tune(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Directory of the search.")],
    preset: Annotated[
        str | None, typer.Option("--preset", help="Searched around; see `spikeff presets`.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE.toml", help="Searched around.")
    ] = None,
    space: Annotated[
        Path | None,
        typer.Option(
            "--space", metavar="FILE.toml", help="What to vary [default: `spikeff config space`]."
        ),
    ] = None,
    trials: Annotated[int, typer.Option("--trials", help="Trials in all.")] = 30,
    data: Data = None,
    epochs: Epochs = None,
    samples: Annotated[
        int | None,
        typer.Option("--samples", metavar="N", help="First N training samples [default: all]."),
    ] = None,
    validation: Annotated[
        float | None,
        typer.Option("--validation", help="Share of them that judges [default: 0.2]."),
    ] = None,
    bits: Annotated[
        int | None, typer.Option("--bits", help="Bits of a signed weight [default: 8].")
    ] = None,
    chip: Annotated[
        str | None, typer.Option("--chip", help="Whose limits must hold [default: loihi1].")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Of what is tried and held out [default: 0].")
    ] = None,
    device: Device = "cpu",
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the search in DIR.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the search that DIR holds.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Search for accuracy and few synaptic operations together; the Pareto front."""
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
            report=report,
            log=log,
        )
    if as_json:
        print_json(result)
    else:
        _show_search(result)


def _show_search(result: TuneResult) -> None:
    header = ("trial", "right", "in floats", "shuffled", "synops / sample", "configuration")
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
