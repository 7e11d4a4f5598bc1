"""What the synapses between two populations do in torch, whatever their connectivity."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from spikeff.ir.connectivity import Connectivity

Kind = TypeVar("Kind", bound=Connectivity)


class Synapses(nn.Module, ABC, Generic[Kind]):
    """Weights of a connectivity; a parameter that asks for no gradient, since none is built.

    Attributes:
        connectivity: Which synapses there are, and which weight each of them takes.
        target: Neurons of the population that hears.
        source: Neurons of the population that is heard.
        weight: Of the shape that the connectivity asks for.
    """

    weight: Tensor

    def __init__(
        self, connectivity: Kind, target: int, source: int, generator: torch.Generator
    ) -> None:
        """Draw initial weights that drive a neuron with unit variance per spiking source.

        Args:
            connectivity: See above.
            target: See above.
            source: See above.
            generator: Of the initial weights.

        Raises:
            DescriptionError: Populations of these sizes cannot be connected so.
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
        """Summed weights that arrive.

        Args:
            spikes: Of the source, 0 or 1: (steps, samples, source), or of one step (samples,
                source).

        Returns:
            The same axes with the target in place of the source.
        """

    @abstractmethod
    def change(self, drive_error: Tensor, spikes: Tensor) -> Tensor:
        """Product of the error of the drive with what came in, summed over steps and samples.

        Args:
            drive_error: (steps, samples, target).
            spikes: (steps, samples, source).

        Returns:
            Of the shape of ``weight``.
        """

    @property
    def weight_shape(self) -> tuple[int, ...]:
        """Shape of the weights."""
        return tuple(self.weight.shape)
