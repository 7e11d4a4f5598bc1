"""One spiking Forward-Forward layer: weights, LIF neurons in columns, goodness, local rule."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from spikeff.errors import ConfigError
from spikeff.ir.goodness import get_goodness, in_columns
from spikeff.nn.lif import LIFConstants, gain_for, lif_run
from spikeff.nn.weight_quantizer import on_grid


@dataclass(frozen=True)
class GoodnessSpec:
    """Which agreement a layer measures: ``name`` and ``beta`` as in ``spikeff.ir.goodness``.

    scale : factor on the mean goodness of the columns.
    """

    name: str
    beta: float
    scale: float


class SpikingLayer(nn.Module):
    """Dense synapses into current-based LIF neurons that stand in columns.

    The weights are a buffer, not a parameter: nothing here builds a graph.

    inputs, neurons : sizes.   column_size : neurons per column, a divisor of ``neurons``.
    goodness : agreement that the layer measures; None where nothing asks for it.
    slope : of the surrogate derivative.
    homeostasis, target_firing : push on a neuron per spike per step above ``target_firing``.
    constraint_columns : the last so many columns are constraints: low goodness for positives.
    weight_bits : the synapses are the weights rounded to a grid of so many bits; None: as they are.
    """

    weight: Tensor

    def __init__(
        self,
        inputs: int,
        neurons: int,
        column_size: int,
        constants: LIFConstants,
        goodness: GoodnessSpec | None,
        slope: float,
        homeostasis: float,
        target_firing: float,
        constraint_columns: int,
        generator: torch.Generator,
        weight_bits: int | None = None,
    ) -> None:
        super().__init__()
        if neurons % column_size:
            raise ConfigError(
                f"layer of {neurons} neurons: columns of {column_size} do not divide it; "
                f"choose a column size that does."
            )
        self.column_size = column_size
        self.constants = constants
        self._goodness_spec = goodness
        self.slope = slope
        self.homeostasis = homeostasis
        self.target_firing = target_firing
        self.constraint_columns = constraint_columns
        self.weight_bits = weight_bits
        weight = torch.randn(neurons, inputs, generator=generator) / inputs**0.5
        # One input's weights lie together: events pick inputs, not neurons.
        self.register_buffer("weight", weight.t().contiguous().t())

    @property
    def neurons(self) -> int:
        """Number of neurons."""
        return int(self.weight.shape[0])

    @property
    def synapses(self) -> Tensor:
        """What spikes are multiplied with (neurons, inputs): the weights, on a grid if so set."""
        return self.weight if self.weight_bits is None else on_grid(self.weight, self.weight_bits)

    @property
    def goodness_spec(self) -> GoodnessSpec:
        """Agreement that the layer measures; raises ConfigError where it measures none."""
        if self._goodness_spec is None:
            raise ConfigError(
                "the layer has no goodness, and is asked for it; give it one in its table of the "
                "configuration."
            )
        return self._goodness_spec

    def drive(self, spikes: Tensor) -> Tensor:
        """Summed synaptic weights (steps, samples, neurons) of incoming spikes."""
        return spikes @ self.synapses.t()

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

    def spike_error(self, spikes: Tensor, modulation: Tensor) -> Tensor:
        """modulation * dG/dz of every spike, in a shape that broadcasts to that of columns.

        modulation : (samples, columns), minus the derivative of the loss by each column's goodness.
        """
        spec = self.goodness_spec
        columns = in_columns(spikes, self.column_size)
        slope: Tensor = get_goodness(spec.name).derivative(columns, spec.beta)
        return slope.mul_((modulation * spec.scale)[None, :, :, None])

    def error(self, spikes: Tensor, psi: Tensor, modulation: Tensor, share: float = 1.0) -> Tensor:
        """Postsynaptic factor: modulation * dG/dz * surrogate, (steps, samples, neurons).

        share : of the batch that these samples are; homeostasis is a mean over the batch.
        """
        by_column = in_columns(psi, self.column_size)
        slope = self.spike_error(spikes, modulation)
        whole = slope.shape == by_column.shape
        error = (slope.mul_(by_column) if whole else slope * by_column).reshape(spikes.shape)
        return error.sub_(psi * (share * self._restraint(spikes))) if self.homeostasis else error

    def _restraint(self, spikes: Tensor) -> Tensor:
        """What holds back each neuron that fires above its target in these samples, (neurons,).

        The derivative by a spike of homeostasis / 2 * mean over neurons of the squared excess.
        """
        steps, samples, neurons = spikes.shape
        excess = (spikes.mean((0, 1)) - self.target_firing).clamp_(min=0.0)
        return excess * (self.homeostasis / (samples * steps * neurons))

    @torch.no_grad()
    def calibrate_gain(self, spikes: Tensor, firing: float) -> None:
        """Scale the initial weights so that a share ``firing`` of neuron-steps spikes.

        A layer that starts silent stays dead, one that starts saturated has spent its spikes
        before the evidence is in; the gain is found on data by bisection.
        """
        self.weight.mul_(gain_for(self.drive(spikes), self.constants, firing))
