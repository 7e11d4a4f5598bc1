"""Step 2: accuracy of a run or of a network file, by every readout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from spikeff.data.spike_trains import load_samples, load_spike_file
from spikeff.ir.arrays import Array
from spikeff.ir.numbers import plain_numbers, seed_number, whole_number
from spikeff.ir.sizes import MAX_STEPS
from spikeff.nn.device import torch_device
from spikeff.pipeline import Report, silent
from spikeff.pipeline.run.evaluation import (
    EvaluationReport,
    evaluate_network,
    with_answers,
    with_near,
)
from spikeff.pipeline.samples import data_directory, run_samples, unlike_training
from spikeff.pipeline.saved import saved
from spikeff.training.evaluation import evaluate


@plain_numbers
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
    log: Callable[[str], None] = lambda line: None,
    reverse: bool = False,
) -> EvaluationReport:
    """Evaluate the last checkpoint of ``run`` on the first ``samples`` of ``split``, or on all.

    The network runs once; the spikes of the layers that the answer reads are then shuffled in time,
    jittered, deleted and reversed (docs/agreement.md).

    Args:
        run: Run directory; or a network file or "zoo:NAME", whose integers run on the emulator.
        data: Directory of the data set's files; those of the training where it is None.
        split: "test"; of a run also "train" (what was learned), and "validation" where there was
            any.
        seed: Of the jitter, of the time shuffle and of what else is drawn.
        jitter: Most steps by which input spikes are moved.
        spikes: .npz file of spike trains to use instead, see ``spikeff.data.spike_trains``.
        log: Called with warnings where the data are not those that ``run`` was trained on.
        reverse: Whether input spikes are put in reverse order of time.

    Raises:
        ConfigError: torch sees no such GPU; a seed below 0 or of more than 63
            bits; a jitter outside 0 to 255 steps.
        DataError: The data cannot be read, or no answer could be right.
    """
    seed_number(seed)
    whole_number("jitter", jitter, 0, MAX_STEPS)
    source, place = saved(run), torch_device(device)
    directory = data_directory(run, data) if spikes is None else None
    given = Path(spikes) if spikes is not None else None
    if source.is_integers:
        network = source.network()
        images = load_samples(network, split, directory, given).head(samples)
        found = evaluate_network(network, images, seed, jitter, report, reverse, str(place))
        return with_near(found, network.dataset)
    model = source.model(place)
    if given is not None:
        images = load_spike_file(given, model.network.classes).head(samples)
    else:
        images = run_samples(model, split, directory).head(samples)
        for line in unlike_training(source.path, images, directory):
            log(f"warning: {line}")
    done = 0

    def on_chunk(count: int) -> None:
        nonlocal done
        done += count
        report("evaluate", done, len(images))

    answers: list[Array] = []
    figures = evaluate(
        *(model, images, seed, jitter, on_chunk),
        on_answers=answers.append,
        perturbed=True,
        reverse=reverse,
    )
    classes = model.network.classes
    found = with_answers(figures, images.labels, np.concatenate(answers), classes)
    return with_near(found, model.config.data.dataset)
