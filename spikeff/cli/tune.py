"""``spikeff tune``: a search and its front."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from spikeff.cli import output
from spikeff.cli.output import percent, print_grid, print_json, print_table

if TYPE_CHECKING:
    from spikeff.pipeline.search.tune import TuneResult


def tune(
    out: Path,
    preset: str | None,
    config: Path | None,
    space: Path | None,
    data: Path | None,
    trials: int,
    epochs: int | None,
    samples: int | None,
    validation: float | None,
    bits: int | None,
    chip: str | None,
    seed: int | None,
    device: str,
    resume: bool,
    overwrite: bool,
    as_json: bool,
) -> None:
    """Search, then show the front."""
    from spikeff.pipeline.search.tune import tune as step

    with output.progress_log() as (report, log):
        result = step(
            *(out, preset, config, space, data, trials, epochs, samples, validation),
            *(bits, chip, seed, device, resume, overwrite, report, log),
        )
    if as_json:
        print_json(result)
    else:
        _show(result)


def _show(result: TuneResult) -> None:
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
