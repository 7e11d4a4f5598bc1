"""``spikeff eval``: what a network learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from spikeff.cli import output
from spikeff.cli.answer_tables import (
    coincidence_rows,
    perturbation_rows,
    show_classes,
    time_rows,
)
from spikeff.cli.grid import print_table
from spikeff.cli.options import (
    AnyNetwork,
    Data,
    Device,
    Json,
    PerClass,
    Samples,
    Spikes,
    Split,
)
from spikeff.cli.output import counted, percent, print_json

if TYPE_CHECKING:
    from spikeff.pipeline.run.evaluation import EvaluationReport


def evaluate(
    run: AnyNetwork,
    data: Data = None,
    samples: Samples = None,
    split: Split = "test",
    jitter: Annotated[
        int,
        typer.Option(
            "--jitter", metavar="STEPS", min=0, help="Move input spikes by at most so many steps."
        ),
    ] = 0,
    reverse: Annotated[
        bool, typer.Option("--reverse", help="Show input spikes in reverse order of time.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of shuffle and jitter.")] = 0,
    device: Device = "cpu",
    spikes: Spikes = None,
    per_class: PerClass = False,
    as_json: Json = False,
) -> None:
    """Test accuracy, and how much of it depends on spike timing."""
    from spikeff.pipeline.evaluate import evaluate_run

    with output.progress_log() as (report, log):
        result = evaluate_run(
            run,
            data=data,
            samples=samples,
            split=split,
            seed=seed,
            jitter=jitter,
            reverse=reverse,
            device=device,
            report=report,
            spikes=spikes,
            log=log,
        )
    if as_json:
        print_json(result)
        return
    shown = counted(result.samples, "sample" if spikes is not None else f"{split} sample")
    print_table(f"{run} on {shown}", _rows(result))
    if per_class:
        show_classes(result.per_class, result.confusion)


def _rows(result: EvaluationReport) -> list[tuple[str, str]]:
    """Accuracies, those of readouts that the network has, and what is time."""
    from spikeff.pipeline.run.readings import OUTPUT_COUNTS

    return [
        *((f"accuracy by {each.name}", percent(each.accuracy)) for each in result.readings),
        *_near_rows(result),
        *_layer_rows(result),
        *_best_rows(result),
        *time_rows(result),
        ("chance", _chance(result)),
        *perturbation_rows(result),
        *coincidence_rows(result, result.readings[0].name != OUTPUT_COUNTS),
        *_synops_rows(result),
    ]


def _near_rows(result: EvaluationReport) -> list[tuple[str, str]]:
    """Share of answers at most one class off, where classes are in order."""
    return [] if result.near is None else [(f"answers {result.near[0]}", percent(result.near[1]))]


def _layer_rows(result: EvaluationReport) -> list[tuple[str, str]]:
    """What each layer answers by itself, where there are several."""
    alone = result.layer_accuracy
    if len(alone) < 2:
        return []
    return [("accuracy of each layer alone", ", ".join(percent(each) for each in alone))]


def _best_rows(result: EvaluationReport) -> list[tuple[str, str]]:
    """The best reading and what the shuffle leaves of it, where there are several."""
    if len(result.readings) < 2:
        return []
    best = next(each for each in result.readings if each.name == result.best_reading)
    return [
        ("best reading", f"{best.name}, {percent(best.accuracy)}"),
        ("best reading after the shuffle", percent(best.shuffled_accuracy)),
    ]


def _chance(result: EvaluationReport) -> str:
    drawn, always = percent(result.chance or 0.0), percent(result.commonest_label)
    return f"{drawn} (commonest label {always})"


def _synops_rows(result: EvaluationReport) -> list[tuple[str, str]]:
    synops = result.synops_per_sample
    return [] if synops is None else [("synaptic operations per sample", f"{synops:,.0f}")]
