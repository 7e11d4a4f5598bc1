"""Ways of reading an answer, and which presentations each of them takes.

One emulator run per chunk holds every label pass of every sample and then one neutral pass each;
a reading names the presentations that it needs by their index in that run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.labels import NEUTRAL, present, present_all_labels
from spikeff.ir.arrays import Array
from spikeff.ir.codes import ALL_LABELS as LABEL_PASSES
from spikeff.ir.codes import CLASS_COLUMNS, SOFTMAX, InputCode, LabelCode, Readout
from spikeff.ir.goodness import RATE
from spikeff.ir.membrane import LARGEST, LAST
from spikeff.ir.readout_codes import (
    best_classes,
    best_listed,
    likeliest,
    one_pass_logits,
    short_list,
    summed_goodness,
)
from spikeff.pipeline.presentations import presentations

ALL_LABELS, ONE_PASS, LIST, COLUMNS = "all labels", "one pass", "short list", "class columns"
OUTPUT_COUNTS = "output spike counts"
POTENTIALS = {LAST: "last membrane potential", LARGEST: "largest membrane potential"}
READINGS = {
    ALL_LABELS: "one pass per label, the highest goodness wins",
    ONE_PASS: "one pass without a label, linear softmax of the spike counts on the host",
    LIST: "one pass without a label, then the likeliest labels by goodness",
    COLUMNS: "one pass, the class whose columns have the highest goodness wins",
    OUTPUT_COUNTS: "one pass, the class whose output neurons spike most wins",
    POTENTIALS[LAST]: "one pass, the output neuron with the highest potential at its end wins",
    POTENTIALS[LARGEST]: "one pass, the output neuron that reaches the highest potential wins",
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
        learning: Presentations of one training step, (samples, passes); those that learn come last;
            None where the network was not trained by the local rule.
        learning_passes: How many of them learn.
    """

    all: tuple[Reading, ...]
    goodness: Array
    logits: Array
    learning: Array | None
    learning_passes: int


def reading_inputs(
    split: Split,
    code: InputCode,
    labels: LabelCode | None,
    steps: int,
    moved: Callable[[Array], Array] = lambda spikes: spikes,
) -> Array:
    """Spikes bool (steps, presentations, channels): label passes, then neutral passes.

    Args:
        moved: Applied to the spikes of the data, before labels are added.
    """
    pixels = moved(presentations(split, code, None, steps))
    if labels is None:
        return pixels
    neutral = present(pixels, np.full(len(split), NEUTRAL), labels)
    return np.concatenate([present_all_labels(pixels, labels), neutral], axis=1)


def read(
    spikes: Mapping[str, Array], readout: Readout, populations: Sequence[Any], labels: Array
) -> Readings:
    """Read a run over :func:`reading_inputs`.

    Args:
        spikes: bool (steps, presentations, neurons) of each population, by name.
        labels: The right labels, (samples,).
    """
    if readout.kind == LABEL_PASSES:
        return _read_label_passes(spikes, readout, populations, labels)
    logits, single = one_pass_logits(spikes, readout), np.arange(len(labels))[:, np.newaxis]
    one_pass = Reading(ONE_PASS, single, logits.argmax(axis=1) == labels)
    if readout.membrane is not None:
        one_pass = replace(one_pass, name=POTENTIALS[readout.membrane.take])
    if readout.kind == SOFTMAX:
        return Readings((one_pass,), logits, logits, single, 1)
    goodness = summed_goodness(spikes, readout, populations)
    right = best_classes(goodness) == labels
    if counts_output_spikes(readout):
        return Readings((Reading(OUTPUT_COUNTS, single, right),), goodness, logits, None, 0)
    columns = Reading(COLUMNS, single, right)
    found = (columns, one_pass) if readout.has_linear else (columns,)
    return Readings(found, goodness, logits, single, 1)


def counts_output_spikes(readout: Readout) -> bool:
    """Whether the output neurons with the most spikes answer, as in networks made elsewhere."""
    return (
        readout.kind == CLASS_COLUMNS
        and all(name == RATE for name, _ in readout.measures())
        and not readout.has_linear
    )


def _read_label_passes(
    spikes: Mapping[str, Array], readout: Readout, populations: Sequence[Any], labels: Array
) -> Readings:
    n, classes = len(labels), readout.classes
    shown = {name: z[:, : n * classes] for name, z in spikes.items()}
    goodness = summed_goodness(shown, readout, populations).reshape(n, classes)
    logits = one_pass_logits({k: z[:, n * classes :] for k, z in spikes.items()}, readout)
    label_pass = np.arange(n * classes).reshape(n, classes)
    neutral = (n * classes + np.arange(n))[:, np.newaxis]
    best = likeliest(logits if readout.has_linear else goodness, max(2, short_list(classes)))
    likeliest_wrong = np.where(best[:, 0] == labels, best[:, 1], best[:, 0])
    pair = np.stack([labels, likeliest_wrong], axis=1)
    readings = [Reading(ALL_LABELS, label_pass, best_classes(goodness) == labels)]
    if readout.has_linear:
        readings.append(Reading(ONE_PASS, neutral, logits.argmax(axis=1) == labels))
    if readout.has_linear and short_list(classes):
        listed = np.concatenate([neutral, np.take_along_axis(label_pass, best, axis=1)], axis=1)
        readings.append(Reading(LIST, listed, best_listed(goodness, best) == labels))
    return Readings(
        tuple(readings),
        goodness,
        logits,
        np.concatenate([neutral, np.take_along_axis(label_pass, pair, axis=1)], axis=1),
        2,
    )
