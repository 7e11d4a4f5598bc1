"""Accuracy of an integer network by every readout, and how much of it is time.

The figures that ``spikeff.training.evaluation`` takes from a trained network in float, from the
spikes that the emulator records.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.transforms import jitter_spikes
from spikeff.errors import DataError
from spikeff.ir.arrays import Array
from spikeff.pipeline import Report
from spikeff.pipeline.presentations import chunks, passes_per_sample
from spikeff.pipeline.run.agreement import AgreementTally
from spikeff.pipeline.run.answers import (
    Answers,
    ClassFigures,
    class_figures,
    confusion_matrix,
    joined,
    read_answers,
)
from spikeff.pipeline.run.readings import LIST, ONE_PASS, read, reading_inputs
from spikeff.training.evaluation import Evaluation

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork


@dataclass(frozen=True)
class EvaluationReport(Evaluation):
    """An evaluation with the answer of every sample; not a number where there is no such readout.

    Attributes:
        answers: Class answered by goodness, of every sample.
        labels: Right class of every sample.
        confusion: Samples by right class (rows) and answer (columns); None for many classes.
        per_class: Figures of every class; empty where ``confusion`` is None.
    """

    answers: tuple[int, ...] = ()
    labels: tuple[int, ...] = ()
    confusion: tuple[tuple[int, ...], ...] | None = None
    per_class: tuple[ClassFigures, ...] = ()


def with_answers(
    evaluation: Evaluation, labels: Array, answers: Array, classes: int
) -> EvaluationReport:
    """An evaluation, and the answers that it is of."""
    confusion = confusion_matrix(labels, answers, classes)
    return EvaluationReport(
        **vars(evaluation),
        answers=tuple(answers.tolist()),
        labels=tuple(labels.tolist()),
        confusion=confusion,
        per_class=class_figures(confusion),
    )


def evaluate_network(
    network: IntegerNetwork, split: Split, seed: int, jitter: int, report: Report
) -> EvaluationReport:
    """Evaluate an integer network on labelled samples, on the emulator.

    Args:
        seed: Of the time shuffle and of the jitter.
        jitter: Most steps by which input spikes of the data are moved; labels are not.

    Raises:
        DataError: Samples have no labels.
    """
    if split.labels.min() < 0:
        raise DataError(
            "the samples have no labels, so that no answer is right or wrong; `spikeff run` with "
            "--out FILE answers them."
        )
    mover = np.random.default_rng(seed)
    moved = partial(jitter_spikes, reach=jitter, generator=mover)
    tally = AgreementTally(network, len(split), seed)
    right: dict[str, int] = {}
    found: list[Answers] = []
    passes = passes_per_sample(network.labels) + 1
    for part in chunks(split, network.period * sum(network.sizes.values()) * passes):
        spikes = _recorded(network, part, moved)
        readings = read(spikes, network.readout, network.populations, part.labels)
        for reading in readings.all:
            right[reading.name] = right.get(reading.name, 0) + int(reading.right.sum())
        shown = _answering(network, spikes, len(part))
        tally.add(shown, part.labels)
        found.append(read_answers(shown, network.readout, network.populations, part.labels))
        report("evaluate", sum(len(each.answers) for each in found), len(split))
    return _summary(tally, right, joined(found))


def _recorded(
    network: IntegerNetwork, part: Split, moved: Callable[[Array], Array]
) -> dict[str, Array]:
    from hw_targets.emulator import run as emulator

    inputs = reading_inputs(part, network.input, network.labels, network.steps, moved)
    return emulator.run(network, inputs).trace.window(network.steps).spikes


def _answering(network: IntegerNetwork, spikes: dict[str, Array], samples: int) -> dict[str, Array]:
    """The presentations that answer by goodness, those without a label left out."""
    answering = samples * passes_per_sample(network.labels)
    return {name: z[:, :answering] for name, z in spikes.items()}


def _summary(tally: AgreementTally, right: dict[str, int], found: Answers) -> EvaluationReport:
    samples, time = len(found.answers), tally.figures()

    def share(name: str) -> float:
        return right[name] / samples if name in right else math.nan

    evaluation = Evaluation(
        samples=samples,
        accuracy=found.right / samples,
        readout_accuracy=share(ONE_PASS),
        shortlist_accuracy=share(LIST),
        shuffled_accuracy=time.shuffled_accuracy,
        rate_accuracy=time.rate_accuracy,
        coincidence_ratio=time.coincidence_ratio,
        negative_ratio=time.negative_ratio,
        firing=time.firing,
        shuffle_draws=time.shuffle_draws,
        shuffled_spread=time.shuffled_spread,
    )
    return with_answers(evaluation, found.labels, found.answers, found.classes)
