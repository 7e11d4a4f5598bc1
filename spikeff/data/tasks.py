"""Tasks whose spike counts carry no information: every channel spikes once in every sample.

Both are drawn from fixed seeds, different ones for training and test, with every class equally
often. All channels have the same counts in all samples, and each channel's spike time has the same
distribution in all classes: neither how often nor when a single channel spikes is informative, only
which channels spike together.

``coincidence``    which subset of channels fires together.
``two_ears``       which interaural delay there is, behind delay lines (Jeffress 1948).
``two_bare_ears``  the same sounds without the lines: delays are for the network to find.
"""

from __future__ import annotations

import numpy as np

from spikeff.ir.arrays import Array

CLASSES = 10
SAMPLES = {"train": 4000, "test": 1000}
SEEDS = {"train": 1, "test": 2}

STEPS = 24
CHANNELS = 100
VOLLEY = 8  # channels of a class that fire together
VOLLEY_SEED = 0
JITTER = 1  # steps by which a spike of a volley may come early or late

FREQUENCIES = 10
PERIOD = 24  # steps of a sample, in which the sound repeats itself
LEFT_LINES = (0, 2, 4, 6, 8, 10)  # delays, in steps, at which the left ear's spikes are offered
RIGHT_LINES = (1, 3, 5, 7, 9)
INTERAURAL = tuple(range(-9, 10, 2))  # delay of the right ear in steps, one per class
DEAF = 2  # frequencies per sample whose two ears receive unrelated noise


def volleys() -> Array:
    """Channels of each class's volley: int64 (classes, ``VOLLEY``); two classes may share some."""
    rng = np.random.default_rng(VOLLEY_SEED)
    return np.array([rng.permutation(CHANNELS)[:VOLLEY] for _ in range(CLASSES)])


def coincidence(split: str) -> tuple[Array, Array]:
    """The task ``coincidence``.

    Every channel's spike comes at an onset, uniform over the sample, plus a jitter of up to
    ``JITTER`` steps. The channels of the class's volley share one onset, a second volley of as many
    channels, drawn anew for each sample from the others, shares another; all other channels have
    an onset of their own. So every class holds the same amount of synchrony, and only which
    channels share an onset, which is itself random, tells the class.

    Returns:
        Spikes bool (samples, ``STEPS``, ``CHANNELS``) and labels int64 (samples,).
    """
    rng = np.random.default_rng([SEEDS[split], 0])
    samples = SAMPLES[split]
    labels = rng.permutation(samples) % CLASSES
    own = np.zeros((samples, CHANNELS), bool)
    np.put_along_axis(own, volleys()[labels], True, 1)
    order = np.argsort(rng.random((samples, CHANNELS)) + own, axis=1)
    decoy = order[:, :VOLLEY]  # ``own`` adds 1, so the class's channels sort last
    onset = rng.integers(JITTER, STEPS - JITTER, (samples, CHANNELS))
    shared = rng.integers(JITTER, STEPS - JITTER, (samples, 2))
    onset = np.where(own, shared[:, :1], onset)
    np.put_along_axis(onset, decoy, np.repeat(shared[:, 1:], VOLLEY, 1), 1)
    return one_spike_each(onset + jitter(rng, onset.shape, JITTER), STEPS), labels


def two_ears(split: str) -> tuple[Array, Array]:
    """The task ``two-ears``.

    Each of ``FREQUENCIES`` spikes once per period in the left ear, at a uniformly drawn time, and
    in the right ear the class's ``INTERAURAL`` delay later; in ``DEAF`` of them, different ones in
    each sample, the right ear's time is drawn independently. The sound repeats with the period of a
    sample, so times wrap around. Channels: for each frequency the left ear's spike at each of
    ``LEFT_LINES``, then the right ear's at each of ``RIGHT_LINES``. All times are uniform for every
    direction; only which delay line of one ear coincides with which of the other, frequency by
    frequency, tells the class: one pair of lines at the extremes, five in the middle.

    Returns:
        Spikes bool (samples, ``PERIOD``, channels) and labels int64 (samples,).
    """
    left, right, labels = _heard(split)
    lines = [left[..., None] + LEFT_LINES, right[..., None] + RIGHT_LINES]
    times = np.concatenate(lines, axis=2) % PERIOD
    return one_spike_each(times.reshape(len(labels), -1), PERIOD), labels


def two_bare_ears(split: str) -> tuple[Array, Array]:
    """The task ``two-ears-bare``: the samples of :func:`two_ears` without delay lines.

    Channels: the left ear's of every frequency, then the right ear's. In no direction do the spikes
    of both ears come together; by how many steps one ear is late, frequency by frequency, tells it.

    Returns:
        Spikes bool (samples, ``PERIOD``, 2 ``FREQUENCIES``) and labels int64 (samples,).
    """
    left, right, labels = _heard(split)
    return one_spike_each(np.concatenate([left, right], axis=1) % PERIOD, PERIOD), labels


def _heard(split: str) -> tuple[Array, Array, Array]:
    """Steps of the left and the right ear's spikes, (samples, frequencies) each, and labels."""
    rng = np.random.default_rng([SEEDS[split], 1])
    samples = SAMPLES[split]
    labels = rng.permutation(samples) % CLASSES
    left, unrelated = rng.integers(PERIOD, size=(2, samples, FREQUENCIES))
    deaf = np.argsort(rng.random((samples, FREQUENCIES)), axis=1) < DEAF
    return left, np.where(deaf, unrelated, left + np.array(INTERAURAL)[labels, None]), labels


def jitter(rng: np.random.Generator, shape: tuple[int, ...], reach: int) -> Array:
    """Steps from ``-reach`` to ``reach``, uniform: int64 of ``shape``."""
    return rng.integers(-reach, reach + 1, shape)


def one_spike_each(times: Array, steps: int) -> Array:
    """Times (samples, channels) of the only spike as spikes bool (samples, steps, channels)."""
    return np.asarray(times[:, None] == np.arange(steps)[:, None])
