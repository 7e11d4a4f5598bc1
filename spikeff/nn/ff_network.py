"""What learning, evaluation and readout know of a network, however its layers are connected."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from spikeff.errors import ConfigError
from spikeff.ir.codes import CLASS_COLUMNS, LabelCode
from spikeff.ir.goodness import RATE, class_goodness, layer_goodness
from spikeff.nn.black_box import BlackBox
from spikeff.nn.population import SpikingPopulation
from spikeff.nn.presented import LayerRun, Presented
from spikeff.nn.spike_events import SpikeEvents


class FFNetwork(nn.Module, ABC):
    """Layers with a goodness each, and the code of their input: pixels first, then labels.

    Attributes:
        pixels: Channels that carry the datum.
        labels: Label code, where labels are in the input.
        classes: Number of answers.
        reading: Kind of answer, see ``spikeff.ir.codes.Readout``.
        between: Depth of a layer -> black box through which its spikes pass on their way up.
        budget: Spikes of a layer and sample after which the layer above hears no more; None: all.
    """

    def __init__(
        self,
        layers: Sequence[SpikingPopulation],
        pixels: int,
        labels: LabelCode | None,
        classes: int,
        reading: str,
    ) -> None:
        super().__init__()
        self.pixels = pixels
        self.labels = labels
        self.classes = classes
        self.reading = reading
        self.between: dict[int, BlackBox] = {}
        self.budget: int | None = None
        if reading == CLASS_COLUMNS:
            for layer in layers:
                _require_columns_of_classes(layer, classes)

    @property
    @abstractmethod
    def stack(self) -> Sequence[SpikingPopulation]:
        """The layers, lowest first."""

    @property
    def hidden(self) -> int:
        """Neurons of all layers together."""
        return sum(layer.neurons for layer in self.stack)

    @abstractmethod
    def weight_parts(self, depth: int) -> list[Tensor]:
        """Learned weights that end at the layer at ``depth``: of what is below, then of labels."""

    @abstractmethod
    def walk(self, presented: Presented) -> Iterator[LayerRun]:
        """Run presentations with surrogate derivatives and tell what each layer did, in order."""

    @abstractmethod
    def changes(self, run: LayerRun, drive_error: Tensor) -> list[Tensor]:
        """Change of each of a layer's :meth:`weight_parts`.

        Args:
            run: What the layer did.
            drive_error: Error of its drive, (steps, presentations, neurons).
        """

    @abstractmethod
    def responses(self, events: SpikeEvents) -> Callable[[Tensor | None], list[Tensor]]:
        """What the layers do on the same data under different labels.

        Args:
            events: Spikes of the channels that carry the datum.

        Returns:
            A function of labels, int (samples,), ``NEUTRAL`` or None for none, that gives the
            spikes of every layer, each (steps, samples, neurons).
        """

    @abstractmethod
    def run_channels(self, spikes: Tensor) -> list[Tensor]:
        """Spikes of every layer from those of all input channels, (steps, samples, channels)."""

    @abstractmethod
    def calibrate(self, spikes: Tensor, firing: Sequence[float]) -> None:
        """Scale the learned weights of each layer on some input spikes.

        Args:
            spikes: Of all input channels, (steps, samples, channels).
            firing: Share of neuron-steps that are to spike, for each layer.
        """

    @torch.no_grad()
    def forward(self, pixels: SpikeEvents, labels: Tensor | None = None) -> list[Tensor]:
        """Spikes of every layer, each (steps, samples, neurons).

        labels : (samples,) int, None is neutral.
        """
        return self.responses(pixels)(labels)

    def goodness(self, spikes: list[Tensor], by_rate: bool = False) -> Tensor:
        """Goodness summed over layers: (samples, 1), or (samples, classes) with class columns.

        Each layer's own, without its scale; or that of rates for all.
        """
        pairs = zip(self.stack, spikes, strict=True)
        return torch.stack([self._goodness_of(layer, z, by_rate) for layer, z in pairs]).sum(0)

    def _goodness_of(self, layer: SpikingPopulation, spikes: Tensor, by_rate: bool) -> Tensor:
        spec, size = layer.goodness_spec, layer.column_size
        name, beta = (RATE, 0.0) if by_rate else (spec.name, spec.beta)
        table: Tensor
        if self.reading == CLASS_COLUMNS:
            table = class_goodness(spikes, size, name, beta, self.classes)
        else:
            table = layer_goodness(spikes, size, name, beta, layer.constraint_columns)[:, None]
        return table


def _require_columns_of_classes(layer: SpikingPopulation, classes: int) -> None:
    columns = layer.neurons // layer.column_size
    if columns % classes:
        raise ConfigError(
            f"class columns: {columns} columns cannot be shared among {classes} classes; choose "
            f"neurons / column_size as a multiple of {classes}."
        )
