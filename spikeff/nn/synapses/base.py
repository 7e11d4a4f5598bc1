"""The interface of the synapses between two populations in torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from spikeff.ir.connectivity import Connectivity
from spikeff.nn.delay_settings import DelaySettings
from spikeff.nn.spike_events import SpikeEvents

Kind = TypeVar("Kind", bound=Connectivity)


class LearnedDelays(NamedTuple):
    """Delays that training moves.

    Attributes:
        steps: Of the shape of the weights; they take effect rounded.
        settings: How far and how fast they move.
    """

    steps: Tensor
    settings: DelaySettings

    def confine_(self) -> None:
        """Bring back to the end of their range those that have left it."""
        self.steps.clamp_(0.0, self.settings.max_delay)


class Synapses(nn.Module, ABC, Generic[Kind]):
    """Weights of a connectivity: a parameter with ``requires_grad=False``, as no graph is built.

    Attributes:
        connectivity: Which synapses there are, and which weight each of them has.
        target: Neurons of the target population.
        source: Neurons of the source population.
        weight: Of the shape that the connectivity asks for.
    """

    weight: Tensor

    def __init__(
        self, connectivity: Kind, target: int, source: int, generator: torch.Generator
    ) -> None:
        """Draw initial weights with which the input of a neuron has unit variance.

        The variance is that of the sum over a neuron's synapses if all of their sources spike.

        Args:
            connectivity: See above.
            target: See above.
            source: See above.
            generator: Of the initial weights.

        Raises:
            DescriptionError: Populations of these sizes cannot be connected this way.
        """
        super().__init__()
        self.connectivity = connectivity
        self.target, self.source = target, source
        shape = connectivity.weight_shape(target, source)
        self.weight = nn.Parameter(self._initial(shape, generator), requires_grad=False)

    def _initial(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
        fan_in = self.connectivity.count(shape) / self.target
        weight: Tensor = torch.randn(shape, generator=generator) / fan_in**0.5
        return weight

    def extra_repr(self) -> str:
        """Kind and sizes, for torch's printed form."""
        return f"{self.connectivity.name}, {self.source} -> {self.target}"

    @abstractmethod
    def drive(self, spikes: Tensor) -> Tensor:
        """Input current: summed weights of the spikes.

        Args:
            spikes: Of the source, 0 or 1: (steps, samples, source), or of one step (samples,
                source).

        Returns:
            The same axes with the target in place of the source.
        """

    @abstractmethod
    def change(self, drive_error: Tensor, spikes: Tensor) -> Tensor:
        """Error signal of the input current times incoming spikes, summed over steps and samples.

        Args:
            drive_error: (steps, samples, target).
            spikes: (steps, samples, source).

        Returns:
            Of the shape of ``weight``.
        """

    @property
    def learned_delays(self) -> list[LearnedDelays]:
        """Delays of the synapses: one value where they are learned, else none."""
        return []

    def changes(self, drive_error: Tensor, spikes: Tensor | SpikeEvents) -> list[Tensor]:
        """As :meth:`change`, and then the change of the delays where these are learned.

        Args:
            drive_error: See :meth:`change`.
            spikes: As there, or as events of data.
        """
        if isinstance(spikes, Tensor):
            return [self.change(drive_error, spikes)]
        return [self.change_events(drive_error, spikes)]

    def drive_at(self, step: int, spikes: Tensor) -> Tensor:
        """Input current (samples, target) of what arrives in a step of the source.

        Args:
            step: Of the source.
            spikes: Of all steps so far, (steps, samples, source).
        """
        return self.drive(spikes[step])

    def error_at(self, step: int, drive_error: Tensor) -> Tensor:
        """Error (samples, source) of the spikes that the source sends in a step.

        Args:
            step: Of the source.
            drive_error: Of all steps, (steps, samples, target), those of the same number together.
        """
        return self.error_below(drive_error[step])

    def drive_events(self, events: SpikeEvents) -> Tensor:
        """As :meth:`drive`, of the spikes of data; kinds that can sum events override it."""
        return self.drive(events.dense().to(self.weight))

    def change_events(self, drive_error: Tensor, events: SpikeEvents) -> Tensor:
        """As :meth:`change`, of the spikes of data."""
        return self.change(drive_error, events.dense().to(self.weight))

    def error_below(self, drive_error: Tensor) -> Tensor:
        """Error of the spikes of one step (samples, source) from that of the current they caused.

        The derivative of :meth:`drive`, by autograd; kinds that can do it faster override it.

        Args:
            drive_error: (samples, target).
        """
        with torch.enable_grad():
            spikes = drive_error.new_zeros((len(drive_error), self.source), requires_grad=True)
            (error,) = torch.autograd.grad(self.drive(spikes), spikes, drive_error)
        return error

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """Shape of the weights."""
        return tuple(self.weight.shape)
