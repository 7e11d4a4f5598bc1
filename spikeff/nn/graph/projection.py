"""Projections: synapses with a delay between two populations of a graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE, Connectivity
from spikeff.nn.delay_settings import DelaySettings
from spikeff.nn.input_spikes import Arriving, InputSpikes
from spikeff.nn.synapses.base import Synapses
from spikeff.nn.synapses.delayed import DelayedSynapses
from spikeff.nn.synapses.registry import make_synapses


@dataclass(frozen=True, eq=False)
class Projection:
    """Synapses from one population, or input, to another population.

    Attributes:
        source: Name of the source population or input.
        target: Name of the target population.
        connectivity: Which synapses there are.
        delay: Steps from a spike to its arrival; 0 is within the same step.
        delays: Further steps, for each synapse its own; None for none.
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
    delays: DelaySettings | None = None

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
            synapses = self._made(target, source, generator)
        except DescriptionError as error:
            raise DescriptionError(f"{self}: {error}") from None
        if self.weights is not None:
            given = torch.as_tensor(self.weights, dtype=synapses.weight.dtype)
            if given.shape != synapses.weight.shape:
                raise DescriptionError(
                    f"{self}: weights of shape {tuple(given.shape)}; {self.connectivity.name} "
                    f"between {source} and {target} neurons needs {synapses.weight_shape}."
                )
            synapses.weight.copy_(given)
        return synapses

    def _made(self, target: int, source: int, generator: torch.Generator) -> Synapses[Any]:
        if self.delays is None:
            return make_synapses(self.connectivity, target, source, generator)
        return DelayedSynapses(self.connectivity, target, source, generator, self.delays)


@dataclass(frozen=True, eq=False)
class Arrival:
    """A projection with its synapses, as seen from its target.

    Attributes:
        projection: Source, connectivity and delay.
        synapses: Their weights.
    """

    projection: Projection
    synapses: Synapses[Any]

    def drive(self, spikes: Arriving) -> Tensor:
        """Input current (steps, samples, target) of spikes (steps, samples, source), delayed."""
        delay, steps = self.projection.delay, spikes.shape[0]
        if isinstance(spikes, InputSpikes):
            current = spikes.drive(self.synapses)[: max(0, steps - delay)]
        else:
            current = self.synapses.drive(spikes[: max(0, steps - delay)])
        if not delay:
            return current
        delayed = current.new_zeros((steps, *current.shape[1:]))
        delayed[delay:] = current
        return delayed

    def drive_at(self, step: int, spikes: Tensor) -> Tensor | None:
        """Input current (samples, target) of a step; None where nothing can have arrived yet."""
        sent = step - self.projection.delay
        return None if sent < 0 else self.synapses.drive_at(sent, spikes)

    def error_at(self, step: int, drive_error: Tensor) -> Tensor | None:
        """Error (samples, source) of the spikes of a step, from that of the current they caused.

        Args:
            step: In which they were sent.
            drive_error: Of all steps of the target, (steps, samples, target).

        Returns:
            None where they arrive after the last step.
        """
        arrives = step + self.projection.delay
        return self.synapses.error_at(arrives, drive_error) if arrives < len(drive_error) else None

    def changes(self, drive_error: Tensor, spikes: Arriving) -> list[Tensor]:
        """Change of the weights: the error of each step times the spikes that arrived in it.

        Then that of the delays, where these are learned.
        """
        delay = self.projection.delay
        if isinstance(spikes, InputSpikes):
            early = torch.zeros_like(drive_error) if delay else drive_error
            if delay:
                early[: len(early) - delay] = drive_error[delay:]
            return spikes.changes(self.synapses, early)
        return self.synapses.changes(drive_error[delay:], spikes[: max(0, len(spikes) - delay)])
