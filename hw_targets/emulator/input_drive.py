"""The input's drive, once per distinct spike train and only where it changes.

Goodness over labels presents each image once per label: the pixels' trains are the same in all of
these presentations, and the label channels' trains are the same for all images. Each block of
channels is therefore driven once per distinct train. Under the burst code a channel that has
started goes on, so the drive of a step is that of the step before and a few changes.

Every partial sum is a sum over some of a row's weights, hence exact
(``hw_targets.emulator.synapses``).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hw_targets.emulator.spike_product import events, few, product
from hw_targets.emulator.synapses import Synapses
from spikeff.ir.arrays import Array

# Bytes of drive that are computed ahead, for several steps at once.
AHEAD_BYTES = 2 * 2**20


@dataclass(frozen=True, eq=False)
class Trains:
    """The distinct spike trains of the channels from ``low`` to ``high``.

    Attributes:
        spikes: bool (steps, distinct trains, channels).
        owner: Which train each presentation has, (presentations,); None where all are distinct.
    """

    low: int
    high: int
    spikes: Array
    owner: Array | None


def distinct_trains(inputs: Array, pixels: int) -> list[Trains]:
    """Trains of the first ``pixels`` channels, and of the label channels behind them if any.

    Args:
        inputs: bool (steps, presentations, channels).
    """
    ends = [0, pixels, inputs.shape[2]] if 0 < pixels < inputs.shape[2] else [0, inputs.shape[2]]
    return [_distinct(inputs, low, high) for low, high in pairwise(ends)]


def _distinct(inputs: Array, low: int, high: int) -> Trains:
    block = inputs[:, :, low:high]
    seen: dict[bytes, int] = {}
    first: list[int] = []
    owner = np.empty(block.shape[1], np.intp)
    packed = np.ascontiguousarray(np.packbits(block, axis=2).transpose(1, 0, 2))
    for k, row in enumerate(packed):
        owner[k] = seen.setdefault(row.tobytes(), len(first))
        if owner[k] == len(first):
            first.append(k)
    if len(first) == len(owner):
        return Trains(low, high, np.ascontiguousarray(block), None)
    return Trains(low, high, np.ascontiguousarray(block[:, first]), owner)


class InputDrive:
    """What one dense connection from the input brings, step after step."""

    def __init__(self, synapses: Synapses, trains: list[Trains]) -> None:
        self._blocks = [_Block(*weights_and_spikes(synapses, t), t.owner) for t in trains]

    def add_to(self, u: Array, step: int) -> None:
        """Add the drive of the input's spikes of ``step`` to ``u``; steps ascend."""
        for block in self._blocks:
            block.add_to(u, step)


def weights_and_spikes(synapses: Synapses, trains: Trains) -> tuple[Array, Array]:
    """Weights (channels, target) and spikes of those channels of a block that have synapses."""
    assert synapses.dense is not None
    if synapses.channels is None:
        return synapses.dense[trains.low : trains.high], trains.spikes
    inside = (synapses.channels >= trains.low) & (synapses.channels < trains.high)
    return synapses.dense[inside], trains.spikes[:, :, synapses.channels[inside] - trains.low]


class _Block:
    """The drive of one block of channels, computed for a few steps at a time."""

    def __init__(self, weights: Array, spikes: Array, owner: Array | None) -> None:
        self._weights, self._spikes, self._owner = weights, spikes, owner
        bytes_per_step = spikes.shape[1] * weights.shape[1] * weights.itemsize
        self._ahead = max(1, AHEAD_BYTES // max(bytes_per_step, 1))
        self._low = self._high = 0
        self._drive: Array | None = None

    def add_to(self, u: Array, step: int) -> None:
        while step >= self._high:
            self._advance()
        if self._drive is not None:
            drive = self._drive[step - self._low]
            u += drive if self._owner is None else drive.take(self._owner, axis=0)

    def _advance(self) -> None:
        """The drive of the next steps: from their spikes, or from where these change."""
        before = None if self._drive is None else self._drive[-1]
        self._low, self._high = self._high, min(self._high + self._ahead, len(self._spikes))
        spikes = self._spikes[self._low : self._high]
        last = self._spikes[self._low - 1] if self._low else np.zeros_like(spikes[0])
        changed = spikes ^ np.concatenate([last[np.newaxis], spikes[:-1]])
        changes = np.count_nonzero(changed)
        if changes < np.count_nonzero(spikes) and few(changes, spikes.size):
            self._drive = self._from_changes(before, spikes, changed)
        else:
            drive = product(spikes.reshape(_rows(spikes)), self._weights)
            self._drive = None if drive is None else drive.reshape(*spikes.shape[:2], -1)

    def _from_changes(self, before: Array | None, spikes: Array, changed: Array) -> Array:
        places = np.flatnonzero(changed)
        signs = np.where(spikes.reshape(-1)[places], 1, -1).astype(self._weights.dtype)
        drive: Array = (events(places, signs, _rows(spikes)) @ self._weights).reshape(
            *spikes.shape[:2], -1
        )
        if before is not None:
            drive[0] += before
        for step in range(1, len(drive)):
            drive[step] += drive[step - 1]
        return drive


def _rows(spikes: Array) -> tuple[int, int]:
    """Steps and trains as rows of one matrix."""
    return spikes.shape[0] * spikes.shape[1], spikes.shape[2]
