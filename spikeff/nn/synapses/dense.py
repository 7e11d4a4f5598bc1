"""Dense synapses: a matrix of weights."""

from __future__ import annotations

import torch
from torch import Tensor

from spikeff.ir.connectivity import Dense
from spikeff.nn.spike_events import SpikeEvents, change_of, drive_of_step, heard
from spikeff.nn.synapses.base import Synapses


class DenseSynapses(Synapses[Dense]):
    """Weights (target, source). Sparse spikes are summed as events."""

    def _initial(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        # Stored by column, so that the weights of an input are contiguous: events select inputs.
        return super()._initial(shape, generator).t().contiguous().t()

    def drive(self, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.drive`."""
        if spikes.ndim == 2:
            return drive_of_step(spikes, self.weight)
        incoming = heard(spikes)
        if isinstance(incoming, SpikeEvents):
            return incoming.drive(self.weight)
        return incoming @ self.weight.t()

    def change(self, drive_error: Tensor, spikes: Tensor) -> Tensor:
        """See :meth:`Synapses.change`."""
        return change_of(drive_error, heard(spikes))

    def error_below(self, drive_error: Tensor) -> Tensor:
        """See :meth:`Synapses.error_below`."""
        return drive_error @ self.weight

    def drive_events(self, events: SpikeEvents) -> Tensor:
        """See :meth:`Synapses.drive_events`."""
        return events.drive(self.weight)

    def change_events(self, drive_error: Tensor, events: SpikeEvents) -> Tensor:
        """See :meth:`Synapses.change_events`."""
        return events.weight_change(drive_error)
