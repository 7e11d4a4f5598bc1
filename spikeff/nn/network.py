"""A stack of spiking Forward-Forward layers and the code of its input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from spikeff.data.labels import NEUTRAL
from spikeff.ir.codes import LabelCode
from spikeff.nn.black_box import BlackBox
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.layer import SpikingLayer
from spikeff.nn.presented import LayerRun, Presented
from spikeff.nn.spike_events import Incoming, SpikeEvents, change_of, heard


def within_budget(spikes: Tensor, budget: int) -> Tensor:
    """Spikes (steps, samples, neurons) of steps before which there were fewer than ``budget``."""
    each_step = spikes.count_nonzero(2)
    before = each_step.cumsum(0) - each_step
    return spikes * (before < budget)[:, :, None]


class SpikingFFNetwork(FFNetwork):
    """Layers in a row; the input of each is the layer below, that of the first the data."""

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
        super().__init__(layers, pixels, labels, classes, reading)
        self.layers = nn.ModuleList(layers)
        self.between = dict(between or {})
        self.budget = budget

    @property
    def stack(self) -> list[SpikingLayer]:
        """The layers, typed."""
        return [layer for layer in self.layers if isinstance(layer, SpikingLayer)]

    def weight_parts(self, depth: int) -> list[Tensor]:
        """Views of the weights of the layer at ``depth``; two, pixels and labels, for the first."""
        weight = self.stack[depth].weight
        if depth or self.labels is None:
            return [weight]
        return [weight[:, : self.pixels], weight[:, self.pixels :]]

    def pixel_drive(self, events: SpikeEvents) -> Tensor:
        """Input current of the first layer from the pixels alone: the same for every label."""
        return events.drive(self.stack[0].synapses[:, : self.pixels])

    def label_drive(self, drive: Tensor, labels: Tensor) -> Tensor:
        """Add the input current of label spikes to that of the pixels.

        Args:
            drive: Input current of the first layer from the pixels, (steps, samples, neurons).
            labels: (samples,) int, ``NEUTRAL`` for none.
        """
        return drive if self.labels is None else self._add_labels_(drive.clone(), labels)

    def _add_labels_(self, drive: Tensor, labels: Tensor) -> Tensor:
        code = self.labels
        assert code is not None
        weight = self.stack[0].synapses[:, self.pixels :]
        # All channels of a class spike together, so their weights can be summed beforehand.
        per_class = weight.reshape(len(weight), code.classes, code.neurons).sum(2)
        label_current = per_class.t()[labels.clamp(min=0)] * (labels != NEUTRAL)[:, None]
        for step in code.steps:
            drive[step] += label_current
        return drive

    def drive_of(self, depth: int, incoming: Incoming) -> Tensor:
        """Input current of the layer at ``depth``; for the first from pixels alone."""
        if isinstance(incoming, SpikeEvents):
            synapses = self.stack[depth].synapses
            return incoming.drive(synapses if depth else synapses[:, : self.pixels])
        return self.stack[depth].drive(incoming)

    def pass_on(self, depth: int, spikes: Tensor) -> Tensor:
        """Spikes that the layer above ``depth`` receives.

        All, or the output of a black box, up to the step in which the budget is spent.
        """
        box = self.between.get(depth)
        passed = spikes if box is None else box(spikes)
        return passed if self.budget is None else within_budget(passed, self.budget)

    def walk(self, presented: Presented) -> Iterator[LayerRun]:
        """Run presentations layer by layer, lazily, with surrogate derivatives."""
        incoming: Presented | Incoming = presented
        for depth in range(len(self.stack)):
            run = self.run_layer(depth, incoming)
            yield run
            if depth + 1 < len(self.stack):
                incoming = heard(self.pass_on(depth, run.spikes))

    def run_layer(self, depth: int, incoming: Presented | Incoming) -> LayerRun:
        """The layer at ``depth`` with surrogate derivatives, on what arrives there."""
        layer = self.stack[depth]
        drive = self._drive(depth, incoming)
        spikes, psi = layer.constants.run_with_surrogate(drive, layer.slope)
        return LayerRun(depth, layer, spikes, psi, incoming)

    def _drive(self, depth: int, incoming: Presented | Incoming) -> Tensor:
        if not isinstance(incoming, Presented):
            return self.drive_of(depth, incoming)
        drive = self.pixel_drive(incoming.data)
        if incoming.labels is None:
            return drive
        if incoming.shared:
            drive = drive.repeat(1, incoming.rows, 1)
        return self._add_labels_(drive, incoming.labels.flatten())

    def changes(self, run: LayerRun, drive_error: Tensor) -> list[Tensor]:
        """Change of each part of a layer's weights, see :meth:`weight_parts`.

        Args:
            run: Spikes of the layer and its input.
            drive_error: Error signal of its input current, (steps, presentations, neurons).
        """
        incoming = run.incoming
        if isinstance(incoming, Tensor | SpikeEvents):
            return [change_of(drive_error, incoming)]
        assert isinstance(incoming, Presented)
        if incoming.labels is None:
            return [change_of(drive_error, incoming.data)]
        of_data = drive_error
        if incoming.shared:
            steps, _, neurons = drive_error.shape
            by_row = drive_error.reshape(steps, incoming.rows, incoming.samples, neurons)
            of_data = by_row.sum(1)
        pixels = change_of(of_data, incoming.data)
        return [pixels, self._label_change(drive_error, incoming.labels)]

    def _label_change(self, drive_error: Tensor, labels: Tensor) -> Tensor:
        """Change of the label channels (neurons, channels), the same for those of a class."""
        code = self.labels
        assert code is not None
        weighted = drive_error[list(code.steps)].sum(0)
        chosen = torch.nn.functional.one_hot(labels.flatten(), code.classes).to(weighted.dtype)
        return (chosen.t() @ weighted).repeat_interleave(code.neurons, dim=0).t()

    def upward(self, drive: Tensor) -> list[Tensor]:
        """Spikes of every layer from the input current of the first."""
        spikes = [self.stack[0].constants.run(drive)]
        for depth, layer in enumerate(self.stack[1:]):
            drive = self.drive_of(depth + 1, heard(self.pass_on(depth, spikes[-1])))
            spikes.append(layer.constants.run(drive))
        return spikes

    def responses(self, events: SpikeEvents) -> Callable[[Tensor | None], list[Tensor]]:
        """See :meth:`FFNetwork.responses`; the input current of the pixels is computed once."""
        drive = self.pixel_drive(events)

        def under(labels: Tensor | None) -> list[Tensor]:
            return self.upward(drive if labels is None else self.label_drive(drive, labels))

        return under

    def run_channels(self, spikes: Tensor) -> list[Tensor]:
        """See :meth:`FFNetwork.run_channels`."""
        return self.upward(self.stack[0].drive(spikes))

    def calibrate(self, spikes: Tensor, firing: Sequence[float]) -> None:
        """See :meth:`FFNetwork.calibrate`: layer by layer, on the spikes of calibrated layers."""
        for depth, (layer, share) in enumerate(zip(self.stack, firing, strict=True)):
            layer.calibrate_gain(spikes, share)
            spikes = self.pass_on(depth, layer(spikes))
