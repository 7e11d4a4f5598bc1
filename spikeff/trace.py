"""SpikeTrace: what a simulator did, and where two simulators first differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikeff.errors import DescriptionError

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class SpikeTrace:
    """Spikes, and where recorded states, in local time (see ``spikeff.description``).

    spikes : population name -> bool (steps, samples, neurons).
    u : population name -> synaptic current after the step's input, before its decay.
    v : population name -> membrane potential after reset. Empty where not recorded.
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
    """The first place where two traces differ: earliest sample, then step, then population."""

    quantity: str
    population: str
    sample: int
    step: int
    neuron: int
    left: float
    right: float


@dataclass(frozen=True)
class Comparison:
    """``spikes`` counts the left trace's; ``state_mismatches`` is None where none was recorded."""

    left: str
    right: str
    spikes: int
    mismatches: int
    state_mismatches: int | None
    first_divergence: Divergence | None

    @property
    def equal(self) -> bool:
        """True where nothing that was compared differs."""
        return self.mismatches == 0 and not self.state_mismatches


def compare_traces(left: SpikeTrace, right: SpikeTrace) -> Comparison:
    """Compare two traces exactly: every spike, and u and v where both recorded them."""
    mismatches, first = _differences("spikes", left.spikes, right.spikes)
    states: int | None = None
    for quantity in ("u", "v"):
        ours, theirs = getattr(left, quantity), getattr(right, quantity)
        if ours and theirs:
            count, divergence = _differences(quantity, ours, theirs)
            states = (states or 0) + count
            first = _earlier(first, divergence)
    spikes = sum(int(a.sum()) for a in left.spikes.values())
    return Comparison(left.simulator, right.simulator, spikes, mismatches, states, first)


def _differences(
    quantity: str, left: dict[str, Array], right: dict[str, Array]
) -> tuple[int, Divergence | None]:
    if left.keys() != right.keys():
        raise DescriptionError(f"traces record {sorted(left)} and {sorted(right)}: not comparable.")
    total, first = 0, None
    for name, ours in left.items():
        theirs = right[name]
        if ours.shape != theirs.shape:
            raise DescriptionError(
                f"{quantity} of {name!r}: shapes {ours.shape} and {theirs.shape} differ."
            )
        where = np.argwhere(ours != theirs)
        total += len(where)
        if len(where):
            step, sample, neuron = (int(x) for x in where[np.lexsort(where.T[[2, 0, 1]])[0]])
            here = (step, sample, neuron)
            found = Divergence(
                quantity, name, sample, step, neuron, float(ours[here]), float(theirs[here])
            )
            first = _earlier(first, found)
    return total, first


def _earlier(first: Divergence | None, second: Divergence | None) -> Divergence | None:
    candidates = [d for d in (first, second) if d is not None]
    return min(candidates, key=lambda d: (d.sample, d.step), default=None)
