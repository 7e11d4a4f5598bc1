"""One-to-one synapses: a weight for each neuron."""

from __future__ import annotations

from torch import Tensor

from spikeff.ir.connectivity import OneToOne
from spikeff.nn.synapses.base import Synapses


class OneToOneSynapses(Synapses[OneToOne]):
    """Weights (size,)."""

    def drive(self, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.drive`."""
        return spikes * self.weight

    def change(self, drive_error: Tensor, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.change`."""
        return (drive_error * spikes).flatten(0, 1).sum(0)
