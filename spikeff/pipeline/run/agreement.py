"""How much of a network's answers is time, from the spikes that any simulator or target recorded.

The figures are those that ``spikeff.training.evaluation`` takes from a trained network in float.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from spikeff.evidence.tally import EvidenceTally
from spikeff.ir.arrays import Array
from spikeff.ir.codes import ALL_LABELS, SOFTMAX, Readout
from spikeff.ir.readout_codes import one_pass_logits, short_list

if TYPE_CHECKING:
    from lava_export.integers.network import IntegerNetwork


def tally_of(
    network: IntegerNetwork, samples: int, seed: int, perturbed: bool = False
) -> EvidenceTally:
    """An empty tally of what ``network`` answers.

    Args:
        samples: How many will be added in all.
        seed: Of the shuffle and the perturbations.
        perturbed: Whether spikes are also jittered, deleted and reversed in time.
    """
    readout = network.readout
    return EvidenceTally(
        *(readout, network.populations, network.steps, samples, seed),
        perturbed=perturbed,
        listed=0 if readout.kind == SOFTMAX else short_list(readout.classes),
    )


def add_recorded(
    tally: EvidenceTally,
    spikes: Mapping[str, Array],
    readout: Readout,
    labels: Array,
) -> Array:
    """Add a chunk of recorded spikes to ``tally``; what decided its answers, (samples, classes).

    Args:
        spikes: bool (steps, presentations, neurons) of each population: for "all_labels" samples
            times labels, labels fastest, then perhaps a pass of each sample without a label.
        labels: Right classes, (samples,).
    """
    passes = _passes(spikes, readout, len(labels))
    return tally.add(labels, passes, _logits(spikes, readout, len(labels)))


def _passes(
    spikes: Mapping[str, Array], readout: Readout, samples: int
) -> Iterator[Mapping[str, Array]]:
    """Spikes of the populations that are read, under each label in turn or of the only pass.

    In memory of their own, since every view of them goes through all.
    """
    classes = readout.classes if readout.kind == ALL_LABELS else 1
    for shown in range(classes):
        yield {
            name: np.ascontiguousarray(spikes[name][:, shown : samples * classes : classes])
            for name in readout.populations
        }


def _logits(spikes: Mapping[str, Array], readout: Readout, samples: int) -> Array | None:
    """Logits of the pass without a label; None where there is none, or no linear readout."""
    if readout.kind != SOFTMAX and not readout.has_linear:
        return None
    first = samples * readout.classes if readout.kind == ALL_LABELS else 0
    neutral = {name: spikes[name][:, first:] for name in readout.populations}
    return one_pass_logits(neutral, readout) if neutral[readout.populations[0]].size else None
