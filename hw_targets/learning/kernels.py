"""Compiled loops over the synapses that an epoch changes.

Source: ``lava/magma/core/learning/learning_rule_applier.py`` (``LearningRuleApplierBitApprox``) and
``lava/magma/core/model/py/connection.py`` of lava-nc 0.10.0. A product that is zero changes
nothing, so synapses whose products are all zero are not looked at; the one exception is a value
below the accumulator's range (``edge``), which saturates whenever an epoch ends.

Targets that some product counts for are worked off side by side for one source after the other, in
loops without branches, which become vector instructions.
"""

from __future__ import annotations

import numpy as np

from hw_targets.learning.sides import Y0, heard_sources, of_targets, rows_of, side_part
from hw_targets.learning.terms import FIRST_SYNAPTIC
from hw_targets.loops import compiled
from spikeff.ir.arrays import Array

HIGHEST, LOWEST = 2**15 - 1, -(2**15) - 1  # of the accumulator
UNIT_BITS = 7  # of a synaptic variable, in the accumulator
TAG_LOWEST = -257
RANDOM_BITS = 53
GOLDEN, FIRST, SECOND = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)


@compiled
def _own(part: Array, factor: Array, synapse: Array, n: int) -> None:
    """Multiply by a factor that is w, t or d."""
    constant, sign, low, high = factor[1], factor[2], -(1 << factor[3]), (1 << factor[3]) - 1
    for m in range(n):
        value = synapse[m] + constant
        if sign:
            value = (value > 0) - (value < 0)
        part[m] *= min(max(value, low), high)


@compiled
def _add(
    sums: Array, part: Array, n: int, mantissa: int, right: int, left: int, moved: Array
) -> None:
    """Add a product to the accumulators that it belongs to, which saturate."""
    for m in range(n):
        added = ((part[m] * mantissa) >> right) << left
        added = min(max(added, LOWEST), HIGHEST)
        moved[m] |= added != 0
        sums[m] = min(max(sums[m] + added, LOWEST), HIGHEST)


@compiled
def _keep(
    kept: Array,
    sums: Array,
    n: int,
    limits: tuple[int, int, int, int],
    bits: int,
    rows: Array,
    shared: int,
    key: int,
    place: int,
) -> None:
    """What stays of the sums: of the right sign, rounded at random, within their width.

    Args:
        kept: Written, in units of the synaptic variable.
        limits: Of the sum, and of what stays of it.
        bits: That are rounded away.
        shared: Rounds all where it is not negative, in 2^53ths.
        key: Of numbers of their own, where it is.
        place: Of the synapse to target 0 among the random numbers.
    """
    lowest, highest, low, high = limits
    for m in range(n):
        z = key + np.uint64(place + rows[m]) + GOLDEN
        z = (z ^ (z >> np.uint64(30))) * FIRST
        z = (z ^ (z >> np.uint64(27))) * SECOND
        z = (z ^ (z >> np.uint64(31))) >> np.uint64(64 - RANDOM_BITS)
        random = shared if shared >= 0 else np.int64(z)
        value = min(max(sums[m], lowest), highest)
        over = value & ((1 << bits) - 1)
        up = random < over << (RANDOM_BITS - bits)
        value = (value - over + (up << bits)) >> UNIT_BITS
        kept[m] = min(max(value, low), high)


@compiled
def _parts(
    part: Array, of_x: Array, of_y: Array, n: int, dependency: int, last_x: int, last: Array
) -> None:
    """Write the product of both sides' factors, each read at the step that it depends on."""
    times = len(of_x)
    if dependency == Y0 and times > 2:
        for m in range(n):
            part[m] = of_x[last[m]] * of_y[last[m], m]
        return
    time = last_x if dependency == 0 else times - 1
    alone, row = of_x[time], of_y[time]
    for m in range(n):
        part[m] = alone * row[m]


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
    all_y = of_targets(terms, y, last_y, decimated)
    rows, first, used = rows_of(all_y, needs_x, edge)
    of_y, heard = np.ascontiguousarray(all_y[:, :, rows]), heard_sources(x, last_x)
    last, size = last_y[rows], len(rows)
    now, sums = np.zeros((3, size), np.int64), np.zeros((3, size), np.int64)
    part, kept = np.zeros(size, np.int64), np.zeros(size, np.int64)
    moved, touched = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    of_x = np.zeros(len(x), np.int64)
    number = int(shared * 2.0**RANDOM_BITS)
    written = changed & edge
    for p in np.flatnonzero(used):
        written[target[p]] = True
    worked, below = 0, False
    for i in range(sources):
        n = size if heard[i] else first
        if n == 0:
            continue
        for v in range(3):
            for m in range(n):
                now[v, m] = state[v, i, rows[m]]
                sums[v, m] = now[v, m] << UNIT_BITS
        moved[:n], touched[:n] = edge, False
        for p in range(len(target)):
            if not used[p] or (dependency[p] == 0 and last_x[i] == 0 and not edge):
                continue
            for time in range(len(x)):
                of_x[time] = side_part(p, factors, x, i, last_x[i], time, 0)
            if dependency[p] == 0 and last_x[i] == 0:
                of_x[:] = 0
            _parts(part, of_x, of_y[p], n, dependency[p], last_x[i], last)
            for m in range(n):
                touched[m] |= part[m] != 0
            for k in range(factors.shape[1]):
                name = factors[p, k, 0] - FIRST_SYNAPTIC
                if name >= 0:
                    _own(part, factors[p, k], now[name], n)
            _add(sums[target[p]], part, n, mantissa[p], right[p], left[p], moved)
        for m in range(n):
            worked += touched[m]
        for v in range(3):
            if not written[v]:
                continue
            low, high = bounds[v, 0], bounds[v, 1]
            lowest = 0 if v == 2 or low == 0 else 2 * LOWEST
            highest = 0 if lowest < 0 and high == 0 else HIGHEST
            bits = UNIT_BITS + int(np.log2(spacing[v]))
            place = (v * sources + i) * targets
            _keep(kept, sums[v], n, (lowest, highest, low, high), bits, rows, number, key, place)
            for m in range(n):
                if moved[m]:
                    state[v, i, rows[m]] = kept[m]
                    below |= v == 1 and kept[m] <= TAG_LOWEST
    return worked, below
