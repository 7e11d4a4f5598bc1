"""Presentations of samples to a network, and the response of one of its layers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from spikeff.nn.input_spikes import Arriving
from spikeff.nn.population import SpikingPopulation
from spikeff.nn.spike_events import Incoming, SpikeEvents


@dataclass(frozen=True, eq=False)
class Presented:
    """Presentations of samples: ``rows`` of each, row after row, each row with all samples.

    Attributes:
        data: Spikes of the channels that carry the datum. With ``labels`` those of the samples
            alone, the same in every row; else those of all presentations, row after row.
        labels: Label shown beside each datum, int (rows, samples); None where the input has none.
        rows: Presentations of each sample.
    """

    data: SpikeEvents
    labels: Tensor | None = None
    rows: int = 1

    @property
    def samples(self) -> int:
        """Number of samples."""
        return self.data.samples if self.labels is not None else self.data.samples // self.rows

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return self.data.steps

    def part(self, some: slice) -> Presented:
        """The presentations of some samples."""
        if self.labels is not None:
            return replace(self, data=self.data.part(some), labels=self.labels[:, some])
        if self.rows == 1:
            return replace(self, data=self.data.part(some))
        each = np.arange(self.samples)[some]
        chosen = np.concatenate([each + row * self.samples for row in range(self.rows)])
        return replace(self, data=self.data.part(chosen))


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
