"""Distances between spike trains, per neuron and sample, in discrete time.

``van_rossum``       van Rossum, "A novel spike distance", Neural Computation 13(4), 2001: spikes
                     become exponentials of time constant tau; D^2 is the integral of the squared
                     difference over tau, 1/2 for a spike more or less.
``victor_purpura``   Victor and Purpura, "Nature and precision of temporal coding in visual cortex",
                     J. Neurophysiology 76(2), 1996: least cost of turning one train into the
                     other, 1 for adding or deleting a spike, ``cost`` per step of moving it.
"""

from __future__ import annotations

import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array

# Most values of the table of least costs in memory.
TABLE_VALUES = 2**22


def van_rossum(left: Array, right: Array, tau: float) -> Array:
    """Distance D of every pair of trains, float64 (samples, neurons).

    Exact for spikes on the grid, the tail after the last step included.

    Args:
        left: bool (steps, samples, neurons).
        right: bool, of the same shape.
        tau: Time constant in steps.

    Raises:
        DescriptionError: The shapes differ or ``tau`` is not above zero.
    """
    _require_pair(left, right)
    if not tau > 0:
        raise DescriptionError(f"van Rossum distance: tau = {tau} steps; it must be > 0.")
    kept = np.exp(-1.0 / tau)
    within_step = (1.0 - kept**2) / 2  # integral of exp(-2 t / tau) over a step, over tau
    difference = np.zeros(left.shape[1:])
    squared = np.zeros(left.shape[1:])
    for ours, theirs in zip(left, right, strict=True):
        difference = difference * kept + ours - theirs
        squared += within_step * difference**2
    squared += kept**2 * difference**2 / 2
    return np.asarray(np.sqrt(squared))


def victor_purpura(left: Array, right: Array, cost: float) -> Array:
    """Distance of every pair of trains, float64 (samples, neurons).

    Args:
        left: bool (steps, samples, neurons).
        right: bool, of the same shape.
        cost: Cost of moving a spike by one step; 0 compares counts, 2 or more compares spikes step
            by step.

    Raises:
        DescriptionError: The shapes differ or ``cost`` is below zero.
    """
    _require_pair(left, right)
    if not cost >= 0:
        raise DescriptionError(f"Victor-Purpura distance: cost = {cost}; it must be >= 0.")
    ours, theirs = (trains.reshape(len(trains), -1) for trains in (left, right))
    distance = np.zeros(ours.shape[1])
    differing = np.flatnonzero((ours != theirs).any(axis=0))
    size = max(1, TABLE_VALUES // (len(left) + 1) ** 2)
    for low in range(0, len(differing), size):
        part = differing[low : low + size]
        distance[part] = _edit_distance(ours[:, part], theirs[:, part], cost)
    return distance.reshape(left.shape[1:])


def _edit_distance(left: Array, right: Array, cost: float) -> Array:
    """Least costs of trains (steps, pairs), by the recursion of Victor and Purpura, Appendix A."""
    (ours, n), (theirs, m) = _spike_steps(left), _spike_steps(right)
    pairs = np.arange(left.shape[1])
    table = np.zeros((ours.shape[0] + 1, theirs.shape[0] + 1, len(pairs)))
    table[:, 0] = np.arange(len(ours) + 1)[:, None]
    table[0] = np.arange(len(theirs) + 1)[:, None]
    for i, mine in enumerate(ours, start=1):
        for j, other in enumerate(theirs, start=1):
            moved = table[i - 1, j - 1] + cost * np.abs(mine - other)
            added = np.minimum(table[i - 1, j], table[i, j - 1]) + 1
            table[i, j] = np.minimum(moved, added)
    return np.asarray(table[n, m, pairs])


def _spike_steps(trains: Array) -> tuple[Array, Array]:
    """Steps of the k-th spike of every train, (most spikes, pairs), and the counts (pairs,)."""
    counts = trains.sum(axis=0)
    order = np.argsort(~trains, axis=0, kind="stable")
    return order[: counts.max(initial=0)].astype(np.float64), counts


def _require_pair(left: Array, right: Array) -> None:
    if left.shape != right.shape or left.ndim != 3:
        raise DescriptionError(
            f"spike trains of shapes {left.shape} and {right.shape}; a distance needs two of the "
            f"same shape (steps, samples, neurons)."
        )
