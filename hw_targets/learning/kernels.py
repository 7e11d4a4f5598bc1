"""Compiled loops over the synapses that an epoch changes.

Source: ``lava/magma/core/learning/learning_rule_applier.py`` (``LearningRuleApplierBitApprox``) and
``lava/magma/core/model/py/connection.py`` of lava-nc 0.10.0. A product that is zero changes
nothing, so synapses whose products are all zero are not looked at; the one exception is a value
below the accumulator's range (``edge``), which saturates whenever an epoch ends.
"""

from __future__ import annotations

import numpy as np

from hw_targets.learning.terms import FIRST_SYNAPTIC, FIRST_Y
from hw_targets.loops import compiled
from spikeff.ir.arrays import Array

HIGHEST, LOWEST = 2**15 - 1, -(2**15) - 1  # of the accumulator
UNIT = 2**7  # of a synaptic variable, in the accumulator
SYNAPSE_HIGHEST, TAG_LOWEST = 255, -257
Y0, U = 1, 2  # dependencies
GOLDEN, FIRST, SECOND = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)


@compiled
def _random(key: int, place: int) -> float:
    z = key + np.uint64(place) + GOLDEN
    z = (z ^ (z >> np.uint64(30))) * FIRST
    z = (z ^ (z >> np.uint64(27))) * SECOND
    return float(((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53)


@compiled
def _within(value: int, constant: int, sign: int, bits: int) -> int:
    """A factor with its constant, of which only the sign may count, brought within its width."""
    value += constant
    if sign:
        value = 1 if value > 0 else (-1 if value < 0 else 0)
    return int(min(max(value, -(1 << bits)), (1 << bits) - 1))


@compiled
def _time(dependency: int, last_x: int, last_y: int, epoch: int) -> int:
    """Step of the epoch at which a product reads traces."""
    if dependency == U:
        return epoch
    return last_y if dependency == Y0 else last_x


@compiled
def _side_part(p: int, factors: Array, traces: Array, last: int, time: int, first: int) -> int:
    """Product of one side's factors, traces (epoch + 1, kinds) at ``time``.

    Args:
        last: Step of the neuron's last spike, 0 for none.
        first: Index of the side's spike in ``VARIABLES``; its traces follow.
    """
    part = 1
    for k in range(factors.shape[1]):
        kind = factors[p, k, 0] - first
        if kind == 0:
            value = 1 if last > 0 else 0
        elif 0 < kind <= traces.shape[1]:
            value = traces[time, kind - 1]
        else:
            continue
        part *= _within(value, factors[p, k, 1], factors[p, k, 2], factors[p, k, 3])
    return part


@compiled
def _heard(x: Array, last_x: Array) -> Array:
    """Sources whose traces are not zero, or that spiked."""
    heard = last_x > 0
    for i in range(len(last_x)):
        for step in range(len(x)):
            for kind in range(x.shape[1]):
                heard[i] |= x[step, kind, i] != 0
    return heard


@compiled
def _changed_by(
    part: int,
    p: int,
    mantissa: Array,
    right: Array,
    left: Array,
    factors: Array,
    w: int,
    t: int,
    d: int,
) -> int:
    """What a product adds to the accumulator.   part : the product of its traces"""
    for k in range(factors.shape[1]):
        name = factors[p, k, 0] - FIRST_SYNAPTIC
        if name >= 0:
            value = w if name == 0 else (t if name == 1 else d)
            part *= _within(value, factors[p, k, 1], factors[p, k, 2], factors[p, k, 3])
    part = ((part * mantissa[p]) >> right[p]) << left[p]
    return int(min(max(part, LOWEST), HIGHEST))


@compiled
def _rounded(value: int, unit: int, shared: float, key: int, place: int) -> int:
    """Stochastic rounding down to multiples of ``unit``."""
    low = (value // unit) * unit
    if low == value:
        return low
    random = shared if shared >= 0.0 else _random(key, place)
    return low + unit if random < (value - low) / unit else low


@compiled
def apply(
    state: Array,
    changed: Array,
    spacing: Array,
    bounds: Array,
    terms: tuple[Array, ...],
    x: Array,
    y: Array,
    last_x: Array,
    last_y: Array,
    decimated: bool,
    edge: bool,
    shared: float,
    key: int,
) -> tuple[int, bool]:
    """End an epoch of one device.

    Args:
        state: w, t and d, int16 (3, sources, targets); changed.
        changed: Which of the three have a rule.
        spacing: Spacing of each of the three.
        bounds: Lowest and highest value of each, (3, 2).
        terms: Fields of ``hw_targets.learning.terms.Terms``.
        x: Traces of sources by step of the epoch, (epoch + 1, kinds, sources).
        y: The same of targets.
        last_x: Step of the last spike of every source in this epoch, 0 for none.
        last_y: The same of targets.
        decimated: Whether products with uk count.
        edge: Whether a tag lies below the accumulator's range.
        shared: Rounds all synapses where it is not negative.
        key: Of their own random numbers, where it is.

    Returns:
        Synapses that were worked on, and whether a tag now lies below the accumulator's range.
    """
    target, dependency, mantissa, right, left, needs_x, factors = terms
    sources, targets = state.shape[1], state.shape[2]
    products, times = len(target), len(x)
    # Products of each target that are not zero for all sources.
    mine, count = np.zeros((targets, products), np.int64), np.zeros(targets, np.int64)
    rows, everywhere = np.zeros(targets, np.bool_), np.zeros(targets, np.bool_)
    of_y = np.ones((targets, products, times), np.int64)
    for j in range(targets):
        rows[j] = everywhere[j] = edge
        for p in range(products):
            live = dependency[p] == 0 or (last_y[j] > 0 if dependency[p] == Y0 else decimated)
            if not live:
                continue
            some = False
            for time in range(times):
                of_y[j, p, time] = _side_part(p, factors, y[:, :, j], last_y[j], time, FIRST_Y)
                some |= of_y[j, p, time] != 0
            if some:
                mine[j, count[j]] = p
                count[j] += 1
                rows[j] = True
                everywhere[j] |= not needs_x[p]
    chosen = np.flatnonzero(rows)
    heard = _heard(x, last_x)
    total, parts = np.zeros(3, np.int64), np.zeros(products, np.int64)
    of_x = np.ones((products, times), np.int64)
    worked, below = 0, False
    for i in range(sources):
        for p in range(products):
            for time in range(times):
                of_x[p, time] = _side_part(p, factors, x[:, :, i], last_x[i], time, 0)
        for j in chosen:
            if not (everywhere[j] or heard[i]):
                continue
            touched = False
            parts[:] = 0
            for k in range(count[j]):
                p = mine[j, k]
                if dependency[p] != 0 or last_x[i] > 0:
                    time = _time(dependency[p], last_x[i], last_y[j], times - 1)
                    parts[p] = of_x[p, time] * of_y[j, p, time]
                    touched |= parts[p] != 0
            if not (touched or edge):
                continue
            worked += touched
            w, t, d = int(state[0, i, j]), int(state[1, i, j]), int(state[2, i, j])
            total[0], total[1], total[2] = w * UNIT, t * UNIT, d * UNIT
            moved = edge
            for k in range(products if edge else count[j]):
                p = k if edge else mine[j, k]
                if parts[p] == 0 and not edge:
                    continue
                added = _changed_by(parts[p], p, mantissa, right, left, factors, w, t, d)
                moved |= added != 0
                v = target[p]
                total[v] = min(max(total[v] + added, LOWEST), HIGHEST)
            if not moved:
                continue
            for v in range(3):
                if changed[v]:
                    place = (v * sources + i) * targets + j
                    low, high = bounds[v, 0], bounds[v, 1]
                    kept = _kept(v, total[v], low, high, spacing[v], shared, key, place)
                    state[v, i, j] = kept
            below |= changed[1] and state[1, i, j] <= TAG_LOWEST
    return worked, below


@compiled
def _kept(
    v: int, value: int, low: int, high: int, spacing: int, shared: float, key: int, place: int
) -> int:
    """What stays of a sum: of the right sign, rounded, within its width."""
    if v == 2 or low == 0:
        value = max(value, 0)
    elif high == 0:
        value = min(value, 0)
    value = _rounded(value, UNIT * spacing, shared, key, place) // UNIT
    return int(min(max(value, low), high))
