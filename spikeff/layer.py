"""One spiking Forward-Forward layer: weights, LIF neurons in columns, goodness, local rule."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spikeff.dynamics import LIFConstants, lif_run
from spikeff.errors import ConfigError
from spikeff.goodness import get_goodness, in_columns


@dataclass(frozen=True)
class GoodnessSpec:
    """Which agreement a layer measures: ``name`` and ``beta`` as in ``spikeff.goodness``.

    scale : factor on the mean goodness of the columns.
    """

    name: str
    beta: float
    scale: float


class SpikingLayer(nn.Module):
    """Dense synapses into current-based LIF neurons that stand in columns.

    The weights are a buffer, not a parameter: nothing here builds a graph.

    inputs, neurons : sizes.   column_size : neurons per column, a divisor of ``neurons``.
    slope : of the surrogate derivative.
    constraint_columns : the last so many columns are constraints: low goodness for positives.
    """

    weight: Tensor

    def __init__(
        self,
        inputs: int,
        neurons: int,
        column_size: int,
        constants: LIFConstants,
        goodness: GoodnessSpec,
        slope: float,
        constraint_columns: int,
        generator: torch.Generator,
    ) -> None:
        super().__init__()
        if neurons % column_size:
            raise ConfigError(
                f"layer of {neurons} neurons: columns of {column_size} do not divide it; "
                f"choose a column size that does."
            )
        self.column_size = column_size
        self.constants = constants
        self.goodness_spec = goodness
        self.slope = slope
        self.constraint_columns = constraint_columns
        weight = torch.randn(neurons, inputs, generator=generator) / inputs**0.5
        # One input's weights lie together: events pick inputs, not neurons.
        self.register_buffer("weight", weight.t().contiguous().t())

    @property
    def neurons(self) -> int:
        """Number of neurons."""
        return int(self.weight.shape[0])

    def drive(self, spikes: Tensor) -> Tensor:
        """Summed synaptic weights (steps, samples, neurons) of incoming spikes."""
        return spikes @ self.weight.t()

    def forward(self, spikes: Tensor) -> Tensor:
        """Spikes (steps, samples, inputs) to spikes (steps, samples, neurons)."""
        return lif_run(self.drive(spikes), self.constants)

    def column_goodness(self, spikes: Tensor) -> Tensor:
        """Goodness of each column, (samples, columns)."""
        spec = self.goodness_spec
        columns = in_columns(spikes, self.column_size)
        goodness: Tensor = get_goodness(spec.name).value(columns, spec.beta) * spec.scale
        return goodness

    def polarities(self) -> list[tuple[slice, float]]:
        """Columns that are features (+1) and columns that are constraints (-1), where any."""
        features = self.neurons // self.column_size - self.constraint_columns
        groups = [(slice(0, features), 1.0)] if features else []
        return groups + ([(slice(features, None), -1.0)] if self.constraint_columns else [])

    def error(self, spikes: Tensor, psi: Tensor, modulation: Tensor) -> Tensor:
        """Postsynaptic factor: modulation * dG/dz * surrogate, (steps, samples, neurons).

        modulation : (samples, columns), minus the derivative of the loss by each column's goodness.
        """
        spec = self.goodness_spec
        columns = in_columns(spikes, self.column_size)
        slope: Tensor = get_goodness(spec.name).derivative(columns, spec.beta)
        error: Tensor = slope * in_columns(psi, self.column_size)
        return error.mul_((modulation * spec.scale)[None, :, :, None]).reshape(spikes.shape)

    @torch.no_grad()
    def calibrate_gain(self, spikes: Tensor, firing: float) -> None:
        """Scale the initial weights so that a share ``firing`` of neuron-steps spikes.

        A layer that starts silent stays dead, one that starts saturated has spent its spikes
        before the evidence is in; the gain is found on data by bisection.
        """
        drive = self.drive(spikes)
        low, high = 1e-3, 1e3
        for _ in range(30):
            gain = (low * high) ** 0.5
            share = lif_run(drive * gain, self.constants).mean().item()
            low, high = (gain, high) if share < firing else (low, gain)
        self.weight.mul_((low * high) ** 0.5)
