"""Neurons of one node by their time constants: Lava and Loihi have one of each per population.

As many groups as a core has compartment profiles are kept apart; where there are more, the nearest
are taken together, and what that changes is said.
"""

from __future__ import annotations

import numpy as np

from lava_export.nir.arrivals import alike
from lava_export.nir.population.neurons import Neurons
from spikeff.ir.arrays import Array

MOST_GROUPS = 32
# What is a multiple of each leak.
FOLLOWING = {"current_leak": ("jump", "current_drift"), "leak": ("gain", "drift")}


def time_groups(neurons: Neurons) -> list[tuple[Neurons, Array]]:
    """Neurons with the same two leaks, and the numbers of each, (some,)."""
    numbers = np.zeros(neurons.size, np.intp)
    for leaks in (neurons.current_leak, neurons.leak):
        groups = alike(leaks)
        of = np.empty(neurons.size, np.intp)
        for k, (_, chosen) in enumerate(groups):
            of[chosen] = k
        numbers = numbers * len(groups) + of
    if len(np.unique(numbers)) > MOST_GROUPS:
        numbers = _nearest(neurons)
    members = [np.flatnonzero(numbers == k) for k in np.unique(numbers)]
    return [(_with_one_leak(neurons.some(chosen)), chosen) for chosen in members]


def is_rounded(neurons: Neurons, groups: list[tuple[Neurons, Array]]) -> float:
    """Largest change of a leak that grouping made."""
    return max(
        float(np.abs(getattr(group, name) - getattr(neurons, name)[chosen]).max())
        for group, chosen in groups
        for name in ("current_leak", "leak")
    )


def _nearest(neurons: Neurons) -> Array:
    """A number of at most ``MOST_GROUPS`` for every neuron, alike ones together."""
    across = (neurons.current_leak != neurons.current_leak[0]).any()
    both = across and (neurons.leak != neurons.leak[0]).any()
    per_axis = int(np.sqrt(MOST_GROUPS)) if both else MOST_GROUPS
    of_current, of_membrane = (
        _ranks(leaks, per_axis) for leaks in (neurons.current_leak, neurons.leak)
    )
    return np.asarray(of_current * per_axis + of_membrane)


def _ranks(leaks: Array, count: int) -> Array:
    """Numbers 0 to count - 1 by equal steps of the logarithm; all 0 where all are the same."""
    span = np.log(np.maximum(leaks, 2.0**-16))
    if span.min() == span.max():
        return np.zeros(len(leaks), np.intp)
    place = (span - span.min()) / (span.max() - span.min()) * count
    return np.asarray(np.minimum(place.astype(np.intp), count - 1))


def _with_one_leak(group: Neurons) -> Neurons:
    """A group whose neurons all have the mean of its leaks, gains in proportion."""
    values = {name: getattr(group, name) for name in group.__dataclass_fields__}
    for name, following in FOLLOWING.items():
        leaks = values[name]
        if np.ptp(leaks) == 0:
            continue
        one = np.full(len(leaks), leaks.mean())
        for other in following:
            values[other] = values[other] * one / leaks
        values[name] = one
    return Neurons(**values)
