"""Answering early: energy against accuracy when the first goodness above a threshold ends the work.

With the label in the input, a pass without a label orders the labels by the readout, and they are
shown in that order until the best goodness so far exceeds the threshold. With class columns, steps
are run until the best class leads the next by more than the threshold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spikeff.data.dataset import Split
from spikeff.errors import DescriptionError
from spikeff.ir.readout_codes import best_classes, best_listed, likeliest
from spikeff.pipeline.energy.measurement import LABEL_PASS, Measured, measure
from spikeff.pipeline.run.readings import ONE_PASS

if TYPE_CHECKING:
    from hw_targets.cost.energy import Estimate
    from hw_targets.cost.table import CostTable
    from lava_export.integers.network import IntegerNetwork
    from spikeff.ir.arrays import Array

POINTS = 25


@dataclass(frozen=True)
class EarlyPoint:
    """Means over samples at one threshold. stages : label passes shown, or steps run."""

    threshold: float
    accuracy: float
    joules: float
    joules_low: float
    joules_high: float
    stages: float


def early_answers(
    network: IntegerNetwork, split: Split, measured: Measured, table: CostTable
) -> tuple[EarlyPoint, ...]:
    """Energy (all parts that ``table`` prices) against accuracy over goodness thresholds.

    Raises:
        DescriptionError: The label is in the input, and no linear readout says which comes first.
    """
    if network.labels is not None:
        if not network.readout.has_linear:
            raise DescriptionError("it has no linear readout to say which label is shown first.")
        return _by_label_passes(measured, split.labels)
    return _by_steps(network, split, table)


def threshold_curve(
    answers: Array, confidence: Array, joules: dict[str, Array], labels: Array
) -> tuple[EarlyPoint, ...]:
    """One point per threshold, taken at quantiles of what was seen.

    answers, confidence, and each of joules (low, value, high; spent so far) : (stages, samples).
    """
    last, n = len(answers) - 1, np.arange(len(labels))
    thresholds = np.unique(np.quantile(confidence, np.linspace(0, 1, POINTS)))
    points = []
    for threshold in [-np.inf, *thresholds]:
        passed = confidence > threshold
        stage = np.where(passed.any(axis=0), passed.argmax(axis=0), last)
        spent = {level: float(j[stage, n].mean()) for level, j in joules.items()}
        points.append(
            EarlyPoint(
                float(threshold),
                float((answers[stage, n] == labels).mean()),
                spent["value"],
                spent["low"],
                spent["high"],
                float(stage.mean() + 1),
            )
        )
    return tuple(points)


def _by_label_passes(measured: Measured, labels: Array) -> tuple[EarlyPoint, ...]:
    goodness = np.concatenate([r.goodness for r in measured.readings])
    classes = goodness.shape[1]
    order = likeliest(np.concatenate([r.logits for r in measured.readings]), classes)
    shown = np.take_along_axis(goodness, order, axis=1)
    best = np.maximum.accumulate(shown, axis=1)
    answers = np.array([best_listed(goodness, order[:, : k + 1]) for k in range(classes)])
    neutral, each = measured.estimates[ONE_PASS][0], measured.estimates[LABEL_PASS][0]
    joules = {}
    for level in ("low", "value", "high"):
        passes = each.total_joules(level).reshape(shown.shape)
        passes = np.take_along_axis(passes, order, axis=1)
        joules[level] = (neutral.total_joules(level)[:, np.newaxis] + passes.cumsum(axis=1)).T
    return threshold_curve(answers, best.T, joules, labels)


def _by_steps(network: IntegerNetwork, split: Split, table: CostTable) -> tuple[EarlyPoint, ...]:
    answers, confidence, estimates = [], [], []
    for steps in range(1, network.steps + 1):
        _, measured = measure(network, split, [table], first_steps=steps)
        goodness = np.concatenate([r.goodness for r in measured.readings])
        ranked = np.sort(goodness, axis=1)
        answers.append(best_classes(goodness))
        confidence.append(ranked[:, -1] - ranked[:, -2])
        estimates.append(next(iter(measured.estimates.values()))[0])
    return threshold_curve(
        np.array(answers), np.array(confidence), _stacked(estimates), split.labels
    )


def _stacked(estimates: Sequence[Estimate]) -> dict[str, Array]:
    return {
        level: np.array([e.total_joules(level) for e in estimates])
        for level in ("low", "value", "high")
    }
