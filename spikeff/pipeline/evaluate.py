"""Step 2: accuracy of a run, by every reading."""

from __future__ import annotations

from pathlib import Path

import torch

from spikeff.data.registry import load_split
from spikeff.nn.device import torch_device
from spikeff.pipeline import Report, silent
from spikeff.pipeline.saved import saved
from spikeff.training.evaluation import Evaluation, evaluate


def evaluate_run(
    run: Path | str,
    data: Path | str | None = None,
    samples: int | None = None,
    split: str = "test",
    seed: int = 0,
    jitter: int = 0,
    device: str | torch.device = "cpu",
    report: Report = silent,
) -> Evaluation:
    """Evaluate the last checkpoint of ``run`` on the first ``samples`` of ``split``, or on all.

    Args:
        seed: Seed of the jitter and of the time shuffle.
        jitter: Most steps by which input spikes are moved.
    """
    model = saved(run).model(torch_device(device))
    directory = Path(data) if data is not None else None
    images = load_split(model.config.data.dataset, split, directory).head(samples)
    done = 0

    def on_chunk(count: int) -> None:
        nonlocal done
        done += count
        report("evaluate", done, len(images))

    return evaluate(model, images, seed, jitter, on_chunk)
