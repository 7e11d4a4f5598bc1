"""What both sides of a connection bring to the products of a rule, in compiled loops."""

from __future__ import annotations

import numpy as np

from hw_targets.learning.terms import FIRST_Y
from hw_targets.loops import compiled
from spikeff.ir.arrays import Array

X0, Y0, U = 0, 1, 2  # dependencies


@compiled
def within(value: int, constant: int, sign: int, bits: int) -> int:
    """A factor with its constant, of which only the sign may count, brought within its width."""
    value += constant
    if sign:
        value = 1 if value > 0 else (-1 if value < 0 else 0)
    return int(min(max(value, -(1 << bits)), (1 << bits) - 1))


@compiled
def side_part(
    p: int, factors: Array, traces: Array, neuron: int, last: int, time: int, first: int
) -> int:
    """Product of the factors of one side's neuron at a step of the epoch.

    Args:
        traces: Of that side, (epoch + 1, kinds, neurons).
        last: Step of the neuron's last spike, 0 for none.
        first: Index of the side's spike in ``VARIABLES``; its traces follow.
    """
    part = 1
    for k in range(factors.shape[1]):
        kind = factors[p, k, 0] - first
        if kind == 0:
            value = 1 if last > 0 else 0
        elif 0 < kind <= traces.shape[1]:
            value = traces[time, kind - 1, neuron]
        else:
            continue
        part *= within(value, factors[p, k, 1], factors[p, k, 2], factors[p, k, 3])
    return part


@compiled
def heard_sources(x: Array, last_x: Array) -> Array:
    """Sources whose traces are not zero, or that spiked."""
    heard = last_x > 0
    for step in range(len(x)):
        for kind in range(x.shape[1]):
            for i in range(len(last_x)):
                heard[i] |= x[step, kind, i] != 0
    return heard


@compiled
def of_targets(terms: tuple[Array, ...], y: Array, last_y: Array, decimated: bool) -> Array:
    """Products of every target's factors, 0 where they do not count.

    Returns:
        (products, epoch + 1, targets).
    """
    dependency, scale, factors = terms[1], terms[2], terms[7]
    found = np.zeros((len(dependency), len(y), y.shape[2]), scale.dtype)
    for p in range(len(dependency)):
        always = dependency[p] == X0 or (dependency[p] == U and decimated)
        for j in range(y.shape[2]):
            if always or (dependency[p] == Y0 and last_y[j] > 0):
                for time in range(len(y)):
                    part = side_part(p, factors, y, j, last_y[j], time, FIRST_Y)
                    found[p, time, j] = part
    return found


@compiled
def rows_of(of_y: Array, needs_x: Array, edge: bool) -> tuple[Array, int, Array]:
    """Targets that some product counts for.

    Returns:
        Their indices, first those whose synapses all count whatever their source does; how many
        these are; the products that count for any of them.
    """
    products, times, targets = of_y.shape
    some, every = np.full(targets, edge), np.full(targets, edge)
    used = np.full(products, edge)
    for p in range(products):
        for time in range(times):
            for j in np.flatnonzero(of_y[p, time]):
                some[j] = used[p] = True
                every[j] |= not needs_x[p]
    first = np.flatnonzero(every)
    return np.concatenate((first, np.flatnonzero(some & ~every))), len(first), used


@compiled
def of_sources(
    terms: tuple[Array, ...], x: Array, last_x: Array, used: Array, heard: Array
) -> tuple[Array, Array]:
    """Products of every source's factors, 0 where they do not count.

    Args:
        used: Products that count for some target.
        heard: As of :func:`heard_sources`.

    Returns:
        (products, epoch + 1, sources), and which are not 0 at every step, (products, sources).
    """
    dependency, scale, needs_x, factors = terms[1], terms[2], terms[4], terms[7]
    found = np.zeros((len(dependency), len(x), len(last_x)), scale.dtype)
    counts = np.zeros((len(dependency), len(last_x)), np.bool_)
    for p in np.flatnonzero(used):
        for i in range(len(last_x)):
            if (needs_x[p] and not heard[i]) or (dependency[p] == X0 and last_x[i] == 0):
                continue
            for time in range(len(x)):
                found[p, time, i] = side_part(p, factors, x, i, last_x[i], time, 0)
                counts[p, i] |= found[p, time, i] != 0
    return found, counts
