"""From spikes to answers, on the host: the reference readout for every simulator and target.

Numbers only, no torch: traces come from any simulator, in float or in integers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from spikeff.description import CLASS_COLUMNS, SOFTMAX, Array, Readout
from spikeff.goodness import class_goodness, layer_goodness


class _Sized(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def column_size(self) -> int: ...
    @property
    def constraint_columns(self) -> int: ...


def summed_goodness(
    spikes: Mapping[str, Array], readout: Readout, populations: Sequence[_Sized]
) -> Array:
    """Goodness per presentation, summed over the readout's populations.

    spikes : name -> bool (steps, presentations, neurons), without idle steps.
    Returns (presentations,) for "all_labels", (presentations, classes) for "class_columns".
    """
    by_name = {p.name: p for p in populations}
    name, beta = readout.goodness, readout.beta
    tables = []
    for population in (by_name[name] for name in readout.populations):
        z, size = spikes[population.name].astype(np.float64), population.column_size
        if readout.kind == CLASS_COLUMNS:
            tables.append(class_goodness(z, size, name, beta, readout.classes))
        else:
            tables.append(layer_goodness(z, size, name, beta, population.constraint_columns))
    return np.asarray(sum(tables))


def answers(spikes: Mapping[str, Array], readout: Readout, populations: Sequence[_Sized]) -> Array:
    """Label (samples,) of every sample, by highest goodness or by the linear readout.

    For "all_labels" the presentations are samples times labels, labels fastest.
    """
    if readout.kind == SOFTMAX:
        return one_pass_answers(spikes, readout)
    goodness = summed_goodness(spikes, readout, populations)
    return np.asarray(goodness.reshape(-1, readout.classes).argmax(axis=1))


def one_pass_answers(spikes: Mapping[str, Array], readout: Readout) -> Array:
    """Label (samples,) by the linear softmax readout on the counts of one neutral pass."""
    return np.asarray(one_pass_logits(spikes, readout).argmax(axis=1))


def one_pass_logits(spikes: Mapping[str, Array], readout: Readout) -> Array:
    """Logits (samples, classes) of the linear softmax readout on the counts of one neutral pass."""
    counts = np.concatenate([spikes[name].sum(axis=0) for name in readout.populations], axis=1)
    return np.asarray(counts @ readout.softmax_weights.T + readout.softmax_bias)
