"""Traces of one side of a connection within an epoch, for all devices.

Source: ``lava/magma/core/model/py/connection.py`` of lava-nc 0.10.0,
``LearningConnectionModelBitApproximate``: a further spike within an epoch adds its impulse at once;
at the epoch's end every step of it is gone through again, decaying first, then adding the impulse
of the last spike where it fell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hw_targets.loops import compiled
from spikeff.ir.arrays import Array
from spikeff.ir.plasticity import widths

TRACE_MAX = 2**widths.TRACE_BITS - 1
NO_DECAY = float(2**16 - 1)  # Lava's tau of traces that the neurons send


class Traces:
    """Traces (devices, kinds, neurons) and when each neuron spiked last in this epoch.

    Attributes:
        values: int64.
        last: Step of the epoch, from 1, of the last spike; 0 for none; (devices, neurons).
        rounds: Whether impulses are no whole numbers.
        decays: Whether values change without spikes.
    """

    def __init__(
        self, devices: int, neurons: int, impulses: Sequence[float], taus: Sequence[float]
    ) -> None:
        given = np.array(impulses)
        self._whole = np.floor(given).astype(np.int64)[:, None]
        parts = (given - np.floor(given)) * 2**widths.IMPULSE_FRACTION_BITS
        self._part = np.round(parts).astype(np.int64)[:, None]
        self.rounds = bool(self._part.any())
        tau = np.array(taus, np.float64)
        self.decays = not np.isinf(tau).all()
        self._keep = np.zeros(len(tau))
        self._keep[tau != 0] = np.exp(-1 / tau[tau != 0])
        self.values = np.zeros((devices, len(tau), neurons), np.int64)
        self.last = np.zeros((devices, neurons), np.int64)

    def spike(self, spikes: Array, step: int, random: Array | None, kinds: slice) -> None:
        """Note ``spikes``, bool (devices, neurons), of a step of the epoch.

        Args:
            random: Rounds the impulse of further spikes; None rounds up.
            kinds: The traces that further spikes raise.
        """
        further = spikes & (self.last > 0)
        if further.any():
            raised = self._raised(self.values, np.zeros((1, 1)) if random is None else random)
            old = self.values[:, kinds]
            self.values[:, kinds] = np.where(further[:, None], raised[:, kinds], old)
        self.last[spikes] = step

    def history(self, epoch: int, decay: Array, impulse: Array) -> Array:
        """Values at the start of the epoch and after each of its steps.

        Args:
            decay: Rounds decayed values, (devices, 1 or neurons).
            impulse: Rounds impulses.

        Returns:
            int64 (devices, epoch + 1, kinds, neurons).
        """
        return _history(
            self.values,
            self.last,
            epoch,
            self._keep,
            decay,
            self._whole[:, 0],
            self._part[:, 0],
            impulse,
        )

    def _raised(self, values: Array, random: Array) -> Array:
        raised = values + self._whole + (random[:, None] < self._part)
        return np.asarray(np.clip(raised, 0, TRACE_MAX))


@compiled
def _of(random: Array, device: int, neuron: int) -> float:
    """A number of those that are shared among neurons, or among all devices, or neither."""
    return float(random[min(device, len(random) - 1), min(neuron, random.shape[1] - 1)])


@compiled
def _history(
    values: Array,
    last: Array,
    epoch: int,
    keep: Array,
    decay: Array,
    whole: Array,
    part: Array,
    impulse: Array,
) -> Array:
    """See :meth:`Traces.history`.

    Args:
        keep: What decay leaves of every kind.
        whole: Impulse of every kind, without its fraction.
        part: That, in 2^8ths.
    """
    devices, kinds, neurons = values.shape
    found = np.zeros((devices, epoch + 1, kinds, neurons), np.int64)
    for d in range(devices):
        for kind in range(kinds):
            for j in range(neurons):
                value = values[d, kind, j]
                found[d, 0, kind, j] = value
                for step in range(1, epoch + 1):
                    left = keep[kind] * value
                    below = np.floor(left)
                    value = np.int64(below) + (_of(decay, d, j) < left - below)
                    if last[d, j] == step:
                        up = _of(impulse, d, j) < part[kind]
                        value = min(max(value + whole[kind] + up, 0), TRACE_MAX)
                    found[d, step, kind, j] = value
    return found
