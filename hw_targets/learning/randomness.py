"""Where the random numbers come from that round traces and synapses.

Lava draws one number per connection, purpose and step (``lava/magma/core/learning/random.py``):
``SharedStream`` draws the same ones. Hardware rounds every synapse by itself: ``PerSynapse`` makes
each number from a seed, a counter and the place of the synapse, so that it does not depend on the
order in which synapses are worked off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from hw_targets.loops import compiled
from spikeff.ir.arrays import Array
from spikeff.ir.plasticity import widths

SYNAPSE_SEED = 2  # of Lava's numbers for synapses, whatever the seed of the rule
GOLDEN, FIRST, SECOND = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)


class Rounding(Protocol):
    """Random numbers of one step after the other, for all devices."""

    def draw_traces(self) -> None:
        """Go on to the next numbers for traces; the engine does so twice a step."""
        ...

    def decay(self, side: int, neurons: int) -> Array:
        """Round decayed traces of x (0) or y (1): in [0, 1), (devices, 1 or neurons)."""
        ...

    def impulse(self, side: int, neurons: int) -> Array:
        """Round impulses: whole numbers below 128, (devices, 1 or neurons)."""
        ...

    def draw_synapses(self) -> tuple[Array, Array]:
        """One number for each device's synapses, and the key of their own numbers where it is -1.

        Returns:
            float64 (devices,) and uint64 (devices,).
        """
        ...

    def skip(self, steps: int, epochs: int) -> None:
        """Go on as after so many steps and epochs of the engine."""
        ...


class SharedStream:
    """Lava's numbers: one for all traces of a side, one for all synapses."""

    def __init__(self, seeds: Sequence[int]) -> None:
        self._traces = [[np.random.default_rng(seed + k) for k in range(4)] for seed in seeds]
        self._synapses = [np.random.default_rng(SYNAPSE_SEED) for _ in seeds]
        self._now = np.zeros((4, len(seeds), 1))
        self.draw_traces()
        self.draw_synapses()

    def draw_traces(self) -> None:
        """See :class:`Rounding`."""
        for device, (x_decay, x_impulse, y_decay, y_impulse) in enumerate(self._traces):
            high = 2**widths.TRACE_BITS
            drawn = (
                x_decay.random(),
                x_impulse.integers(0, high, dtype=int),
                y_decay.random(),
                y_impulse.integers(0, high, dtype=int),
            )
            self._now[:, device, 0] = drawn

    def decay(self, side: int, neurons: int) -> Array:
        """See :class:`Rounding`."""
        return np.asarray(self._now[2 * side])

    def impulse(self, side: int, neurons: int) -> Array:
        """See :class:`Rounding`."""
        return np.asarray(self._now[2 * side + 1])

    def draw_synapses(self) -> tuple[Array, Array]:
        """See :class:`Rounding`."""
        drawn = np.array([each.random() for each in self._synapses])
        return drawn, np.zeros(len(drawn), np.uint64)

    def skip(self, steps: int, epochs: int) -> None:
        """See :class:`Rounding`."""
        for _ in range(2 * steps):
            self.draw_traces()
        for _ in range(epochs):
            self.draw_synapses()


class PerSynapse:
    """A number of its own for every trace and synapse, from a seed for each device."""

    def __init__(self, seeds: Sequence[int]) -> None:
        self._seeds = _keys(np.asarray(seeds, np.uint64), np.uint64(0))
        self._count = 0

    def draw_traces(self) -> None:
        """See :class:`Rounding`."""
        self._count += 1

    def decay(self, side: int, neurons: int) -> Array:
        """See :class:`Rounding`."""
        return _numbers(self._key(2 * side), neurons)

    def impulse(self, side: int, neurons: int) -> Array:
        """See :class:`Rounding`."""
        return np.asarray(
            np.floor(_numbers(self._key(2 * side + 1), neurons) * 2**widths.TRACE_BITS)
        )

    def draw_synapses(self) -> tuple[Array, Array]:
        """See :class:`Rounding`."""
        return np.full(len(self._seeds), -1.0), self._key(4)

    def skip(self, steps: int, epochs: int) -> None:
        """See :class:`Rounding`."""
        self._count += 2 * steps

    def _key(self, purpose: int) -> Array:
        return _keys(self._seeds, np.uint64(8 * self._count + purpose))


@compiled
def _keys(seeds: Array, count: np.uint64) -> Array:
    found = np.empty_like(seeds)
    for k in range(len(seeds)):
        found[k] = scrambled(seeds[k] + count * FIRST)
    return found


@compiled
def _numbers(keys: Array, neurons: int) -> Array:
    """In [0, 1), for every key and neuron."""
    found = np.empty((len(keys), neurons))
    for k in range(len(keys)):
        for j in range(neurons):
            found[k, j] = (scrambled(keys[k] + np.uint64(j)) >> np.uint64(11)) * 2.0**-53
    return found


@compiled
def scrambled(z: np.uint64) -> np.uint64:
    """SplitMix64 of a number (Steele, Lea and Flood, OOPSLA 2014)."""
    z = np.uint64(z + GOLDEN)
    z = np.uint64((z ^ (z >> np.uint64(30))) * FIRST)
    z = np.uint64((z ^ (z >> np.uint64(27))) * SECOND)
    return np.uint64(z ^ (z >> np.uint64(31)))
