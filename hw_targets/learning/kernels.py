"""Compiled loops over the synapses that an epoch changes.

Source: ``lava/magma/core/learning/learning_rule_applier.py`` (``LearningRuleApplierBitApprox``) and
``lava/magma/core/model/py/connection.py`` of lava-nc 0.10.0. A product that is zero changes
nothing, so synapses whose products are all zero are not looked at; the one exception is a value
below the accumulator's range (``edge``), which saturates whenever an epoch ends.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np

from hw_targets.learning.terms import FIRST_SYNAPTIC, FIRST_Y
from spikeff.ir.arrays import Array

Kernel = TypeVar("Kernel", bound=Callable[..., object])
HIGHEST, LOWEST = 2**15 - 1, -(2**15) - 1  # of the accumulator
UNIT = 2**7  # of a synaptic variable, in the accumulator
SYNAPSE_HIGHEST, TAG_LOWEST = 255, -257
Y0, U = 1, 2  # dependencies
GOLDEN, FIRST, SECOND = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)


def _compiled(function: Kernel) -> Kernel:
    return cast(Kernel, numba.njit(nogil=True)(function))


@_compiled
def _random(key: int, place: int) -> float:
    z = key + np.uint64(place) + GOLDEN
    z = (z ^ (z >> np.uint64(30))) * FIRST
    z = (z ^ (z >> np.uint64(27))) * SECOND
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53


@_compiled
def _within(value: int, factor: Array) -> int:
    """A factor with its constant, of which only the sign may count, brought within its width."""
    value += factor[1]
    if factor[2]:
        value = 1 if value > 0 else (-1 if value < 0 else 0)
    return min(max(value, -(1 << factor[3])), (1 << factor[3]) - 1)


@_compiled
def _time(dependency: int, last_x: int, last_y: int, epoch: int) -> int:
    """Step of the epoch at which a product reads traces."""
    if dependency == U:
        return epoch
    return last_y if dependency == Y0 else last_x


@_compiled
def _trace_part(
    p: int, dependency: int, factors: Array, x: Array, y: Array, last_x: int, last_y: int
) -> int:
    """Product of the factors that are traces or spikes.   x, y : (epoch + 1, kinds)"""
    time = _time(dependency, last_x, last_y, len(x) - 1)
    part = 1
    for k in range(factors.shape[1]):
        name = factors[p, k, 0]
        if name < 0 or name >= FIRST_SYNAPTIC:
            continue
        if name == 0:
            value = 1 if last_x > 0 else 0
        elif name < FIRST_Y:
            value = x[time, name - 1]
        elif name == FIRST_Y:
            value = 1 if last_y > 0 else 0
        else:
            value = y[time, name - FIRST_Y - 1]
        part *= _within(value, factors[p, k])
    return part


@_compiled
def _rounded(value: int, unit: int, shared: float, key: int, place: int) -> int:
    """Stochastic rounding down to multiples of ``unit``."""
    low = (value // unit) * unit
    if low == value:
        return low
    random = shared if shared >= 0.0 else _random(key, place)
    return low + unit if random < (value - low) / unit else low


@_compiled
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
    products = len(target)
    heard = np.zeros(sources, np.bool_)
    for i in range(sources):
        heard[i] = last_x[i] > 0
        for step in range(len(x)):
            for kind in range(x.shape[1]):
                heard[i] |= x[step, kind, i] != 0
    total = np.zeros(3, np.int64)
    worked, below = 0, False
    live, parts = np.zeros(products, np.bool_), np.zeros(products, np.int64)
    for j in range(targets):
        anywhere, everywhere = edge, edge
        for p in range(products):
            live[p] = dependency[p] == 0 or (last_y[j] > 0 if dependency[p] == Y0 else decimated)
            anywhere |= live[p]
            everywhere |= live[p] and not needs_x[p]
        if not anywhere:
            continue
        for i in range(sources):
            if not (everywhere or heard[i]):
                continue
            touched = False
            for p in range(products):
                parts[p] = 0
                if live[p] and (dependency[p] != 0 or last_x[i] > 0):
                    parts[p] = _trace_part(
                        p, dependency[p], factors, x[:, :, i], y[:, :, j], last_x[i], last_y[j]
                    )
                    touched |= parts[p] != 0
            worked += touched
            if not (touched or edge):
                continue
            for v in range(3):
                total[v] = state[v, i, j] * UNIT
            for p in range(products):
                part = parts[p]
                if part != 0:
                    for k in range(factors.shape[1]):
                        name = factors[p, k, 0]
                        if name >= FIRST_SYNAPTIC:
                            value = np.int64(state[name - FIRST_SYNAPTIC, i, j])
                            part *= _within(value, factors[p, k])
                    part = ((part * mantissa[p]) >> right[p]) << left[p]
                    part = min(max(part, LOWEST), HIGHEST)
                elif not edge:
                    continue
                v = target[p]
                total[v] = min(max(total[v] + part, LOWEST), HIGHEST)
            for v in range(3):
                if not changed[v]:
                    continue
                value = total[v]
                if v == 2 or bounds[v, 0] == 0:
                    value = max(value, 0)
                elif bounds[v, 1] == 0:
                    value = min(value, 0)
                place = (v * sources + i) * targets + j
                value = _rounded(value, UNIT * spacing[v], shared, key, place) // UNIT
                state[v, i, j] = min(max(value, bounds[v, 0]), bounds[v, 1])
            below |= changed[1] and state[1, i, j] <= TAG_LOWEST
    return worked, below
