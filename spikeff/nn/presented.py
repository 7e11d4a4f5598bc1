"""Presentations of samples to a network, and the response of one of its layers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from spikeff.ir.arrays import Array
from spikeff.nn.input_spikes import Arriving
from spikeff.nn.population import SpikingPopulation
from spikeff.nn.spike_events import Incoming, SpikeEvents


@dataclass(frozen=True, eq=False)
class Presented:
    """Presentations of samples: ``rows`` of each, row after row, each row with all samples.

    Attributes:
        data: Spikes of the channels that carry the datum, of all presentations, row after row; with
            ``labels`` also of the samples alone, where they are the same in every row.
        labels: Label shown beside each datum, int (rows, samples); None where the input has none.
        rows: Presentations of each sample.
    """

    data: SpikeEvents
    labels: Tensor | None = None
    rows: int = 1

    @property
    def samples(self) -> int:
        """Number of samples."""
        if self.labels is not None:
            return self.labels.shape[1]
        return self.data.samples // self.rows

    @property
    def shared(self) -> bool:
        """Whether the data are those of the samples alone, the same in every row."""
        return self.data.samples == self.samples

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return self.data.steps

    def part(self, some: slice | Array) -> Presented:
        """The presentations of some samples."""
        labels = None if self.labels is None else self.labels[:, some]
        if self.shared:
            return replace(self, data=self.data.part(some), labels=labels)
        each = np.arange(self.samples)[some]
        chosen = np.concatenate([each + row * self.samples for row in range(self.rows)])
        return replace(self, data=self.data.part(chosen), labels=labels)

    def each(self) -> SpikeEvents:
        """The data of all presentations, row after row."""
        if not self.shared or self.rows == 1:
            return self.data
        return self.data.part(np.tile(np.arange(self.samples), self.rows))


@dataclass(frozen=True, eq=False)
class LayerRun:
    """One layer, or population that learns, over whole presentations.

    Attributes:
        depth: Its position among those that learn, from 0.
        layer: Its neurons.
        spikes: (steps, presentations, neurons), 0 or 1.
        psi: Surrogate derivative at every neuron and step, of the same shape.
        incoming: Input of the layer; in a recurrent network the spikes of the source of each
            learned projection, before the delay.
    """

    depth: int
    layer: SpikingPopulation
    spikes: Tensor
    psi: Tensor
    incoming: Presented | Incoming | tuple[Arriving, ...]
