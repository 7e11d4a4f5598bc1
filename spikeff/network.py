"""A stack of spiking Forward-Forward layers and the code of its input."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from spikeff.description import LabelCode
from spikeff.dynamics import lif_run
from spikeff.errors import ConfigError
from spikeff.events import SpikeEvents
from spikeff.goodness import class_goodness, layer_goodness
from spikeff.labels import NEUTRAL
from spikeff.layer import SpikingLayer


class SpikingFFNetwork(nn.Module):
    """Layers in a row; every layer hears only the one below. Pixels first, then label channels.

    pixels : channels that carry the datum.   labels : label code, None for class columns.
    classes : number of answers.
    """

    def __init__(
        self, layers: list[SpikingLayer], pixels: int, labels: LabelCode | None, classes: int
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.pixels = pixels
        self.labels = labels
        self.classes = classes
        if labels is None:
            for layer in layers:
                columns = layer.neurons // layer.column_size
                if columns % classes:
                    raise ConfigError(
                        f"class columns: {columns} columns cannot be shared among {classes} "
                        f"classes; choose neurons / column_size as a multiple of {classes}."
                    )

    @property
    def stack(self) -> list[SpikingLayer]:
        """The layers, typed."""
        return [layer for layer in self.layers if isinstance(layer, SpikingLayer)]

    @property
    def hidden(self) -> int:
        """Neurons of all layers together."""
        return sum(layer.neurons for layer in self.stack)

    def pixel_drive(self, events: SpikeEvents) -> Tensor:
        """What the pixels alone drive into the first layer: the same for every label."""
        return events.drive(self.stack[0].weight[:, : self.pixels])

    def label_drive(self, drive: Tensor, labels: Tensor) -> Tensor:
        """Add label spikes to a pixel drive. labels (samples,) int, ``NEUTRAL`` for none."""
        if self.labels is None:
            return drive
        weight = self.stack[0].weight[:, self.pixels :]
        per_class = weight.reshape(len(weight), self.labels.classes, self.labels.neurons).sum(2)
        kick = per_class.t()[labels.clamp(min=0)] * (labels != NEUTRAL)[:, None]
        drive = drive.clone()
        for step in self.labels.steps:
            drive[step] += kick
        return drive

    def upward(self, drive: Tensor) -> list[Tensor]:
        """Spikes of every layer from the drive of the first."""
        spikes = [lif_run(drive, self.stack[0].constants)]
        for layer in self.stack[1:]:
            spikes.append(layer(spikes[-1]))
        return spikes

    @torch.no_grad()
    def forward(self, pixels: SpikeEvents, labels: Tensor | None = None) -> list[Tensor]:
        """Spikes of every layer, each (steps, samples, neurons).

        labels : (samples,) int, None is neutral.
        """
        if labels is None:
            labels = torch.full((pixels.samples,), NEUTRAL, device=self.stack[0].weight.device)
        return self.upward(self.label_drive(self.pixel_drive(pixels), labels))

    def goodness(self, spikes: list[Tensor], name: str, beta: float) -> Tensor:
        """Goodness summed over layers: (samples, 1), or (samples, classes) with class columns."""
        pairs = list(zip(self.stack, spikes, strict=True))
        if self.labels is None:
            tables = [
                class_goodness(z, layer.column_size, name, beta, self.classes) for layer, z in pairs
            ]
        else:
            tables = [
                layer_goodness(z, layer.column_size, name, beta, layer.constraint_columns)[:, None]
                for layer, z in pairs
            ]
        return torch.stack(tables).sum(0)
