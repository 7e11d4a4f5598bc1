"""One batch of local learning: every layer forward, judged and changed on its own.

Two kinds: contrasts of right and wrong labels in the input, and class columns in one pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from spikeff.agreement import coincident_pairs, pairs_by_chance
from spikeff.config import TrainConfig
from spikeff.dynamics import lif_run_with_surrogate
from spikeff.events import SpikeEvents
from spikeff.layer import SpikingLayer
from spikeff.learning_rule import LocalAdam, get_learning_rule, weight_change
from spikeff.negatives import get_negatives
from spikeff.network import SpikingFFNetwork
from spikeff.objectives import CLASS_COLUMNS, class_columns, get_contrast
from spikeff.softmax_readout import SoftmaxReadout, spike_counts


@dataclass
class BatchRecord:
    """What a batch showed: right guesses of the readout, and per layer (on positives) the rest.

    gaps : goodness of positives less that of negatives.   firing : spikes per neuron and step.
    together, by_chance : coincident pairs, and those that counts alone explain.
    """

    hits: int = 0
    gaps: list[float] = field(default_factory=list)
    firing: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)
    by_chance: list[float] = field(default_factory=list)

    def add_layer(self, layer: SpikingLayer, positive: Tensor, gap: Tensor) -> None:
        """Record one layer from its spikes on positives."""
        self.gaps.append(gap.item())
        self.firing.append(positive.mean().item())
        self.together.append(coincident_pairs(positive, layer.column_size).sum().item())
        self.by_chance.append(pairs_by_chance(positive, layer.column_size).sum().item())


class LocalStep(Protocol):
    """Learns from one batch."""

    def __call__(
        self, pixels: SpikeEvents, labels: Tensor, rate: float, generator: torch.Generator
    ) -> BatchRecord: ...


@dataclass(frozen=True)
class ColumnsStep:
    """One pass: in each layer the classes compete by the goodness of their own columns."""

    network: SpikingFFNetwork
    optimisers: list[LocalAdam]
    readout: SoftmaxReadout
    config: TrainConfig

    def __call__(
        self, pixels: SpikeEvents, labels: Tensor, rate: float, generator: torch.Generator
    ) -> BatchRecord:
        """Learn from one batch at learning rate ``rate``."""
        record, outgoing = BatchRecord(), []
        rule = get_learning_rule(self.config.learning_rule)
        drive = self.network.pixel_drive(pixels)
        incoming: Tensor | SpikeEvents = pixels
        for layer, optimiser in zip(self.network.stack, self.optimisers, strict=True):
            if isinstance(incoming, Tensor):
                drive = layer.drive(incoming)
            spikes, psi = lif_run_with_surrogate(drive, layer.constants, layer.slope)
            columns = layer.column_goodness(spikes)
            share = columns.shape[1] // self.network.classes
            goodness = columns.reshape(len(labels), self.network.classes, share).mean(2)
            push = class_columns(goodness, labels, self.config.temperature) / len(labels)
            error = layer.error(spikes, psi, push.repeat_interleave(share, 1) / share)
            drive_error = rule(error, spikes, layer.constants)
            optimiser.ascend([change_of(drive_error, incoming)], rate)
            own = goodness.gather(1, labels[:, None])[:, 0]
            others = (goodness.sum(1) - own) / (self.network.classes - 1)
            record.add_layer(layer, spikes, (own - others).mean())
            outgoing.append(spikes)
            incoming = spikes
        counts = spike_counts(outgoing)
        guesses = self.readout.learn(counts, labels, self.config.readout_learning_rate)
        record.hits = int((guesses.argmax(1) == labels).sum())
        return record


@dataclass(frozen=True)
class ContrastStep:
    """A neutral pass for the readout, then the right and the wrong labels side by side."""

    network: SpikingFFNetwork
    optimisers: list[LocalAdam]
    readout: SoftmaxReadout
    config: TrainConfig

    def __call__(
        self, pixels: SpikeEvents, labels: Tensor, rate: float, generator: torch.Generator
    ) -> BatchRecord:
        """Learn from one batch at learning rate ``rate``."""
        pixel_drive = self.network.pixel_drive(pixels)
        shown, record = self._presentations(pixel_drive, labels, generator)
        drive = self.network.label_drive(pixel_drive.repeat(1, len(shown), 1), shown.flatten())
        incoming: Tensor | None = None
        rule = get_learning_rule(self.config.learning_rule)
        for layer, optimiser in zip(self.network.stack, self.optimisers, strict=True):
            if incoming is not None:
                drive = layer.drive(incoming)
            spikes, psi = lif_run_with_surrogate(drive, layer.constants, layer.slope)
            push, gap = self._push(layer, spikes, shown.shape)
            drive_error = rule(layer.error(spikes, psi, push), spikes, layer.constants)
            if incoming is None:
                changes = self._first_layer_changes(drive_error, pixels, shown)
            else:
                changes = [change_of(drive_error, incoming)]
            optimiser.ascend(changes, rate)
            record.add_layer(layer, spikes[:, : len(labels)], gap)
            incoming = spikes
        return record

    def _presentations(
        self, pixel_drive: Tensor, labels: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, BatchRecord]:
        """Labels (1 + negatives, samples), the right ones first."""
        counts = spike_counts(self.network.upward(pixel_drive))
        guesses = self.readout.learn(counts, labels, self.config.readout_learning_rate)
        draw = get_negatives(self.config.negatives)
        wrong = draw(guesses, labels, self.config.negatives_per_sample, generator)
        return torch.cat([labels[None], wrong]), BatchRecord(
            hits=int((guesses.argmax(1) == labels).sum())
        )

    def _push(
        self, layer: SpikingLayer, spikes: Tensor, shape: torch.Size
    ) -> tuple[Tensor, Tensor]:
        """Modulation (presentations, columns) of a layer, and its goodness gap.

        Features and constraints are judged apart: constraints with goodness and threshold negated.
        """
        config, columns = self.config, layer.column_goodness(spikes)
        push = torch.empty_like(columns)
        gap = torch.zeros((), device=columns.device)
        for group, sign in layer.polarities():
            goodness = sign * columns[:, group].mean(1).reshape(shape)
            contrast = get_contrast(config.objective)(
                goodness, sign * config.theta, config.temperature
            )
            width = columns[:, group].shape[1]
            push[:, group] = (sign / (shape[1] * width)) * contrast.reshape(-1, 1)
            gap += (goodness[0] - goodness[1:].mean(0)).mean()
        return push, gap

    def _first_layer_changes(
        self, drive_error: Tensor, pixels: SpikeEvents, shown: Tensor
    ) -> list[Tensor]:
        """Of pixels, shared by all presentations, and of labels, shared within a class."""
        code = self.network.labels
        assert code is not None
        steps, _, neurons = drive_error.shape
        together = drive_error.reshape(steps, len(shown), pixels.samples, neurons).sum(1)
        pixel_change = change_of(together, pixels)
        weighted = drive_error[list(code.steps)].sum(0)
        chosen = torch.nn.functional.one_hot(shown.flatten(), code.classes).to(weighted.dtype)
        label_change = (chosen.t() @ weighted).repeat_interleave(code.neurons, dim=0).t()
        return [pixel_change, label_change]


def change_of(drive_error: Tensor, incoming: Tensor | SpikeEvents) -> Tensor:
    """The weight change from what came in, as events or as dense spikes."""
    if isinstance(incoming, SpikeEvents):
        return incoming.weight_change(drive_error)
    return weight_change(drive_error, incoming)


def local_step(
    network: SpikingFFNetwork,
    optimisers: list[LocalAdam],
    readout: SoftmaxReadout,
    config: TrainConfig,
) -> LocalStep:
    """The step that the configuration's objective needs."""
    kind = ColumnsStep if config.objective == CLASS_COLUMNS else ContrastStep
    return kind(network, optimisers, readout, config)
