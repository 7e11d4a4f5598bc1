"""Goodness: how much the neurons of a column agree. One registry, for torch and numpy alike.

Every function takes spikes ``z`` of shape (steps, samples, columns, m) as numbers 0 or 1 and the
window parameter ``beta``. ``value`` gives (samples, columns); ``derivative`` gives dG/dz for every
neuron and step, in a shape that broadcasts to that of ``z``. With n(t) the spikes of a column at
step t:

``pairs``           sum_t n (n - 1) / (m - 1): coincident pairs in the same step.
``windowed_pairs``  the same plus 2 n(t) r(t), r(t) = beta (r(t-1) + n(t-1)): near coincidences.
``synchrony``       sum_t,s beta^|t-s| n(t) n(s) / (m - 1) less what the column's count alone
                    gives when its spikes fall anywhere; for beta = 0 the variance of the count
                    over time, sum_t (n - mean_t n)^2 / (m - 1).
``excess``          sum_t,s beta^|t-s| over pairs of spikes of different neurons, less what their
                    counts c alone give when they fall anywhere: for beta = 0
                    [sum_t n (n - 1) - (N^2 - sum_i c_i^2) / T] / (m - 1), N = sum_t n. Its mean
                    under the shuffle in time is zero, whatever the counts: the shuffle-corrected
                    cross-correlogram of the column (Perkel, Gerstein and Moore 1967).
``first_spike``     steps from each neuron's first spike on: the earlier, the more; for networks
                    whose answer is the neuron that fires first.
``traces``          sum over steps and neurons of squared traces / (m - 1): a spike sets the trace
                    of its neuron to 1, and beta of it is left a step later (Ororbia 2024).
``rate``            sum of squared spike counts over neurons / (m - 1): Hinton's goodness (2022,
                    section 2), the baseline that ignores spike times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spikeff.errors import ConfigError, DescriptionError, UnknownKindError
from spikeff.ir.goodness_trial import try_goodness

RATE, EXCESS, FIRST_SPIKE, TRACES = "rate", "excess", "first_spike", "traces"
Tensor = Any  # torch.Tensor or numpy.ndarray: only what both share is used


def _recent(n: Tensor, beta: float) -> list[Tensor]:
    recent = [n[0] * 0]
    for step in range(1, len(n)):
        recent.append((recent[-1] + n[step - 1]) * beta)
    return recent


def _windowed_value(z: Tensor, beta: float) -> Tensor:
    n = _counts(z)
    total = _together(n)
    for now, recent in zip(n, _recent(n, beta), strict=True):
        total = total + 2 * now * recent
    return total / _mates(z)


def _windowed_derivative(z: Tensor, beta: float) -> Tensor:
    return _less_own(_smoothed(_counts(z), beta), z)


def _smoothed(n: Tensor, beta: float) -> Tensor:
    """Counts (steps, ...) summed over all lags with weight beta^|lag|."""
    if not beta:
        return n
    past = _recent(n, beta)
    future = _recent(n[list(range(len(n) - 1, -1, -1))], beta)[::-1]
    smooth = n * 1
    for step in range(len(n)):
        smooth[step] += past[step] + future[step]
    return smooth


def _pairs_value(z: Tensor, beta: float) -> Tensor:
    return _together(_counts(z)) / _mates(z)


def _pairs_derivative(z: Tensor, beta: float) -> Tensor:
    return _less_own(_counts(z), z)


def _synchrony_value(z: Tensor, beta: float) -> Tensor:
    n = _counts(z)
    by_chance = n.sum(0) ** 2 * _mean_weight(len(n), beta)
    return ((n * _smoothed(n, beta)).sum(0) - by_chance) / _mates(z)


def _synchrony_derivative(z: Tensor, beta: float) -> Tensor:
    n = _counts(z)
    beyond_chance = _smoothed(n, beta) - n.sum(0) * _mean_weight(len(n), beta)
    return 2 * beyond_chance[..., None] / _mates(z)


def _excess_value(z: Tensor, beta: float) -> Tensor:
    n, counts = _counts(z), z.sum(0)
    together = (n * _smoothed(n, beta)).sum(0) - _own_pairs(z, counts, beta)
    by_chance = (n.sum(0) ** 2 - (counts**2).sum(2)) * _mean_weight(len(n), beta)
    return (together - by_chance) / _mates(z)


def _own_pairs(z: Tensor, counts: Tensor, beta: float) -> Tensor:
    """Weighted pairs of spikes of the same neuron, a spike with itself too, (samples, columns)."""
    if not beta or counts.max() <= 1:
        return counts.sum(2)
    return (z * _smoothed(z * 1.0, beta)).sum(0).sum(2)


def _excess_derivative(z: Tensor, beta: float) -> Tensor:
    n, counts = _counts(z), z.sum(0)
    slope = _smoothed(n, beta)[..., None] - _smoothed(z, beta)
    slope -= (n.sum(0)[..., None] - counts) * _mean_weight(len(n), beta)
    slope *= 2 / _mates(z)
    return slope


def _mean_weight(steps: int, beta: float) -> float:
    """Mean of beta^|t - s| over all pairs of steps: what two random spikes share by chance."""
    return sum(beta ** abs(t - s) for t in range(steps) for s in range(steps)) / steps**2


def _rate_value(z: Tensor, beta: float) -> Tensor:
    return (z.sum(0) ** 2).sum(2) / _mates(z)


def _rate_derivative(z: Tensor, beta: float) -> Tensor:
    return 2 * z.sum(0)[None] / _mates(z)


def _first_spike_value(z: Tensor, beta: float) -> Tensor:
    silent_so_far = (1.0 - z).cumprod(0)
    return (1.0 - silent_so_far).sum(0).sum(2)


def _traces_value(z: Tensor, beta: float) -> Tensor:
    trace, total = z[0] * 1.0, z[0].sum(2) * 0.0
    for now in z:
        trace = now + (1.0 - now) * beta * trace
        total = total + (trace**2).sum(2)
    return total / _mates(z)


def _less_own(n: Tensor, z: Tensor) -> Tensor:
    """2 / (m - 1) times the counts ``n`` of the columns, for each neuron without its own spike."""
    slope = n[..., None] - z
    slope *= 2 / _mates(z)
    return slope


def _counts(z: Tensor) -> Tensor:
    """Spikes of each column and step, (steps, samples, columns).

    Bool spikes, as simulators return them, give float64. They are summed as bytes where those hold
    the count of a whole column: several times as fast as any sum of floats.
    """
    if not isinstance(z, np.ndarray):
        return z @ z.new_ones(z.shape[3])  # faster than torch's sums of a few numbers each
    if z.dtype != np.bool_:
        return z.sum(3)
    whole = np.uint8 if z.shape[3] <= np.iinfo(np.uint8).max else np.uint32
    return np.einsum("tsck->tsc", z.view(np.uint8), dtype=whole).astype(np.float64)


def _together(n: Tensor) -> Tensor:
    """Ordered pairs of spikes in the same step, (samples, columns), from :func:`_counts`."""
    return (n * (n - 1)).sum(0)


def _mates(z: Tensor) -> int:
    return max(1, int(z.shape[3]) - 1)


@dataclass(frozen=True)
class Goodness:
    """A registry entry.

    Attributes:
        value: Goodness (samples, columns) of each column, from spikes and ``beta``.
        derivative: Its derivative for each spike, from spikes and ``beta``, in a shape that
            broadcasts to that of the spikes; None leaves it to autograd where layers learn
            (``spikeff.nn.goodness_gradient``).
        windowed: Whether it depends on ``beta``.
        least_steps: Steps of a sample below which it is the same for all spikes.
    """

    value: Callable[[Tensor, float], Tensor]
    derivative: Callable[[Tensor, float], Tensor] | None = None
    windowed: bool = True
    least_steps: int = 1


GOODNESS = {
    "pairs": Goodness(_pairs_value, _pairs_derivative, windowed=False),
    "windowed_pairs": Goodness(_windowed_value, _windowed_derivative),
    "synchrony": Goodness(_synchrony_value, _synchrony_derivative, least_steps=2),
    EXCESS: Goodness(_excess_value, _excess_derivative, least_steps=2),
    FIRST_SPIKE: Goodness(_first_spike_value, windowed=False),
    TRACES: Goodness(_traces_value),
    RATE: Goodness(_rate_value, _rate_derivative, windowed=False),
}
BUILT_IN = frozenset(GOODNESS)


def register_goodness(name: str, goodness: Goodness) -> None:
    """Make ``goodness`` known to configurations, layers and readouts by ``name``.

    Both functions must take torch tensors and numpy arrays alike, ``value`` also bool ones. They
    are tried on a few spikes, the derivative against differences of the value
    (``spikeff.ir.goodness_trial``).
    Networks keep only the name: whoever reads their files must have registered it too.

    Args:
        name: Not yet taken.
        goodness: Value and, where there is one, its derivative.

    Raises:
        ConfigError: The name is taken, or a result is not what it must be.
    """
    owner = f"goodness {name!r}"
    if name in GOODNESS:
        raise ConfigError(f"{owner} is registered already; choose another name.")
    try_goodness(owner, goodness.value, goodness.derivative)
    GOODNESS[name] = goodness


def goodness_kinds() -> Mapping[str, Goodness]:
    """All registered kinds of goodness by name."""
    return GOODNESS


def get_goodness(name: str) -> Goodness:
    """Look a goodness up by name; raises UnknownKindError with the names that exist."""
    if name not in GOODNESS:
        raise UnknownKindError("goodness", name, GOODNESS)
    return GOODNESS[name]


def in_columns(spikes: Tensor, column_size: int) -> Tensor:
    """Reshape (steps, samples, neurons) to (steps, samples, columns, column_size)."""
    steps, samples, neurons = spikes.shape
    return spikes.reshape(steps, samples, neurons // column_size, column_size)


def collected(spikes: Tensor, steps: tuple[int, int] | None) -> Tensor:
    """The spikes (steps, ...) that goodness is collected from.

    Args:
        spikes: Of all steps, or of the first ones.
        steps: The first step and the one after the last; None for all.

    Returns:
        One silent step where ``spikes`` end before the first.
    """
    if steps is None:
        return spikes
    part = spikes[steps[0] : steps[1]]
    return part if len(part) else spikes[:1] * False


def coincident_pairs(spikes: Tensor, column_size: int) -> Tensor:
    """Ordered pairs of spikes of different neurons in one column and one step, (samples, columns).

    Args:
        spikes: (steps, samples, neurons).
        column_size: Neurons per column.
    """
    return _together(_counts(in_columns(spikes, column_size)))


def class_goodness(
    spikes: Tensor, column_size: int, name: str, beta: float, classes: int
) -> Tensor:
    """Mean goodness of each class's own columns, (samples, classes).

    Args:
        spikes: (steps, samples, neurons); consecutive columns belong to a class, evenly.
        column_size: Neurons per column.
        name: Of the goodness.
        beta: Its window parameter.
        classes: Number of classes.

    Raises:
        UnknownKindError: No goodness has that name.
        DescriptionError: The columns cannot be shared among the classes.
    """
    columns = get_goodness(name).value(in_columns(spikes, column_size), beta)
    if columns.shape[1] % classes:
        raise DescriptionError(
            f"readout: {columns.shape[1]} columns of {column_size} neurons cannot be shared among "
            f"{classes} classes; give each class as many."
        )
    return columns.reshape(len(columns), classes, -1).mean(2)


def layer_goodness(
    spikes: Tensor, column_size: int, name: str, beta: float, constraint_columns: int
) -> Tensor:
    """Mean goodness of the features less that of the constraints, (samples,).

    Args:
        spikes: (steps, samples, neurons).
        column_size: Neurons per column.
        name: Of the goodness.
        beta: Its window parameter.
        constraint_columns: This many of the last columns are constraints.

    Raises:
        UnknownKindError: No goodness has that name.
    """
    columns = get_goodness(name).value(in_columns(spikes, column_size), beta)
    features = columns.shape[1] - constraint_columns
    total = columns[:, :features].mean(1) if features else 0
    return total - columns[:, features:].mean(1) if constraint_columns else total
