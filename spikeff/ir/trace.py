"""SpikeTrace: what a simulator did, and where two simulators first differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikeff.errors import DescriptionError

Array = NDArray[Any]
STATES = ("u", "v")


@dataclass(frozen=True, eq=False)
class SpikeTrace:
    """Spikes, and where recorded states, in local time (see ``spikeff.ir.network``).

    Attributes:
        simulator: Name of what ran.
        spikes: Population name to bool (steps, samples, neurons).
        u: Population name to synaptic current after the step's input, before its decay. Empty where
            not recorded.
        v: Population name to membrane potential after reset. Empty where not recorded.
    """

    simulator: str
    spikes: dict[str, Array]
    u: dict[str, Array] = field(default_factory=dict)
    v: dict[str, Array] = field(default_factory=dict)

    def window(self, steps: int) -> SpikeTrace:
        """The first ``steps`` steps of every record: the sample without its idle steps."""
        return SpikeTrace(
            self.simulator,
            {k: a[:steps] for k, a in self.spikes.items()},
            {k: a[:steps] for k, a in self.u.items()},
            {k: a[:steps] for k, a in self.v.items()},
        )


@dataclass(frozen=True)
class Divergence:
    """The first place where two traces differ: earliest sample, then step, then population.

    Attributes:
        quantity: "spikes", "u" or "v".
        population: Name of the population.
        sample: Number of the sample.
        step: Local step within it.
        neuron: Number of the neuron.
        left: Value of ``quantity`` in the left trace.
        right: Value of ``quantity`` in the right trace.
        left_v: Where states are known, v before the reset in the left trace.
        left_threshold: The threshold beside it.
        right_v: Where states are known, v before the reset in the right trace.
        right_threshold: The threshold beside it.
    """

    quantity: str
    population: str
    sample: int
    step: int
    neuron: int
    left: float
    right: float
    left_v: float | None = None
    left_threshold: float | None = None
    right_v: float | None = None
    right_threshold: float | None = None


@dataclass(frozen=True)
class LayerComparison:
    """One population in two traces.

    Attributes:
        population: Name of the population.
        left_spikes: Spikes of the left trace.
        right_spikes: Spikes of the right trace.
        mismatches: Spikes that one trace has and the other has not.
        state_mismatches: Values of u and v that differ; None where they were not compared exactly.
        state_error: Largest |difference| of u and v over the largest |value|; None where not
            recorded.
        first_divergence: Where they first differ; None where they do not.
        compared: Which of "u" and "v" both traces recorded.
    """

    population: str
    left_spikes: int
    right_spikes: int
    mismatches: int
    state_mismatches: int | None
    state_error: float | None
    first_divergence: Divergence | None
    compared: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Two traces, population by population."""

    left: str
    right: str
    layers: tuple[LayerComparison, ...]

    @property
    def spikes(self) -> int:
        """Spikes of the left trace."""
        return sum(layer.left_spikes for layer in self.layers)

    @property
    def mismatches(self) -> int:
        """Spikes that one trace has and the other has not."""
        return sum(layer.mismatches for layer in self.layers)

    @property
    def state_mismatches(self) -> int | None:
        """Values of u and v that differ; None where they were not compared exactly."""
        counts = [x.state_mismatches for x in self.layers if x.state_mismatches is not None]
        return sum(counts) if counts else None

    @property
    def state_error(self) -> float | None:
        """The largest of the populations' errors of u and v; None where not recorded."""
        return max((x.state_error for x in self.layers if x.state_error is not None), default=None)

    @property
    def compared(self) -> tuple[str, ...]:
        """Which of "u" and "v" both traces recorded of every population."""
        return tuple(q for q in STATES if all(q in layer.compared for layer in self.layers))

    @property
    def first_divergence(self) -> Divergence | None:
        """The earliest of the populations' first divergences."""
        found = [layer.first_divergence for layer in self.layers]
        return min(
            (d for d in found if d is not None), key=lambda d: (d.sample, d.step), default=None
        )

    @property
    def equal(self) -> bool:
        """True where nothing that was compared exactly differs."""
        return self.mismatches == 0 and not self.state_mismatches


def compare_traces(left: SpikeTrace, right: SpikeTrace, exact_states: bool = True) -> Comparison:
    """Compare every spike exactly, and u and v where both recorded them.

    Args:
        left: One trace.
        right: The other, of the same populations and shapes.
        exact_states: Whether u and v must be equal too; False only measures how far they are apart,
            as between floats that were summed in different orders.

    Raises:
        DescriptionError: The traces record other populations or shapes.
    """
    if left.spikes.keys() != right.spikes.keys():
        raise DescriptionError(
            f"traces record {sorted(left.spikes)} and {sorted(right.spikes)}: not comparable."
        )
    layers = tuple(_compare_layer(left, right, name, exact_states) for name in left.spikes)
    return Comparison(left.simulator, right.simulator, layers)


def _compare_layer(
    left: SpikeTrace, right: SpikeTrace, name: str, exact_states: bool
) -> LayerComparison:
    ours, theirs = left.spikes[name], right.spikes[name]
    _require_one_shape("spikes", name, ours, theirs)
    mismatches, first = _differences("spikes", name, ours, theirs)
    states: int | None = None
    error: float | None = None
    compared = []
    for quantity in STATES:
        pair = getattr(left, quantity), getattr(right, quantity)
        if name not in pair[0] or name not in pair[1]:
            continue
        compared.append(quantity)
        _require_one_shape(quantity, name, pair[0][name], pair[1][name])
        error = max(error or 0.0, _largest_error(pair[0][name], pair[1][name]))
        if exact_states:
            count, divergence = _differences(quantity, name, pair[0][name], pair[1][name])
            states = (states or 0) + count
            first = _earlier(first, divergence)
    counts = int(ours.sum()), int(theirs.sum())
    return LayerComparison(name, *counts, mismatches, states, error, first, tuple(compared))


def _require_one_shape(quantity: str, name: str, ours: Array, theirs: Array) -> None:
    if ours.shape != theirs.shape:
        raise DescriptionError(
            f"{quantity} of {name!r}: shapes {ours.shape} and {theirs.shape} differ."
        )


def _largest_error(left: Array, right: Array) -> float:
    largest = max(float(np.abs(left).max(initial=0)), float(np.abs(right).max(initial=0)))
    difference = np.abs(left.astype(np.float64) - right).max(initial=0)
    return float(difference) / largest if largest else 0.0


def _differences(
    quantity: str, name: str, ours: Array, theirs: Array
) -> tuple[int, Divergence | None]:
    """How many values differ, and where first."""
    where = np.argwhere(ours != theirs)
    if not len(where):
        return 0, None
    step, sample, neuron = (int(x) for x in where[np.lexsort(where.T[[2, 0, 1]])[0]])
    here = (step, sample, neuron)
    values = float(ours[here]), float(theirs[here])
    return len(where), Divergence(quantity, name, sample, step, neuron, *values)


def _earlier(first: Divergence | None, second: Divergence | None) -> Divergence | None:
    candidates = [d for d in (first, second) if d is not None]
    return min(candidates, key=lambda d: (d.sample, d.step), default=None)
