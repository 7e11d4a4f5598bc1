"""Step 2: accuracy of a run on the test split, by every reading."""

from __future__ import annotations

from pathlib import Path

from spikeff.checkpoint import load_for_inference
from spikeff.datasets import load_split
from spikeff.evaluation import Evaluation, evaluate
from spikeff.pipeline import Report, silent


def evaluate_run(
    run: Path | str,
    data: Path | str | None = None,
    samples: int | None = None,
    seed: int = 0,
    report: Report = silent,
) -> Evaluation:
    """Evaluate the last checkpoint of ``run``; ``samples`` takes the first of the test split."""
    trainer = load_for_inference(Path(run))
    directory = Path(data) if data is not None else None
    split = load_split(trainer.config.dataset, "test", directory).head(samples)
    done = 0

    def on_chunk(count: int) -> None:
        nonlocal done
        done += count
        report("evaluate", done, len(split))

    return evaluate(trainer, split, seed, on_chunk)
