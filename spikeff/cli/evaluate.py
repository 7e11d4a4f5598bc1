"""``spikeff eval``: what a network learnt."""

from __future__ import annotations

from typing import Annotated

import typer

from spikeff.cli import output
from spikeff.cli.grid import print_table
from spikeff.cli.options import Data, Device, Json, Run, Samples, Split
from spikeff.cli.output import listed, percent, print_json


def evaluate(
    run: Run,
    data: Data = None,
    samples: Samples = None,
    split: Split = "test",
    jitter: Annotated[
        int,
        typer.Option(
            "--jitter", metavar="STEPS", min=0, help="Move input spikes by at most so many steps."
        ),
    ] = 0,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of shuffle and jitter.")] = 0,
    device: Device = "cpu",
    as_json: Json = False,
) -> None:
    """Test accuracy, and how much of it depends on spike timing."""
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
