"""From spikes to answers, on the host: the reference readout for every simulator and target.

Numbers only, no torch: traces come from any simulator, in float or in integers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from spikeff.ir.arrays import Array
from spikeff.ir.codes import CLASS_COLUMNS, SOFTMAX, Readout
from spikeff.ir.goodness import class_goodness, collected, layer_goodness

# Relative error allowed in goodness summed in float64: far above that of the longest sums, far
# below the smallest difference of two goodnesses.
ROUNDING = 1e-11
SHORT_LIST = 3  # labels, where there are more


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

    Args:
        spikes: Population name to bool (steps, presentations, neurons), without idle steps.
        readout: How spikes become an answer.
        populations: All of the network's, with their columns.

    Returns:
        (presentations,) for "all_labels", (presentations, classes) for "class_columns".
    """
    by_name = {p.name: p for p in populations}
    tables = []
    measured = zip(readout.populations, readout.measures(), readout.collected_steps(), strict=True)
    for population_name, (name, beta), steps in measured:
        population = by_name[population_name]
        z, size = collected(spikes[population.name], steps), population.column_size
        if readout.kind == CLASS_COLUMNS:
            tables.append(class_goodness(z, size, name, beta, readout.classes))
        else:
            tables.append(layer_goodness(z, size, name, beta, population.constraint_columns))
    return np.asarray(sum(tables))


def answers(spikes: Mapping[str, Array], readout: Readout, populations: Sequence[_Sized]) -> Array:
    """Label (samples,) of every sample, by highest goodness or by the linear readout.

    Of tied labels the lowest wins; goodness that differs by no more than rounding is a tie, as it
    is in exact arithmetic.

    Args:
        spikes: As in :func:`summed_goodness`. For "all_labels" the presentations are samples times
            labels, labels fastest.
        readout: How spikes become an answer.
        populations: All of the network's, with their columns.
    """
    if readout.kind == SOFTMAX:
        return one_pass_answers(spikes, readout)
    goodness = summed_goodness(spikes, readout, populations).reshape(-1, readout.classes)
    return best_classes(goodness)


def best_classes(goodness: Array, among: Array | None = None) -> Array:
    """Class (samples,) of the highest goodness, ties as in :func:`answers`.

    Args:
        goodness: (samples, classes), summed in float64.
        among: bool (samples, classes), the classes that are asked, at least one of each sample;
            None for all.
    """
    asked = goodness if among is None else np.where(among, goodness, -np.inf)
    best = asked.max(axis=1, keepdims=True)
    rounding = ROUNDING * np.abs(goodness).max(axis=1, keepdims=True)
    return np.asarray((asked >= best - rounding).argmax(axis=1))


def short_list(classes: int) -> int:
    """Labels of the short list, fewer than all; 0 where that leaves no list."""
    return min(SHORT_LIST, classes - 1) if classes > 2 else 0


def likeliest(logits: Array, count: int) -> Array:
    """The ``count`` classes of the highest logits (samples, classes), best first; ties by label."""
    return np.argsort(-logits, axis=1, kind="stable")[:, :count]


def best_listed(goodness: Array, listed: Array) -> Array:
    """As :func:`best_classes` among the classes ``listed``, int (samples, classes of the list)."""
    among = np.zeros(goodness.shape, np.bool_)
    np.put_along_axis(among, listed, True, axis=1)
    return best_classes(goodness, among)


def one_pass_answers(spikes: Mapping[str, Array], readout: Readout) -> Array:
    """Label (samples,) by :func:`one_pass_logits`."""
    return np.asarray(one_pass_logits(spikes, readout).argmax(axis=1))


def one_pass_logits(spikes: Mapping[str, Array], readout: Readout) -> Array:
    """Logits (samples, classes) of the linear readout on one neutral pass, of counts or potentials.

    Args:
        spikes: As in :func:`summed_goodness`.
        readout: Its weights, and the membrane that they drive, if any.
    """
    if readout.membrane is not None:
        z = np.concatenate([spikes[name] for name in readout.populations], axis=2)
        return readout.membrane.read(z @ readout.softmax_weights.T + readout.softmax_bias)
    counts = np.concatenate([spikes[name].sum(axis=0) for name in readout.populations], axis=1)
    return np.asarray(counts @ readout.softmax_weights.T + readout.softmax_bias)
