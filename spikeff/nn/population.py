"""Neurons in columns: their goodness, and the error signal by which their synapses learn."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from spikeff.errors import ConfigError
from spikeff.ir.goodness import RATE, collected, get_goodness, in_columns
from spikeff.ir.numbers import settle_numbers
from spikeff.nn.goodness_gradient import goodness_gradient
from spikeff.nn.neurons.neuron import Neuron


@dataclass(frozen=True)
class GoodnessSpec:
    """The goodness of a layer.

    Attributes:
        name: Of the goodness, in ``spikeff.ir.goodness``.
        beta: Its window parameter.
        scale: Factor on the mean goodness of the columns.
        steps: It is collected from the first of them up to, not including, the second; None for all
            steps.
    """

    name: str
    beta: float
    scale: float
    steps: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        settle_numbers("goodness", self)


class SpikingPopulation(nn.Module):
    """Neurons in columns, without the synapses that end at them.

    Attributes:
        neurons: Number of neurons.
        column_size: Neurons per column, a divisor of ``neurons``; columns are consecutive neurons.
        constants: Of the neurons.
        slope: Of the surrogate derivative.
        homeostasis: Strength of the error signal that lowers rates above ``target_firing``.
        target_firing: Spikes per neuron and step above which homeostasis acts.
        peers: Strength of the error signal that draws rates to the mean rate of the neurons.
        constraint_columns: This many of the last columns are constraints: low goodness for
            positives.
    """

    def __init__(
        self,
        neurons: int,
        column_size: int,
        constants: Neuron,
        goodness: GoodnessSpec | None,
        slope: float = 5.0,
        homeostasis: float = 0.0,
        target_firing: float = 1.0,
        constraint_columns: int = 0,
        peers: float = 0.0,
    ) -> None:
        super().__init__()
        if column_size < 1 or neurons % column_size:
            raise ConfigError(
                f"layer of {neurons} neurons: columns of {column_size} do not divide it; "
                f"choose a column size that does."
            )
        self.neurons = neurons
        self.column_size = column_size
        self.constants = constants
        self._goodness_spec = goodness
        self.slope = slope
        self.homeostasis = homeostasis
        self.target_firing = target_firing
        self.constraint_columns = constraint_columns
        self.peers = peers

    def extra_repr(self) -> str:
        """Sizes and goodness, for torch's printed form."""
        name = self._goodness_spec.name if self._goodness_spec else None
        return f"neurons={self.neurons}, column_size={self.column_size}, goodness={name!r}"

    @property
    def goodness_spec(self) -> GoodnessSpec:
        """The goodness of the columns.

        Raises:
            ConfigError: They have none.
        """
        if self._goodness_spec is None:
            raise ConfigError(
                "the layer has no goodness, and is asked for it; give it one in its table of the "
                "configuration."
            )
        return self._goodness_spec

    @property
    def measure(self) -> tuple[str, float, tuple[int, int] | None]:
        """Name, window and steps of the goodness by which spikes are read; rate without one."""
        spec = self._goodness_spec
        return (spec.name, spec.beta, spec.steps) if spec else (RATE, 0.0, None)

    def column_goodness(self, spikes: Tensor) -> Tensor:
        """Goodness of each column, (samples, columns)."""
        spec = self.goodness_spec
        columns = in_columns(collected(spikes, spec.steps), self.column_size)
        goodness: Tensor = get_goodness(spec.name).value(columns, spec.beta) * spec.scale
        return goodness

    def polarities(self) -> list[tuple[slice, float]]:
        """Columns that are features (+1) and columns that are constraints (-1), where any."""
        features = self.neurons // self.column_size - self.constraint_columns
        groups = [(slice(0, features), 1.0)] if features else []
        return groups + ([(slice(features, None), -1.0)] if self.constraint_columns else [])

    def spike_error(
        self, spikes: Tensor, modulation: Tensor, slope: Tensor | None = None
    ) -> Tensor:
        """modulation * dG/dz of every spike, in a shape that broadcasts to that of columns.

        Args:
            spikes: (steps, samples, neurons).
            modulation: (samples, columns), minus the derivative of the loss by each column's
                goodness.
            slope: dG/dz to take, in memory of its own; None for that of the goodness.
        """
        spec = self.goodness_spec
        if slope is None:
            columns = in_columns(collected(spikes, spec.steps), self.column_size)
            slope = goodness_gradient(spec.name, columns, spec.beta)
        elif spec.steps is not None:
            slope = slope[slice(*spec.steps)]
        error = slope.mul_((modulation * spec.scale)[None, :, :, None])
        return error if spec.steps is None else _silent_outside(error, spec.steps, len(spikes))

    def error(
        self,
        spikes: Tensor,
        psi: Tensor,
        modulation: Tensor,
        share: float = 1.0,
        slope: Tensor | None = None,
    ) -> Tensor:
        """Postsynaptic factor: modulation * dG/dz * surrogate, (steps, samples, neurons).

        Args:
            spikes: (steps, samples, neurons).
            psi: Surrogate derivatives, of the same shape.
            modulation: As in :meth:`spike_error`.
            share: Of the batch that these samples are; homeostasis is a mean over the batch.
            slope: As in :meth:`spike_error`.
        """
        by_column = in_columns(psi, self.column_size)
        slope = self.spike_error(spikes, modulation, slope)
        # In place where the derivative has the full shape, not one that only broadcasts to it.
        whole = slope.shape == by_column.shape
        error = (slope.mul_(by_column) if whole else slope * by_column).reshape(spikes.shape)
        return self.hold_back_(error, spikes, psi, share)

    def hold_back_(self, error: Tensor, spikes: Tensor, psi: Tensor, share: float) -> Tensor:
        """Take homeostasis and peer normalisation off an error signal, in place.

        Args:
            error: (steps, samples, neurons).
            spikes: Of the same shape.
            psi: As in :meth:`error`.
            share: As in :meth:`error`.
        """
        if self.homeostasis or self.peers:
            error.sub_(psi * (share * self._homeostatic_error(spikes)))
        return error

    def _homeostatic_error(self, spikes: Tensor) -> Tensor:
        """Homeostatic error of each neuron that fires above its target or unlike its peers.

        The derivative by a spike of homeostasis / 2 * mean over neurons of the squared excess, and
        of the same with the distance from the mean rate (Hinton 2022, peer normalisation).

        Returns:
            (neurons,).
        """
        steps, samples, neurons = spikes.shape
        excess = (spikes.mean((0, 1)) - self.target_firing).clamp_(min=0.0)
        error = excess * (self.homeostasis / (samples * steps * neurons))
        if self.peers:
            rate = spikes.mean((0, 1))
            error += (rate - rate.mean()) * (self.peers / (samples * steps * neurons))
        return error


def _silent_outside(error: Tensor, steps: tuple[int, int], length: int) -> Tensor:
    """The error of some steps, or one for all of them, and 0 in the others up to ``length``."""
    whole = error.new_zeros((length, *error.shape[1:]))
    whole[slice(*steps)] = error
    return whole
