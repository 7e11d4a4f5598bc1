"""Spikes of the data as the input of a graph, the same in every row of presentations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from spikeff.nn.spike_events import SpikeEvents
from spikeff.nn.synapses.base import Synapses


@dataclass(frozen=True, eq=False)
class InputSpikes:
    """Events of samples that are presented several times, such as under several labels.

    Input current and change of weights are computed once for all rows.

    Attributes:
        events: Of the samples.
        rows: Presentations of each sample, row after row.
    """

    events: SpikeEvents
    rows: int = 1

    @property
    def shape(self) -> tuple[int, int, int]:
        """Steps, presentations and channels."""
        return self.events.steps, self.rows * self.events.samples, self.events.channels

    def drive(self, synapses: Synapses[Any]) -> Tensor:
        """Input current (steps, presentations, target) through ``synapses``."""
        return synapses.drive_events(self.events).repeat(1, self.rows, 1)

    def changes(self, synapses: Synapses[Any], drive_error: Tensor) -> list[Tensor]:
        """Change of the weights of ``synapses``, and of their delays where these are learned.

        Args:
            synapses: From this input.
            drive_error: Of the input current, (steps, presentations, target).
        """
        steps, _, target = drive_error.shape
        by_row = drive_error.reshape(steps, self.rows, self.events.samples, target)
        return synapses.changes(by_row.sum(1), self.events)


Arriving = Tensor | InputSpikes
