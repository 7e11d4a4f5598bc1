"""One spiking Forward-Forward layer: dense weights into LIF neurons in columns."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from spikeff.nn.neurons.lif import gain_for
from spikeff.nn.neurons.neuron import Neuron
from spikeff.nn.population import GoodnessSpec, SpikingPopulation
from spikeff.nn.spike_events import Incoming, SpikeEvents
from spikeff.nn.weight_quantizer import on_grid


class SpikingLayer(SpikingPopulation):
    """Dense synapses into current-based LIF neurons in columns.

    The weights are a parameter with ``requires_grad=False``: nothing here builds a graph. The
    attributes of the neurons are those of ``spikeff.nn.population.SpikingPopulation``.

    Attributes:
        inputs: Number of inputs.
        weight: (neurons, inputs).
        weight_bits: The synapses are the weights rounded to a grid of this many bits; None for the
            weights themselves.
    """

    weight: Tensor

    def __init__(
        self,
        inputs: int,
        neurons: int,
        column_size: int,
        constants: Neuron,
        goodness: GoodnessSpec | None,
        slope: float,
        homeostasis: float,
        target_firing: float,
        constraint_columns: int,
        generator: torch.Generator,
        weight_bits: int | None = None,
        peers: float = 0.0,
    ) -> None:
        super().__init__(
            neurons,
            column_size,
            constants,
            goodness,
            slope,
            homeostasis,
            target_firing,
            constraint_columns,
            peers,
        )
        self.inputs = inputs
        self.weight_bits = weight_bits
        weight = torch.randn(neurons, inputs, generator=generator) / inputs**0.5
        # Stored by column, so that the weights of an input are contiguous: events select inputs.
        self.weight = nn.Parameter(weight.t().contiguous().t(), requires_grad=False)

    def extra_repr(self) -> str:
        """Sizes and goodness, for torch's printed form."""
        return f"inputs={self.inputs}, {super().extra_repr()}"

    @property
    def synapses(self) -> Tensor:
        """Effective weights (neurons, inputs): rounded to a grid where ``weight_bits`` is set."""
        return self.weight if self.weight_bits is None else on_grid(self.weight, self.weight_bits)

    def drive(self, incoming: Incoming) -> Tensor:
        """Input current (steps, samples, neurons): summed weights of incoming spikes or events."""
        if isinstance(incoming, SpikeEvents):
            return incoming.drive(self.synapses)
        return incoming @ self.synapses.t()

    @torch.no_grad()
    def forward(self, spikes: Tensor) -> Tensor:
        """Spikes (steps, samples, inputs) to spikes (steps, samples, neurons)."""
        return self.constants.run(self.drive(spikes))

    @torch.no_grad()
    def calibrate_gain(self, spikes: Tensor, firing: float) -> None:
        """Scale the initial weights so that a share ``firing`` of neuron-steps spikes.

        A layer that starts silent stays dead, and one that starts saturated has used up its spikes
        before the informative input arrives; the gain is found by bisection on data.

        Args:
            spikes: (steps, samples, inputs).
            firing: Spikes per neuron and step.
        """
        self.weight.mul_(gain_for(self.drive(spikes), self.constants, firing))
