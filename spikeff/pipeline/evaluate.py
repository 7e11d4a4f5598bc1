"""Step 2: accuracy of a run or of a network file, by every readout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from spikeff.data.registry import load_split
from spikeff.data.spike_trains import load_samples, load_spike_file
from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array
from spikeff.nn.device import torch_device
from spikeff.pipeline import Report, silent
from spikeff.pipeline.run.evaluation import EvaluationReport, evaluate_network, with_answers
from spikeff.pipeline.saved import saved
from spikeff.training.evaluation import evaluate


def evaluate_run(
    run: Path | str,
    data: Path | str | None = None,
    samples: int | None = None,
    split: str = "test",
    seed: int = 0,
    jitter: int = 0,
    device: str | torch.device = "cpu",
    report: Report = silent,
    spikes: Path | str | None = None,
) -> EvaluationReport:
    """Evaluate the last checkpoint of ``run`` on the first ``samples`` of ``split``, or on all.

    Args:
        run: Run directory; or a network file or "zoo:NAME", whose integers run on the emulator.
        seed: Seed of the jitter and of the time shuffle.
        jitter: Most steps by which input spikes are moved.
        spikes: .npz file of spike trains to use instead, see ``spikeff.data.spike_trains``.

    Raises:
        ConfigError: A network file is to be evaluated on a GPU.
    """
    source, place = saved(run), torch_device(device)
    directory = Path(data) if data is not None else None
    given = Path(spikes) if spikes is not None else None
    if source.is_integers:
        if place.type != "cpu":
            raise ConfigError(f"device {device!r}: {run} holds integers, which run on the CPU.")
        network = source.network()
        images = load_samples(network, split, directory, given).head(samples)
        return evaluate_network(network, images, seed, jitter, report)
    model = source.model(place)
    images = (
        load_split(model.config.data.dataset, split, directory)
        if given is None
        else load_spike_file(given, model.network.classes)
    ).head(samples)
    done = 0

    def on_chunk(count: int) -> None:
        nonlocal done
        done += count
        report("evaluate", done, len(images))

    answers: list[Array] = []
    found = evaluate(model, images, seed, jitter, on_chunk, on_answers=answers.append)
    return with_answers(found, images.labels, np.concatenate(answers), model.network.classes)
