"""Tasks whose classes have the same spike counts, channel by channel: only relative times tell.

``Intervals``  within a channel: how far apart its spikes are (inter-spike intervals).
``Synchrony``  across channels: which channel of the left half spikes together with which of the
               right half.
``Lags``       across channels: by how much the spike of a channel of the right half is late.

In all of them every channel emits exactly ``spikes_per_channel`` spikes in every sample, each at
times that are uniform over the sample in every class; a sample repeats itself, so times wrap
around. Neither how often a channel spikes nor when a single spike comes is informative. The two
first kinds of task are those of Yu, Sun and Goodman 2025 (arXiv 2507.16043).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from spikeff.data.dataset import Split
from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array
from spikeff.ir.sizes import MAX_STEPS

SPLIT_SEEDS = {"train": 1, "test": 2}


@dataclass(frozen=True)
class Sizes:
    """Sizes, noise and seed of a task.

    Attributes:
        channels: Input channels.
        steps: Of a sample.
        spikes_per_channel: In every sample.
        classes: How many.
        jitter: Each spike comes up to so many steps early or late.
        replaced: Share of the spikes that are deleted, each with a background spike of the same
            channel at a random step in its place.
        train: Training samples.
        test: Test samples.
        seed: Of the classes. Samples are drawn from it and ``SPLIT_SEEDS``.

    Raises:
        ConfigError: A number is outside its range.
    """

    channels: int = 20
    steps: int = 24
    spikes_per_channel: int = 1
    classes: int = 10
    jitter: int = 0
    replaced: float = 0.0
    train: int = 4000
    test: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        _require("steps", self.steps, 2, MAX_STEPS)
        _require("spikes_per_channel", self.spikes_per_channel, 1, self.steps)
        _require("classes", self.classes, 2, min(self.train, self.test))
        _require("jitter", self.jitter, 0, self.steps // 2)
        _require("replaced", self.replaced, 0.0, 1.0)


class MatchedCounts(Protocol):
    """A task of matched counts."""

    @property
    def sizes(self) -> Sizes: ...

    def times(self, labels: Array, rng: np.random.Generator) -> Array:
        """Steps of spikes without noise, int64 (samples, channels, spikes per channel).

        They may lie beyond the sample, and are taken around its end.
        """
        ...


@dataclass(frozen=True)
class Intervals:
    """Each class has an interval for every channel; as many channels have each of ``intervals``.

    A channel's first spike comes at a uniform step, the others follow at its interval.

    Attributes:
        sizes: Of the task.
        intervals: In steps, up to half a sample, since d steps are also steps - d the other way.

    Raises:
        ConfigError: The numbers do not fit together.
    """

    sizes: Sizes = field(default_factory=lambda: Sizes(spikes_per_channel=2))
    intervals: tuple[int, ...] = (1, 4, 7, 10)

    def __post_init__(self) -> None:
        _require("spikes_per_channel of intervals", self.sizes.spikes_per_channel, 2)
        _require("numbers of intervals", len(set(self.intervals)), 2, self.sizes.channels)
        for interval in self.intervals:
            _require("an interval", interval, 1, self.sizes.steps // 2)

    def of_classes(self) -> Array:
        """Interval of each channel in each class, int64 (classes, channels)."""
        rng = np.random.default_rng(self.sizes.seed)
        even = np.resize(np.array(self.intervals), self.sizes.channels)
        return np.stack([rng.permutation(even) for _ in range(self.sizes.classes)])

    def times(self, labels: Array, rng: np.random.Generator) -> Array:
        """See :meth:`MatchedCounts.times`."""
        first = rng.integers(self.sizes.steps, size=(len(labels), self.sizes.channels, 1))
        order = np.arange(self.sizes.spikes_per_channel)
        return np.asarray(first + self.of_classes()[labels][:, :, None] * order)


@dataclass(frozen=True)
class Synchrony:
    """Each class pairs every channel of the left half with one of the right, its partner.

    A channel of the left half spikes at uniform steps, its partner at the same ones. Each half by
    itself is the same in all classes.

    Attributes:
        sizes: Of the task.

    Raises:
        ConfigError: The number of channels is odd.
    """

    sizes: Sizes = field(default_factory=Sizes)

    def __post_init__(self) -> None:
        _require_halves(self.sizes, "synchrony")

    def partners(self) -> Array:
        """Partner, 0 to half - 1, of each channel of the left half: int64 (classes, half)."""
        rng = np.random.default_rng(self.sizes.seed)
        half = self.sizes.channels // 2
        return np.stack([rng.permutation(half) for _ in range(self.sizes.classes)])

    def times(self, labels: Array, rng: np.random.Generator) -> Array:
        """See :meth:`MatchedCounts.times`."""
        sizes = self.sizes
        left = _uniform(sizes, len(labels), rng)
        right = np.empty_like(left)
        np.put_along_axis(right, self.partners()[labels][:, :, None], left, 1)
        return np.concatenate([left, right], 1)


@dataclass(frozen=True)
class Lags:
    """Each class has a lag for every pair of a left and a right channel.

    A channel of the left half spikes at uniform steps, the right one of the same number its lag
    later. As many pairs have each of ``lags``. Each half by itself is the same in all classes.

    Attributes:
        sizes: Of the task.
        lags: In steps, up to half a sample either way.

    Raises:
        ConfigError: The numbers do not fit together.
    """

    sizes: Sizes = field(default_factory=Sizes)
    lags: tuple[int, ...] = (-6, -2, 2, 6)

    def __post_init__(self) -> None:
        _require_halves(self.sizes, "lags")
        _require("numbers of lags", len(set(self.lags)), 2, self.sizes.channels // 2)
        for lag in self.lags:
            _require("a lag", abs(lag), 0, self.sizes.steps // 2)

    def of_classes(self) -> Array:
        """Lag of each pair in each class, int64 (classes, half)."""
        rng = np.random.default_rng(self.sizes.seed)
        even = np.resize(np.array(self.lags), self.sizes.channels // 2)
        return np.stack([rng.permutation(even) for _ in range(self.sizes.classes)])

    def times(self, labels: Array, rng: np.random.Generator) -> Array:
        """See :meth:`MatchedCounts.times`."""
        left = _uniform(self.sizes, len(labels), rng)
        return np.concatenate([left, left + self.of_classes()[labels][:, :, None]], 1)


def draw(task: MatchedCounts, split: str) -> Split:
    """The samples of "train" or "test": spike trains as images, see ``spikeff.data.dataset``."""
    sizes = task.sizes
    rng = np.random.default_rng([sizes.seed, SPLIT_SEEDS[split]])
    labels = rng.permutation(sizes.train if split == "train" else sizes.test) % sizes.classes
    times = task.times(labels, rng)
    times = times + rng.integers(-sizes.jitter, sizes.jitter + 1, times.shape)
    background = rng.random(times.shape) < sizes.replaced
    times = np.where(background, rng.integers(sizes.steps, size=times.shape), times) % sizes.steps
    trains = _spikes(_apart(times, sizes.steps, rng), sizes.steps)
    images = trains.reshape(len(labels), -1) * np.uint8(255)
    return Split(images, labels, (sizes.steps, sizes.channels), sizes.classes)


def loader(task: MatchedCounts) -> Callable[[str, Path | None], Split]:
    """How a registry loads ``task``: built in, so the directory is not read."""
    return lambda split, directory: draw(task, split)


def _uniform(sizes: Sizes, samples: int, rng: np.random.Generator) -> Array:
    """Uniform steps of the spikes of one half, all different in a channel."""
    shape = samples, sizes.channels // 2, sizes.steps
    return np.argsort(rng.random(shape), axis=2)[..., : sizes.spikes_per_channel]


def _apart(times: Array, steps: int, rng: np.random.Generator) -> Array:
    """``times`` (samples, channels, spikes), where spikes of a channel that meet are drawn anew."""
    while True:
        order = np.sort(times, axis=2)
        meets = np.zeros(times.shape, bool)
        meets[..., 1:] = order[..., 1:] == order[..., :-1]
        if not meets.any():
            return times
        times = np.where(meets, rng.integers(steps, size=times.shape), order)


def _spikes(times: Array, steps: int) -> Array:
    """Spikes bool (samples, steps, channels) at ``times``."""
    trains = np.zeros((len(times), steps, times.shape[1]), bool)
    sample, channel, _ = np.indices(times.shape)
    trains[sample, times, channel] = True
    return trains


def _require_halves(sizes: Sizes, what: str) -> None:
    if sizes.channels % 2 or sizes.channels < 4:
        raise ConfigError(f"channels = {sizes.channels}: {what} needs two halves of at least 2.")


def _require(name: str, value: float, least: float, most: float = np.inf) -> None:
    if not least <= value <= most:
        raise ConfigError(f"{name} = {value:g}: give {least:g} to {most:g}.")


INTERVALS, SYNCHRONY, LAGS = Intervals(), Synchrony(), Lags()  # as they are registered
