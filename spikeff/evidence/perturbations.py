"""Changes of recorded spikes in time, each of which asks another question of an answer.

They act on the spikes of the layers whose goodness is read, after the network has run: nothing is
run again, and a layer above does not hear the change. All but :func:`thinned` keep the number of
spikes of every neuron, so that whatever they take from the accuracy rested on time. Surrogates in
which spikes move by a few steps: Gruen (2009); such tests of spiking networks: Yu, Sun and Goodman
(2025, arXiv 2507.16043).

Spikes are bool (steps, samples, neurons), of samples from their first step to their last.
"""

from __future__ import annotations

import numpy as np

from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array


def shuffled(spikes: Array, generator: np.random.Generator) -> Array:
    """Move each neuron's spikes to uniformly drawn steps of the same sample, keeping its counts.

    All sets of steps of that size are equally likely: one spike goes to a uniform step; more are
    placed by selection sampling (Knuth, TAOCP 2, 3.4.2, S), in which a step takes one of the ``k``
    spikes left with probability k / (steps left).
    """
    steps = len(spikes)
    trains = spikes.reshape(steps, -1)
    moved = np.zeros_like(trains)
    counts = trains.sum(axis=0, dtype=np.uint16)  # which holds any number of steps
    once, often = np.flatnonzero(counts == 1), np.flatnonzero(counts > 1)
    moved[generator.integers(steps, size=len(once)), once] = True
    left = counts[often]
    for step in range(steps if len(often) else 0):
        taken = generator.random(len(often)) * (steps - step) < left
        moved[step, often] = taken
        left -= taken
    return moved.reshape(spikes.shape)


def jittered(spikes: Array, reach: int, generator: np.random.Generator) -> Array:
    """Move every spike by at most ``reach`` steps, keeping each neuron's counts.

    From the first step to the last, each spike takes a uniformly drawn step among those that lie
    within ``reach`` steps of its own and within the sample, and hold no other spike of the same
    neuron at that moment; its own step is one of them. A neuron's only spike is therefore moved
    uniformly.

    Raises:
        ConfigError: A negative ``reach``.
    """
    if reach < 0:
        raise ConfigError(f"jitter of {reach} steps: give a whole number of at least 0.")
    trains = spikes.reshape(len(spikes), -1)
    moved = trains.copy()
    for step, row in enumerate(trains if reach else ()):
        neurons = np.flatnonzero(row)
        moved[step, neurons] = False
        low, high = max(0, step - reach), min(len(trains), step + reach + 1)
        while len(neurons):  # again for those whose draw is another spike's step
            drawn = generator.integers(low, high, size=len(neurons))
            free = ~moved[drawn, neurons]
            moved[drawn[free], neurons[free]] = True
            neurons = neurons[~free]
    return moved.reshape(spikes.shape)


def thinned(spikes: Array, share: float, generator: np.random.Generator) -> Array:
    """Delete each spike with probability ``share``, whatever happens to the others.

    Raises:
        ConfigError: ``share`` is no probability.
    """
    if not 0 <= share <= 1:
        raise ConfigError(f"deletion of {share} of the spikes: give a share of 0 to 1.")
    left = spikes.copy()
    places = np.flatnonzero(spikes)
    left.reshape(-1)[places[generator.random(len(places)) < share]] = False
    return left


def reversed_in_time(spikes: Array) -> Array:
    """Each sample's spikes from its last step to its first.

    Goodness that asks only how far two spikes are apart, and not which comes first, stays the
    same: that is so of all that are built in but ``first_spike``.
    """
    return np.ascontiguousarray(spikes[::-1])
