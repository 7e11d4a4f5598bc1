"""The membrane potentials of a layer that never fires, from the spikes that it hears.

Such a layer is a linear filter of spikes, so the host reads it from the spikes of the population
in front of it: nothing of it is rounded, and no potential leaves a chip. Explicit Euler, as in
``spikeff.ir.network``::

    i <- (1 - current_leak) i + drive
    v <- (1 - leak) v + i + drift
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array, frozen_array

LAST, LARGEST = TAKES = ("last", "largest")


@dataclass(frozen=True, eq=False)
class Membrane:
    """One leaky integrator for each class; gains are in the weights in front of it.

    Attributes:
        take: Which potential of a sample decides: its "last" or its "largest".
        current_leak: Share of the synaptic current that is lost per step, (classes,); 1 keeps none.
        leak: Share of the potential that is lost per step, (classes,).
        drift: Added to the potential in every step, (classes,).

    Raises:
        DescriptionError: An unknown ``take``, shares outside 0 to 1, or arrays of several lengths.
    """

    take: str
    current_leak: Array
    leak: Array
    drift: Array

    def __post_init__(self) -> None:
        if self.take not in TAKES:
            raise DescriptionError(f"membrane: take = {self.take!r}; it must be one of {TAKES}.")
        for name in ("current_leak", "leak", "drift"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))
        shapes = {self.current_leak.shape, self.leak.shape, self.drift.shape}
        if len(shapes) > 1 or self.leak.ndim != 1:
            raise DescriptionError(
                f"membrane: constants of shapes {sorted(shapes)}; give one number for each class."
            )
        for name in ("current_leak", "leak"):
            share = getattr(self, name)
            if not ((share >= 0) & (share <= 1)).all():
                raise DescriptionError(f"membrane: {name} = {share}; a share lies in 0 to 1.")
        if not np.isfinite(self.drift).all():
            raise DescriptionError("membrane: drift holds a number that is not finite.")

    def read(self, drive: Array) -> Array:
        """The potentials that decide, (samples, classes).

        Args:
            drive: What reaches the integrators, (steps, samples, classes).
        """
        current = potential = np.zeros(drive.shape[1:])
        largest = np.full(drive.shape[1:], -np.inf)
        for arriving in drive:
            current = (1 - self.current_leak) * current + arriving
            potential = (1 - self.leak) * potential + current + self.drift
            largest = np.maximum(largest, potential)
        return potential if self.take == LAST else largest
