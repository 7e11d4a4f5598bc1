"""A trial of a goodness before it is registered: shapes, types of spikes, numerical derivative.

A derivative is accepted if it is the change of the value per unit of a spike taken as a real number
(central differences) or, for every spike, the difference of the value with and without that spike
alone. The two differ where a value squares a spike, since a spike is its own square: the pairs
n (n - 1) have the derivative 2 n - 1 in real numbers and differ by 2 (n - z) with and without the
spike. Following either raises the goodness of the neuron's column.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array

Function = Callable[[Any, float], Any]

SHAPE = (3, 2, 4, 5)  # steps, samples, columns, neurons
BETA = 0.5
STEP = 1e-4
RELATIVE, ABSOLUTE = 1e-3, 1e-6


def try_goodness(owner: str, value: Function, derivative: Function | None) -> None:
    """Try both functions on a few random spikes.

    Args:
        owner: What to call the goodness in an error.
        value: See ``spikeff.ir.goodness.Goodness``.
        derivative: See there; None is not tried.

    Raises:
        ConfigError: A function fails, or a result is not what it must be; names the spike and the
            numbers where a derivative is wrong.
    """
    spikes = (np.random.default_rng(0).random(SHAPE) < 0.4).astype(np.float64)
    values = _called(owner, value, spikes)
    _require_value(owner, values, _called(owner, value, spikes > 0))
    if derivative is not None:
        slope = _required_shape(owner, _called(owner, derivative, spikes))
        _require_derivative(owner, value, slope, spikes)


def _called(owner: str, function: Function, spikes: Array) -> Array:
    try:
        return np.asarray(function(spikes, BETA))
    except Exception as error:
        raise ConfigError(
            f"{owner} fails on a numpy array: {type(error).__name__}: {error}; use only what numpy "
            f"and torch share."
        ) from error


def _require_value(owner: str, value: Array, of_bools: Array) -> None:
    if value.shape != SHAPE[1:3]:
        raise ConfigError(
            f"{owner}: value has shape {value.shape} for spikes of shape {SHAPE}; give "
            f"(samples, columns), {SHAPE[1:3]}."
        )
    if not np.allclose(value, of_bools):
        raise ConfigError(
            f"{owner}: bool spikes, as simulators give them, have another value than the same "
            f"spikes as numbers; sum them before anything else."
        )


def _required_shape(owner: str, slope: Array) -> Array:
    try:
        return np.broadcast_to(slope, SHAPE)
    except ValueError:
        raise ConfigError(
            f"{owner}: derivative has shape {slope.shape}, which does not broadcast to that of "
            f"the spikes, {SHAPE}; give one number per spike."
        ) from None


def _require_derivative(owner: str, value: Function, slope: Array, spikes: Array) -> None:
    places = list(np.ndindex(SHAPE))
    given = np.array([slope[place] for place in places])
    per_unit = np.array([_per_unit(value, spikes, place) for place in places])
    by_spike = np.array([_by_spike(value, spikes, place) for place in places])
    if _close(given, per_unit).all() or _close(given, by_spike).all():
        return
    nearest = np.minimum(abs(given - per_unit), abs(given - by_spike))
    worst = int(nearest.argmax())
    step, sample, column, neuron = places[worst]
    raise ConfigError(
        f"{owner}: derivative is {given[worst]:.6g} for the spike of neuron {neuron} in column "
        f"{column}, sample {sample}, step {step}; its value changes by {per_unit[worst]:.6g} per "
        f"unit of that spike (finite difference), by {by_spike[worst]:.6g} with and without it; "
        f"correct the derivative, or leave it out: autograd then finds it."
    )


def _close(given: Array, wanted: Array) -> Array:
    close: Array = abs(given - wanted) <= RELATIVE * abs(wanted) + ABSOLUTE * (
        1 + abs(wanted).max()
    )
    return close


def _per_unit(value: Function, spikes: Array, place: tuple[int, ...]) -> float:
    above, below = (_replaced(value, spikes, place, spikes[place] + s) for s in (STEP, -STEP))
    return (above - below) / (2 * STEP)


def _by_spike(value: Function, spikes: Array, place: tuple[int, ...]) -> float:
    return _replaced(value, spikes, place, 1.0) - _replaced(value, spikes, place, 0.0)


def _replaced(value: Function, spikes: Array, place: tuple[int, ...], by: float) -> float:
    """Goodness of the column at ``place`` with ``by`` in place of the spike there."""
    changed = spikes.copy()
    changed[place] = by
    return float(value(changed, BETA)[place[1], place[2]])
