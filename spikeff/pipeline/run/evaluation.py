"""Accuracy of an integer network by every readout, and how much of it is time.

The figures that ``spikeff.training.evaluation`` takes from a trained network in float, from the
spikes that the emulator records.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.registry import near_of
from spikeff.data.transforms import input_change
from spikeff.errors import DataError
from spikeff.evidence.figures import Evaluation, ReadingFigures
from spikeff.ir.arrays import Array
from spikeff.ir.readout_codes import best_classes
from spikeff.ir.trace import SpikeTrace
from spikeff.pipeline import Report
from spikeff.pipeline.presentations import chunks, passes_per_sample
from spikeff.pipeline.run.agreement import add_recorded, tally_of
from spikeff.pipeline.run.answers import ClassFigures, class_figures, confusion_matrix
from spikeff.pipeline.run.readings import OUTPUT_COUNTS, counts_output_spikes, reading_inputs

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
        readings: Accuracy, and what the shuffle leaves of it, by each reading that there is.
        best_reading: Name of the one with the highest accuracy, the first of several.
        commonest_label: Share of the samples that have the most frequent label: what is right where
            the same class is always answered. It is about ``chance`` where labels are balanced.
        synops_per_sample: Synaptic operations of one answer by goodness, all its passes; None of a
            network in floats.
        near: What an answer one class off still is, as "within 10 degrees", and the share of such
            answers; None where classes are in no order.
    """

    answers: tuple[int, ...] = ()
    labels: tuple[int, ...] = ()
    confusion: tuple[tuple[int, ...], ...] | None = None
    per_class: tuple[ClassFigures, ...] = ()
    readings: tuple[ReadingFigures, ...] = ()
    best_reading: str = ""
    commonest_label: float = math.nan
    synops_per_sample: float | None = None
    near: tuple[str, float] | None = None


def with_answers(
    evaluation: Evaluation, labels: Array, answers: Array, classes: int, counted: bool = False
) -> EvaluationReport:
    """An evaluation, and the answers that it is of.

    counted : whether what stands for goodness are the spikes of output neurons.
    """
    confusion = confusion_matrix(labels, answers, classes)
    first, *others = evaluation.by_reading()
    readings = (replace(first, name=OUTPUT_COUNTS) if counted else first, *others)
    return EvaluationReport(
        **vars(evaluation),
        answers=tuple(answers.tolist()),
        labels=tuple(labels.tolist()),
        confusion=confusion,
        per_class=class_figures(confusion),
        readings=readings,
        best_reading=max(readings, key=lambda each: each.accuracy).name,
        commonest_label=float(np.bincount(labels).max() / len(labels)),
    )


def with_near(report: EvaluationReport, dataset: str) -> EvaluationReport:
    """``report`` on ``dataset``, with the share of near answers where classes are in order."""
    what = near_of(dataset)
    if not what:
        return report
    off = np.abs(np.subtract(report.answers, report.labels))
    return replace(report, near=(what, float((off <= 1).mean())))


def evaluate_network(
    network: IntegerNetwork,
    split: Split,
    seed: int,
    jitter: int,
    report: Report,
    reverse: bool = False,
    on: str = "cpu",
) -> EvaluationReport:
    """Evaluate an integer network on labelled samples, on the emulator.

    Args:
        seed: Of the time shuffle, of the perturbations and of the jitter.
        jitter: Most steps by which input spikes of the data are moved; labels are not.
        reverse: Whether input spikes of the data are put in reverse order of time.
        on: Torch device that computes, or "cpu".

    Raises:
        DataError: Samples have no labels.
    """
    from hw_targets.registry import get_target

    if split.labels.min() < 0:
        raise DataError(
            "the samples have no labels, so that no answer is right or wrong; `spikeff run` with "
            "--out FILE answers them."
        )
    emulator, change = get_target("emulator", on=on), input_change(jitter, seed, reverse)
    tally = tally_of(network, len(split), seed, perturbed=True)
    found: list[Array] = []
    done, synops, passes = 0, 0, passes_per_sample(network.labels)
    # Chunks as in a run of the same samples, so that the draws are the same.
    for part in chunks(split, network.period * sum(network.sizes.values()) * passes):
        inputs = reading_inputs(part, network.input, network.labels, network.steps, change)
        trace = emulator.run(network, inputs).trace
        spikes = trace.window(network.steps).spikes
        found.append(best_classes(add_recorded(tally, spikes, network.readout, part.labels)))
        synops += _synops(network, inputs, trace, len(part) * passes)
        done += len(part)
        report("evaluate", done, len(split))
    reported = with_answers(
        tally.evaluation(),
        split.labels,
        np.concatenate(found),
        network.readout.classes,
        counts_output_spikes(network.readout),
    )
    return replace(reported, synops_per_sample=synops / len(split))


def _synops(network: IntegerNetwork, inputs: Array, trace: SpikeTrace, presentations: int) -> int:
    """Synaptic operations of the first ``presentations``, those that answer by goodness."""
    from hw_targets.cost.counts import source_spikes
    from hw_targets.cost.totals import totals_of

    spikes = {name: z[:, :presentations] for name, z in trace.spikes.items()}
    answering = SpikeTrace(trace.simulator, spikes)
    sources = source_spikes(network, inputs[:, :presentations], answering)
    return totals_of(network, sources).synops
