"""Contrasts: presentations that belong together against presentations that do not.

Supervised, one image with its right and with wrong labels; unsupervised, an image against a hybrid
of two images (Hinton 2022, sections 3.2 and 3.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spikeff.batch_record import BatchRecord
from spikeff.config import TrainConfig
from spikeff.dynamics import lif_run_with_surrogate
from spikeff.events import SpikeEvents, change_of
from spikeff.layer import SpikingLayer
from spikeff.learning_rule import LocalAdam, get_learning_rule
from spikeff.negatives import get_negatives
from spikeff.network import SpikingFFNetwork
from spikeff.objectives import get_contrast
from spikeff.phase import Phase
from spikeff.softmax_readout import SoftmaxReadout, spike_counts


def modulate(
    layer: SpikingLayer, spikes: Tensor, rows: int, phase: Phase, config: TrainConfig
) -> tuple[Tensor, Tensor]:
    """Modulation (presentations, columns) of a layer, and its goodness (rows, samples).

    spikes : (steps, rows * samples, neurons), positives in the first row unless asleep.
    Features and constraints are judged apart: constraints with goodness and threshold negated.
    """
    columns = layer.column_goodness(spikes)
    push = torch.empty_like(columns)
    total = torch.zeros(rows, len(columns) // rows, device=columns.device)
    contrast = get_contrast(config.objective)
    for group, sign in layer.polarities():
        goodness = sign * columns[:, group].mean(1).reshape(total.shape)
        wanted = contrast(goodness, sign * config.theta, config.temperature, phase)
        width = columns[:, group].shape[1]
        push[:, group] = (sign / (total.shape[1] * width)) * wanted.reshape(-1, 1)
        total += goodness
    return push, total


def record_layer(
    record: BatchRecord, layer: SpikingLayer, spikes: Tensor, goodness: Tensor, phase: Phase
) -> None:
    """Add what one layer showed; goodness (rows, samples) of the rows that ``phase`` presents."""
    negatives = goodness
    if phase is not Phase.ASLEEP:
        record.positive.append(goodness[0].mean().item())
        record.add_activity(layer, spikes[:, : goodness.shape[1]])
        negatives = goodness[1:]
    if phase is not Phase.AWAKE:
        record.negative.append(negatives.mean().item())


@dataclass(frozen=True)
class LabelStep:
    """A neutral pass for the readout, then the right and the wrong labels side by side."""

    network: SpikingFFNetwork
    optimisers: list[LocalAdam]
    readout: SoftmaxReadout
    config: TrainConfig

    def __call__(
        self,
        pixels: SpikeEvents,
        labels: Tensor,
        rate: float,
        generator: torch.Generator,
        phase: Phase,
    ) -> BatchRecord:
        """Learn from one batch at learning rate ``rate``."""
        pixel_drive = self.network.pixel_drive(pixels)
        shown, record = self._presentations(pixel_drive, labels, generator, phase)
        drive = self.network.label_drive(pixel_drive.repeat(1, len(shown), 1), shown.flatten())
        incoming: Tensor | None = None
        rule = get_learning_rule(self.config.learning_rule)
        for depth, layer in enumerate(self.network.stack):
            if incoming is not None:
                drive = layer.drive(incoming)
            spikes, psi = lif_run_with_surrogate(drive, layer.constants, layer.slope)
            push, goodness = modulate(layer, spikes, len(shown), phase, self.config)
            drive_error = rule(layer.error(spikes, psi, push), spikes, layer.constants)
            if incoming is None:
                changes = self._first_layer_changes(drive_error, pixels, shown)
            else:
                changes = [change_of(drive_error, incoming)]
            self.optimisers[depth].ascend(changes, rate)
            record_layer(record, layer, spikes, goodness, phase)
            incoming = self.network.pass_on(depth, spikes)
        return record

    def _presentations(
        self, pixel_drive: Tensor, labels: Tensor, generator: torch.Generator, phase: Phase
    ) -> tuple[Tensor, BatchRecord]:
        """Labels (rows, samples): the right ones first, then the wrong ones, as ``phase`` wants."""
        record = BatchRecord()
        counts = spike_counts(self.network.upward(pixel_drive))
        if phase is Phase.ASLEEP:
            guesses = self.readout.probabilities(counts)
        else:
            guesses = self.readout.learn(counts, labels, self.config.readout_learning_rate)
            record.hits = int((guesses.argmax(1) == labels).sum())
        if phase is Phase.AWAKE:
            return labels[None], record
        draw = get_negatives(self.config.negatives)
        wrong = draw(guesses, labels, self.config.negatives_per_sample, generator)
        return (wrong if phase is Phase.ASLEEP else torch.cat([labels[None], wrong])), record

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


@dataclass(frozen=True)
class HybridStep:
    """No labels: the batch holds the images, then (unless awake) as many hybrids of them.

    Asleep it holds hybrids alone. The readout learns from the images' spike counts and sends
    nothing back.
    """

    network: SpikingFFNetwork
    optimisers: list[LocalAdam]
    readout: SoftmaxReadout
    config: TrainConfig

    def __call__(
        self,
        pixels: SpikeEvents,
        labels: Tensor,
        rate: float,
        generator: torch.Generator,
        phase: Phase,
    ) -> BatchRecord:
        """Learn from one batch at learning rate ``rate``; ``labels`` are for the readout only."""
        record, outgoing = BatchRecord(), []
        rows = pixels.samples // len(labels)
        rule = get_learning_rule(self.config.learning_rule)
        incoming: Tensor | SpikeEvents = pixels
        for depth, layer in enumerate(self.network.stack):
            spikes, psi = lif_run_with_surrogate(
                self.network.drive_of(depth, incoming), layer.constants, layer.slope
            )
            push, goodness = modulate(layer, spikes, rows, phase, self.config)
            drive_error = rule(layer.error(spikes, psi, push), spikes, layer.constants)
            self.optimisers[depth].ascend([change_of(drive_error, incoming)], rate)
            record_layer(record, layer, spikes, goodness, phase)
            outgoing.append(spikes[:, : len(labels)])
            incoming = self.network.pass_on(depth, spikes)
        if phase is not Phase.ASLEEP:
            counts = spike_counts(outgoing)
            # The readout is the answer here, no guide to negatives: it settles with the layers.
            decay = rate / self.config.learning_rate
            guesses = self.readout.learn(counts, labels, decay * self.config.readout_learning_rate)
            record.hits = int((guesses.argmax(1) == labels).sum())
        return record
