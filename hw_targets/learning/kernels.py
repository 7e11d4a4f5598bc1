"""Compiled loops over the synapses that an epoch changes.

Source: ``lava/magma/core/learning/learning_rule_applier.py`` (``LearningRuleApplierBitApprox``) and
``lava/magma/core/model/py/connection.py`` of lava-nc 0.10.0. A product that is zero changes
nothing, so synapses whose products are all zero are not looked at; the one exception is a value
below the accumulator's range (``edge``), which saturates whenever an epoch ends.

Targets that some product counts for are worked off side by side for one source after the other, in
loops without branches, which become vector instructions: of floats, which hold the integers of the
rule exactly (``hw_targets.learning.terms``) and are twice as narrow as numba's integers.
"""

from __future__ import annotations

import numpy as np

from hw_targets.learning.randomness import scrambled
from hw_targets.learning.sides import X0, Y0, heard_sources, of_sources, of_targets, rows_of
from hw_targets.learning.terms import FIRST_SYNAPTIC
from hw_targets.loops import compiled
from spikeff.ir.arrays import Array

HIGHEST, LOWEST = 2**15 - 1, -(2**15) - 1  # of the accumulator
UNIT_BITS = 7  # of a synaptic variable, in the accumulator
UNIT = 1 << UNIT_BITS
TAG, TAG_LOWEST = 1, -257
RANDOM_BITS = 53


@compiled
def _tagged(state: Array, i: int) -> bool:
    """Whether any synapse of a source has a tag."""
    found = 0
    for j in range(state.shape[2]):
        found |= state[TAG, i, j]
    return found != 0


@compiled
def _load(now: Array, sums: Array, state: Array, v: int, i: int, rows: Array, n: int) -> None:
    """Read a variable of the first ``n`` of ``rows``, and begin its accumulators with it."""
    unit = now.dtype.type(UNIT)
    for m in range(n):
        now[v, m] = state[v, i, rows[m]]
    for m in range(n):
        sums[v, m] = now[v, m] * unit


@compiled
def _parts(
    part: Array,
    of_x: Array,
    of_y: Array,
    p: int,
    i: int,
    n: int,
    on_y: bool,
    last_x: int,
    last: Array,
    touched: Array,
) -> None:
    """Write the product of both sides' factors, each read at the step that it depends on."""
    if on_y and of_x.shape[1] > 2:
        for m in range(n):
            part[m] = of_x[p, last[m], i] * of_y[p, last[m], m]
            touched[m] |= part[m] != 0
        return
    alone = of_x[p, last_x, i]
    for m in range(n):
        part[m] = alone * of_y[p, last_x, m]
        touched[m] |= part[m] != 0


@compiled
def _count(
    part: Array,
    of_x: Array,
    of_y: Array,
    used: Array,
    i: int,
    n: int,
    dependency: Array,
    last: Array,
    touched: Array,
) -> int:
    """Synapses of a source without traces that some product of both sides' factors counts for."""
    touched[:n] = False
    for p in np.flatnonzero(used):
        time = of_x.shape[1] - 1 if dependency[p] != X0 else 0
        _parts(part, of_x, of_y, p, i, n, dependency[p] == Y0, time, last, touched)
    return int(touched[:n].sum())


@compiled
def _own(part: Array, factors: Array, p: int, k: int, now: Array, n: int) -> None:
    """Multiply by a factor that is w, t or d."""
    real = part.dtype.type
    v, constant, sign = factors[p, k, 0] - FIRST_SYNAPTIC, real(factors[p, k, 1]), factors[p, k, 2]
    low, high = real(-(1 << factors[p, k, 3])), real((1 << factors[p, k, 3]) - 1)
    for m in range(n):
        value = now[v, m] + constant
        if sign:
            value = np.sign(value)
        part[m] *= min(max(value, low), high)


@compiled
def _add(sums: Array, v: int, part: Array, n: int, scale: float, left: float, moved: Array) -> None:
    """Add a product to the accumulators that it belongs to, which saturate."""
    lowest, highest = sums.dtype.type(LOWEST), sums.dtype.type(HIGHEST)
    for m in range(n):
        added = min(max(np.floor(part[m] * scale) * left, lowest), highest)
        moved[m] |= added != 0
        sums[v, m] = min(max(sums[v, m] + added, lowest), highest)


