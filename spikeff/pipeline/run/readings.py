"""Ways of reading an answer, and which presentations each of them takes.

One emulator run per chunk holds every label pass of every sample and then one neutral pass each;
a reading names the presentations that it needs by their index in that run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.encoders import encode
from spikeff.data.labels import NEUTRAL, present
from spikeff.ir.arrays import Array
from spikeff.ir.codes import CLASS_COLUMNS, SOFTMAX, InputCode, LabelCode, Readout
from spikeff.ir.readout_codes import (
    best_classes,
    best_listed,
    likeliest,
    one_pass_logits,
    summed_goodness,
)
from spikeff.pipeline.run.presentations import presentations

SHORT_LIST = 3
ALL_LABELS, ONE_PASS, LIST, COLUMNS = "all labels", "one pass", "short list", "class columns"
READINGS = {
    ALL_LABELS: "one pass per label, the highest goodness wins",
    ONE_PASS: "one pass without a label, linear softmax of the spike counts on the host",
    LIST: f"one pass without a label, then the {SHORT_LIST} likeliest labels by goodness",
    COLUMNS: "one pass, the class whose columns have the highest goodness wins",
}


@dataclass(frozen=True, eq=False)
class Reading:
    """One way to read an answer out of presentations.

    Attributes:
        passes: Indexes of presentations, (samples, passes).
        right: Whether the answer is the label, bool (samples,).
    """

    name: str
    passes: Array
    right: Array


@dataclass(frozen=True, eq=False)
class Readings:
    """All readings of one run, and what decided them.

    Attributes:
        goodness: (samples, classes), of label passes or of class columns; else the logits.
        logits: (samples, classes) of the one-pass readout.
        learning: Presentations of one training step, (samples, passes); those that learn come last.
        learning_passes: How many of them learn.
    """

    all: tuple[Reading, ...]
    goodness: Array
    logits: Array
    learning: Array
    learning_passes: int


def reading_inputs(split: Split, code: InputCode, labels: LabelCode | None, steps: int) -> Array:
    """Spikes bool (steps, presentations, channels): label passes, then neutral passes."""
    passes = presentations(split, code, labels, steps)
    if labels is None:
        return passes
    pixels = encode(code.encoder, split.images, steps, code.threshold)
    neutral = present(pixels, np.full(len(split), NEUTRAL), labels)
    return np.concatenate([passes, neutral], axis=1)


def read(
    spikes: Mapping[str, Array], readout: Readout, populations: Sequence[Any], labels: Array
) -> Readings:
    """Read a run over :func:`reading_inputs`.

    Args:
        spikes: bool (steps, presentations, neurons) of each population, by name.
        labels: The right labels, (samples,).
    """
    n, classes = len(labels), readout.classes
    if readout.kind == SOFTMAX:
        logits, single = one_pass_logits(spikes, readout), np.arange(n)[:, np.newaxis]
        one_pass = Reading(ONE_PASS, single, logits.argmax(axis=1) == labels)
        return Readings((one_pass,), logits, logits, single, 1)
    if readout.kind == CLASS_COLUMNS:
        goodness = summed_goodness(spikes, readout, populations)
        logits = one_pass_logits(spikes, readout)
        single = np.arange(n)[:, np.newaxis]
        by_goodness = Reading(COLUMNS, single, best_classes(goodness) == labels)
        one_pass = Reading(ONE_PASS, single, logits.argmax(axis=1) == labels)
        return Readings((by_goodness, one_pass), goodness, logits, single, 1)
    shown = {name: z[:, : n * classes] for name, z in spikes.items()}
    goodness = summed_goodness(shown, readout, populations).reshape(n, classes)
    logits = one_pass_logits({k: z[:, n * classes :] for k, z in spikes.items()}, readout)
    label_pass = np.arange(n * classes).reshape(n, classes)
    neutral = (n * classes + np.arange(n))[:, np.newaxis]
    best = likeliest(logits, SHORT_LIST)
    guess = best_listed(goodness, best)
    likeliest_wrong = np.where(best[:, 0] == labels, best[:, 1], best[:, 0])
    pair = np.stack([labels, likeliest_wrong], axis=1)
    return Readings(
        (
            Reading(ALL_LABELS, label_pass, best_classes(goodness) == labels),
            Reading(ONE_PASS, neutral, logits.argmax(axis=1) == labels),
            Reading(
                LIST,
                np.concatenate([neutral, np.take_along_axis(label_pass, best, axis=1)], axis=1),
                guess == labels,
            ),
        ),
        goodness,
        logits,
        np.concatenate([neutral, np.take_along_axis(label_pass, pair, axis=1)], axis=1),
        2,
    )
