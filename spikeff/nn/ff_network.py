"""The interface of networks to learning, evaluation and readout, whatever their connections."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from spikeff.errors import ConfigError, DataError
from spikeff.ir.codes import CLASS_COLUMNS, LabelCode
from spikeff.ir.goodness import class_goodness, collected, layer_goodness
from spikeff.nn.black_box import BlackBox
from spikeff.nn.population import SpikingPopulation
from spikeff.nn.presented import LayerRun, Presented
from spikeff.nn.spike_events import SpikeEvents
from spikeff.nn.synapses.base import LearnedDelays


class FFNetwork(nn.Module, ABC):
    """Layers with a goodness each, and the code of their input: pixels first, then labels.

    Attributes:
        pixels: Channels that carry the datum.
        labels: Label code, where labels are in the input.
        classes: Number of answers.
        reading: Kind of answer, see ``spikeff.ir.codes.Readout``.
        between: Depth of a layer to the black box through which its spikes pass on their way up.
        read: Depths of the layers that the answer reads.
        budget: Spikes of a layer and sample after which the layer above receives no more; None
            for no limit.
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
        self.read: tuple[int, ...] = tuple(range(len(layers)))
        if reading == CLASS_COLUMNS:
            for layer in layers:
                _require_columns_of_classes(layer, classes)

    @property
    @abstractmethod
    def stack(self) -> Sequence[SpikingPopulation]:
        """The layers, lowest first."""

    @property
    def hidden(self) -> int:
        """Neurons of all layers that the answer reads."""
        return sum(self.stack[depth].neurons for depth in self.read)

    def counts(self, spikes: Sequence[Tensor]) -> Tensor:
        """Spike counts (samples, neurons of the layers that are read) of spikes of every layer."""
        return torch.cat([spikes[depth].sum(0) for depth in self.read], 1)

    @abstractmethod
    def weight_parts(self, depth: int) -> list[Tensor]:
        """Learned weights that end at the layer at ``depth``: of what is below, then of labels."""

    def delay_parts(self, depth: int) -> list[LearnedDelays]:
        """Learned delays of the synapses that end at the layer at ``depth``."""
        return []

    @abstractmethod
    def walk(self, presented: Presented) -> Iterator[LayerRun]:
        """Run presentations with surrogate derivatives and yield the run of each layer in order."""

    @abstractmethod
    def changes(self, run: LayerRun, drive_error: Tensor) -> list[Tensor]:
        """Change of each of a layer's :meth:`weight_parts`, then of its :meth:`delay_parts`.

        Args:
            run: Spikes of the layer and its input.
            drive_error: Error signal of its input current, (steps, presentations, neurons).
        """

    @abstractmethod
    def responses(self, events: SpikeEvents) -> Callable[[Tensor | None], list[Tensor]]:
        """Spikes of the layers on the same data under different labels.

        Args:
            events: Spikes of the channels that carry the datum.

        Returns:
            A function of labels, int (samples,), ``NEUTRAL`` or None for none, that returns the
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
            firing: Wanted spikes per neuron and step, for each layer.
        """

    @torch.no_grad()
    def forward(self, pixels: SpikeEvents | Tensor, labels: Tensor | None = None) -> list[Tensor]:
        """Spikes of every layer, each (steps, samples, neurons).

        Args:
            pixels: Spikes of the channels that carry the datum; as a tensor, 0 or 1 of shape
                (steps, samples, channels).
            labels: (samples,) int; None is neutral.

        Raises:
            DataError: A tensor is anything else, images for example.
        """
        if isinstance(pixels, Tensor):
            pixels = self._events(pixels)
        return self.responses(pixels)(labels)

    def _events(self, spikes: Tensor) -> SpikeEvents:
        binary = bool(((spikes == 0) | (spikes == 1)).all())
        if spikes.ndim != 3 or spikes.shape[2] != self.pixels or not binary:
            raise DataError(
                f"a tensor of shape {tuple(spikes.shape)} is no spike trains of this network: give "
                f"0 and 1 of shape (steps, samples, {self.pixels}). Images become spikes with "
                f"spikeff.nn.builder.encode_events(config.data, images, device); a trained model "
                f"of spikeff.train or spikeff.load takes them as they are: model.predict(images)."
            )
        return SpikeEvents.of(spikes.bool().cpu().numpy(), self.weight_parts(0)[0].device)

    def goodness(self, spikes: list[Tensor]) -> Tensor:
        """Goodness summed over the layers that are read, without their scales.

        In float64, in which classes that tie differ by rounding only: see
        ``spikeff.ir.readout_codes.best_classes``.

        Args:
            spikes: Of every layer, (steps, samples, neurons).

        Returns:
            (samples, 1), or (samples, classes) with class columns.
        """
        tables = [self._goodness_of(self.stack[k], spikes[k]) for k in self.read]
        return torch.stack(tables).sum(0)

    def _goodness_of(self, layer: SpikingPopulation, spikes: Tensor) -> Tensor:
        spec, size = layer.goodness_spec, layer.column_size
        spikes = collected(spikes, spec.steps).double()
        name, beta = spec.name, spec.beta
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
