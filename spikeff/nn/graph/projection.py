"""Projections: synapses between two populations of a graph, so many steps late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE, Connectivity
from spikeff.nn.synapses.base import Synapses
from spikeff.nn.synapses.registry import make_synapses


@dataclass(frozen=True, eq=False)
class Projection:
    """Synapses from one population, or input, to another population.

    Attributes:
        source: Name of the population or input that is heard.
        target: Name of the population that hears.
        connectivity: Which synapses there are.
        delay: Steps from a spike to its arrival; 0 is within the same step.
        learned: Whether the weights change.
        weights: Initial weights; None draws random ones.

    Raises:
        DescriptionError: A negative delay.
    """

    source: str
    target: str
    connectivity: Connectivity = DENSE
    delay: int = 0
    learned: bool = True
    weights: Array | None = None

    def __post_init__(self) -> None:
        if self.delay < 0:
            raise DescriptionError(f"{self}: delay = {self.delay}; it must be >= 0.")

    def __str__(self) -> str:
        return f"projection {self.source}->{self.target}"

    def synapses(self, target: int, source: int, generator: torch.Generator) -> Synapses[Any]:
        """Its synapses between populations of these sizes.

        Raises:
            DescriptionError: The connectivity or the given weights do not fit the sizes.
        """
        try:
            made = make_synapses(self.connectivity, target, source, generator)
        except DescriptionError as error:
            raise DescriptionError(f"{self}: {error}") from None
        if self.weights is not None:
            given = torch.as_tensor(self.weights, dtype=made.weight.dtype)
            if given.shape != made.weight.shape:
                raise DescriptionError(
                    f"{self}: weights of shape {tuple(given.shape)}; {self.connectivity.name} "
                    f"between {source} and {target} neurons needs {made.weight_shape}."
                )
            made.weight.copy_(given)
        return made


@dataclass(frozen=True, eq=False)
class Arrival:
    """A projection as its target hears it.

    Attributes:
        projection: From where, and how late.
        synapses: With which weights.
    """

    projection: Projection
    synapses: Synapses[Any]

    def drive(self, spikes: Tensor) -> Tensor:
        """What spikes (steps, samples, source) drive, each as late as it arrives."""
        delay, steps = self.projection.delay, len(spikes)
        driven = self.synapses.drive(spikes[: max(0, steps - delay)])
        if not delay:
            return driven
        late = driven.new_zeros((steps, *driven.shape[1:]))
        late[delay:] = driven
        return late

    def drive_at(self, step: int, spikes: Tensor) -> Tensor | None:
        """What drives (samples, target) in a step; None where nothing can have arrived yet."""
        sent = step - self.projection.delay
        return None if sent < 0 else self.synapses.drive(spikes[sent])

    def change(self, drive_error: Tensor, spikes: Tensor) -> Tensor:
        """Change of the weights: the error of each step with the spikes that arrived in it."""
        delay = self.projection.delay
        return self.synapses.change(drive_error[delay:], spikes[: max(0, len(spikes) - delay)])
