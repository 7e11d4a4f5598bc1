"""Traces of one side of a connection within an epoch, for all devices.

Source: ``lava/magma/core/model/py/connection.py`` of lava-nc 0.10.0,
``LearningConnectionModelBitApproximate``: a further spike within an epoch adds its impulse at once;
at the epoch's end every step of it is gone through again, decaying first, then adding the impulse
of the last spike where it fell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
        self._decays, self.decays = tau != 0, not np.isinf(tau).all()
        self._keep = np.exp(-1 / tau[self._decays])[:, None]
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
        found = np.zeros((len(self.values), epoch + 1, *self.values.shape[1:]), np.int64)
        found[:, 0] = self.values
        for step in range(1, epoch + 1):
            if not self.decays:
                found[:, step] = found[:, step - 1]
            else:
                left = self._keep * found[:, step - 1, self._decays]
                whole = np.floor(left)
                found[:, step, self._decays] = whole + (decay[:, None] < left - whole)
            here = (self.last == step)[:, None]
            if here.any():
                now = found[:, step]
                found[:, step] = np.where(here, self._raised(now, impulse), now)
        return found

    def _raised(self, values: Array, random: Array) -> Array:
        raised = values + self._whole + (random[:, None] < self._part)
        return np.asarray(np.clip(raised, 0, TRACE_MAX))
