"""A stack of spiking Forward-Forward layers and the code of its input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from spikeff.data.labels import NEUTRAL
from spikeff.errors import ConfigError
from spikeff.ir.codes import CLASS_COLUMNS, LabelCode
from spikeff.ir.goodness import RATE, class_goodness, layer_goodness
from spikeff.nn.black_box import BlackBox
from spikeff.nn.layer import SpikingLayer
from spikeff.nn.presented import LayerRun, Presented
from spikeff.nn.spike_events import Incoming, SpikeEvents, change_of, heard


def within_budget(spikes: Tensor, budget: int) -> Tensor:
    """Spikes (steps, samples, neurons) while fewer than ``budget`` came before the step."""
    each_step = spikes.count_nonzero(2)
    before = each_step.cumsum(0) - each_step
    return spikes * (before < budget)[:, :, None]


class SpikingFFNetwork(nn.Module):
    """Layers in a row; every layer hears only the one below. Pixels first, then label channels.

    pixels : channels that carry the datum.   labels : label code, where labels are in the input.
    classes : number of answers.
    reading : kind of answer, see ``spikeff.ir.codes.Readout``.
    between : depth of a layer -> black box through which its spikes pass on their way up.
    budget : spikes of a layer and sample after which the layer above hears no more; None: all.
    """

    def __init__(
        self,
        layers: list[SpikingLayer],
        pixels: int,
        labels: LabelCode | None,
        classes: int,
        reading: str,
        between: Mapping[int, BlackBox] | None = None,
        budget: int | None = None,
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.reading = reading
        self.between = dict(between or {})
        self.budget = budget
        self.pixels = pixels
        self.labels = labels
        self.classes = classes
        if reading == CLASS_COLUMNS:
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

    def weight_parts(self, depth: int) -> list[Tensor]:
        """Views of the weights of the layer at ``depth``; the first hears pixels and labels."""
        weight = self.stack[depth].weight
        if depth or self.labels is None:
            return [weight]
        return [weight[:, : self.pixels], weight[:, self.pixels :]]

    def pixel_drive(self, events: SpikeEvents) -> Tensor:
        """What the pixels alone drive into the first layer: the same for every label."""
        return events.drive(self.stack[0].synapses[:, : self.pixels])

    def label_drive(self, drive: Tensor, labels: Tensor) -> Tensor:
        """Add label spikes to a pixel drive. labels (samples,) int, ``NEUTRAL`` for none."""
        return drive if self.labels is None else self._add_labels_(drive.clone(), labels)

    def _add_labels_(self, drive: Tensor, labels: Tensor) -> Tensor:
        code = self.labels
        assert code is not None
        weight = self.stack[0].synapses[:, self.pixels :]
        per_class = weight.reshape(len(weight), code.classes, code.neurons).sum(2)
        kick = per_class.t()[labels.clamp(min=0)] * (labels != NEUTRAL)[:, None]
        for step in code.steps:
            drive[step] += kick
        return drive

    def drive_of(self, depth: int, incoming: Incoming) -> Tensor:
        """What drives the layer at ``depth``; the first hears pixels alone."""
        if isinstance(incoming, SpikeEvents):
            synapses = self.stack[depth].synapses
            return incoming.drive(synapses if depth else synapses[:, : self.pixels])
        return self.stack[depth].drive(incoming)

    def pass_on(self, depth: int, spikes: Tensor) -> Tensor:
        """What the layer above ``depth`` hears of its spikes.

        All, or what a black box makes of them, up to the step that spends the budget.
        """
        box = self.between.get(depth)
        passed = spikes if box is None else box(spikes)
        return passed if self.budget is None else within_budget(passed, self.budget)

    def walk(self, presented: Presented) -> Iterator[LayerRun]:
        """Run presentations layer by layer, each as it is asked for, with surrogate derivatives."""
        incoming: Presented | Incoming = presented
        for depth, layer in enumerate(self.stack):
            drive = self._drive(depth, incoming)
            spikes, psi = layer.constants.run_with_surrogate(drive, layer.slope)
            yield LayerRun(depth, layer, spikes, psi, incoming)
            if depth + 1 < len(self.stack):
                incoming = heard(self.pass_on(depth, spikes))

    def _drive(self, depth: int, incoming: Presented | Incoming) -> Tensor:
        if not isinstance(incoming, Presented):
            return self.drive_of(depth, incoming)
        drive = self.pixel_drive(incoming.data)
        if incoming.labels is None:
            return drive
        return self._add_labels_(drive.repeat(1, incoming.rows, 1), incoming.labels.flatten())

    def changes(self, run: LayerRun, drive_error: Tensor) -> list[Tensor]:
        """Change of each part of a layer's weights, see :meth:`weight_parts`.

        drive_error : (steps, presentations, neurons).
        """
        incoming = run.incoming
        if isinstance(incoming, Tensor | SpikeEvents):
            return [change_of(drive_error, incoming)]
        assert isinstance(incoming, Presented)
        if incoming.labels is None:
            return [change_of(drive_error, incoming.data)]
        steps, _, neurons = drive_error.shape
        by_row = drive_error.reshape(steps, incoming.rows, incoming.samples, neurons)
        pixels = change_of(by_row.sum(1), incoming.data)
        return [pixels, self._label_change(drive_error, incoming.labels)]

    def _label_change(self, drive_error: Tensor, labels: Tensor) -> Tensor:
        """Change of the label channels (neurons, channels), the same for those of a class."""
        code = self.labels
        assert code is not None
        weighted = drive_error[list(code.steps)].sum(0)
        chosen = torch.nn.functional.one_hot(labels.flatten(), code.classes).to(weighted.dtype)
        return (chosen.t() @ weighted).repeat_interleave(code.neurons, dim=0).t()

    def upward(self, drive: Tensor) -> list[Tensor]:
        """Spikes of every layer from the drive of the first."""
        spikes = [self.stack[0].constants.run(drive)]
        for depth, layer in enumerate(self.stack[1:]):
            drive = self.drive_of(depth + 1, heard(self.pass_on(depth, spikes[-1])))
            spikes.append(layer.constants.run(drive))
        return spikes

    @torch.no_grad()
    def forward(self, pixels: SpikeEvents, labels: Tensor | None = None) -> list[Tensor]:
        """Spikes of every layer, each (steps, samples, neurons).

        labels : (samples,) int, None is neutral.
        """
        if labels is None:
            labels = torch.full((pixels.samples,), NEUTRAL, device=self.stack[0].weight.device)
        return self.upward(self.label_drive(self.pixel_drive(pixels), labels))

    def goodness(self, spikes: list[Tensor], by_rate: bool = False) -> Tensor:
        """Goodness summed over layers: (samples, 1), or (samples, classes) with class columns.

        Each layer's own, without its scale; or that of rates for all.
        """
        pairs = zip(self.stack, spikes, strict=True)
        return torch.stack([self._goodness_of(layer, z, by_rate) for layer, z in pairs]).sum(0)

    def _goodness_of(self, layer: SpikingLayer, spikes: Tensor, by_rate: bool) -> Tensor:
        spec, size = layer.goodness_spec, layer.column_size
        name, beta = (RATE, 0.0) if by_rate else (spec.name, spec.beta)
        table: Tensor
        if self.reading == CLASS_COLUMNS:
            table = class_goodness(spikes, size, name, beta, self.classes)
        else:
            table = layer_goodness(spikes, size, name, beta, layer.constraint_columns)[:, None]
        return table