@compiled
def _keep(
    kept: Array,
    sums: Array,
    v: int,
    n: int,
    limits: tuple[int, int, int, int],
    bits: int,
    rows: Array,
    shared: int,
    key: np.uint64,
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
    real = sums.dtype.type
    lowest, highest, low, high = real(limits[0]), real(limits[1]), real(limits[2]), real(limits[3])
    fraction, whole = real(2.0**-bits), real(1 << bits)
    spacing, drawn = real(1 << (bits - UNIT_BITS)), np.uint64(64 - bits)
    alike = real(shared >> (RANDOM_BITS - bits))
    for m in range(n):
        own = scrambled(key + np.uint64(place + rows[m])) >> drawn
        random = alike if shared >= 0 else real(np.int32(own))
        value = min(max(sums[v, m], lowest), highest)
        below = np.floor(value * fraction)
        up = real(1) if random < value - below * whole else real(0)
        kept[m] = min(max((below + up) * spacing, low), high)


@compiled
def _store(state: Array, v: int, i: int, rows: Array, n: int, kept: Array, moved: Array) -> bool:
    """Write what was moved; returns whether a value is below the accumulator's range."""
    below = False
    for m in range(n):
        if moved[m]:
            state[v, i, rows[m]] = np.int16(kept[m])
            below |= kept[m] <= TAG_LOWEST
    return below


@compiled
def _limits(v: int, bounds: Array) -> tuple[int, int, int, int]:
    """Range of the sums of a variable, whose sign must not change, and of what stays of it."""
    low, high = bounds[v, 0], bounds[v, 1]
    lowest = 0 if v == 2 or low == 0 else 2 * LOWEST
    highest = 0 if lowest < 0 and high == 0 else HIGHEST
    return lowest, highest, low, high


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
    key: np.uint64,
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
    target, dependency, scale, left, needs_x, read, needs_t, factors = terms
    sources, targets = state.shape[1], state.shape[2]
    all_y = of_targets(terms, y, last_y, decimated)
    rows, first, used = rows_of(all_y, needs_x, edge)
    of_y, heard = np.ascontiguousarray(all_y[:, :, rows]), heard_sources(x, last_x)
    of_x, counts = of_sources(terms, x, last_x, used, heard)
    last, size = last_y[rows], len(rows)
    now, sums = np.zeros((3, size), scale.dtype), np.zeros((3, size), scale.dtype)
    part, kept = np.zeros(size, scale.dtype), np.zeros(size, scale.dtype)
    moved, touched = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    number = int(shared * 2.0**RANDOM_BITS)
    written, needed = changed & edge, changed & edge
    by_tag = not edge
    for p in np.flatnonzero(used):
        written[target[p]] = needed[target[p]] = True
        needed |= read[p]
        by_tag &= needs_x[p] or needs_t[p]
    limits = [_limits(v, bounds) for v in range(3)]
    bits = UNIT_BITS + np.log2(spacing).astype(np.int64)
    worked, below, alike = 0, False, -1
    for i in range(sources):
        n = size if heard[i] else first
        if n == 0:
            continue
        if by_tag and not heard[i] and not _tagged(state, i):
            if alike < 0:
                alike = _count(part, of_x, of_y, used, i, n, dependency, last, touched)
            worked += alike
            continue
        for v in range(3):
            if needed[v]:
                _load(now, sums, state, v, i, rows, n)
        for m in range(n):
            moved[m], touched[m] = edge, False
        for p in range(len(target)):
            if not (used[p] and (edge or counts[p, i])):
                continue
            time = last_x[i] if dependency[p] == X0 else len(x) - 1
            _parts(part, of_x, of_y, p, i, n, dependency[p] == Y0, time, last, touched)
            for k in range(factors.shape[1]):
                if factors[p, k, 0] >= FIRST_SYNAPTIC:
                    _own(part, factors, p, k, now, n)
            _add(sums, target[p], part, n, scale[p], left[p], moved)
        for m in range(n):
            worked += touched[m]
        for v in range(3):
            if written[v]:
                place = (v * sources + i) * targets
                _keep(kept, sums, v, n, limits[v], bits[v], rows, number, key, place)
                below |= _store(state, v, i, rows, n, kept, moved) and v == TAG
    return worked, below
