"""Contrasts: presentations that belong together against presentations that do not.

Supervised, one image with its right and with wrong labels; unsupervised, an image against a hybrid
of two images (Hinton 2022, sections 3.2 and 3.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spikeff.batch_record import BatchRecord
from spikeff.config import TrainConfig
from spikeff.dynamics import lif_run_with_surrogate
from spikeff.events import Incoming, SpikeEvents, change_of, heard
from spikeff.layer import SpikingLayer
from spikeff.learning_rule import LocalAdam, get_learning_rule
from spikeff.negatives import get_negatives
from spikeff.network import SpikingFFNetwork
from spikeff.objectives import get_contrast
from spikeff.phase import Phase
from spikeff.pieces import Changes, in_pieces
from spikeff.softmax_readout import SoftmaxReadout, spike_counts


def modulate(
    layer: SpikingLayer, spikes: Tensor, rows: int, batch: int, phase: Phase, config: TrainConfig
) -> tuple[Tensor, Tensor]:
    """Modulation (presentations, columns) of a layer, and its goodness (rows, samples).

    spikes : (steps, rows * samples, neurons), positives in the first row unless asleep.
    batch : samples of the whole batch, over which the loss is a mean.
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
        push[:, group] = (sign / (batch * width)) * wanted.reshape(-1, 1)
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
        shown, hits = self._presentations(pixels, labels, generator, phase)
        changes, parts = Changes(self.optimisers), []
        for some in in_pieces(len(labels), pixels.steps * len(shown)):
            share = shown[:, some].shape[1] / len(labels)
            record = self._learn(pixels.part(some), shown[:, some], share, phase, changes)
            parts.append((record, share))
        changes.ascend(rate)
        merged = BatchRecord.merged(parts)
        merged.hits = hits
        return merged

    def _presentations(
        self, pixels: SpikeEvents, labels: Tensor, generator: torch.Generator, phase: Phase
    ) -> tuple[Tensor, int]:
        """Labels (rows, samples), the right ones first, then the wrong ones, as ``phase`` wants.

        With them how many the readout guessed right.
        """
        counts = torch.cat(
            [
                spike_counts(self.network.upward(self.network.pixel_drive(pixels.part(some))))
                for some in in_pieces(len(labels), pixels.steps)
            ]
        )
        hits = 0
        if phase is Phase.ASLEEP:
            guesses = self.readout.probabilities(counts)
        else:
            guesses = self.readout.learn(counts, labels, self.config.readout_learning_rate)
            hits = int((guesses.argmax(1) == labels).sum())
        if phase is Phase.AWAKE:
            return labels[None], hits
        draw = get_negatives(self.config.negatives)
        wrong = draw(guesses, labels, self.config.negatives_per_sample, generator)
        return (wrong if phase is Phase.ASLEEP else torch.cat([labels[None], wrong])), hits

    def _learn(
        self, pixels: SpikeEvents, shown: Tensor, share: float, phase: Phase, changes: Changes
    ) -> BatchRecord:
        """Add the changes from some samples, a ``share`` of the batch, with labels ``shown``."""
        record, rows = BatchRecord(), len(shown)
        batch = round(pixels.samples / share)
        drive = self.network.pixel_drive(pixels).repeat(1, rows, 1)
        drive = self.network.label_drive(drive, shown.flatten())
        incoming: Incoming | None = None
        rule = get_learning_rule(self.config.learning_rule)
        for depth, layer in enumerate(self.network.stack):
            if incoming is not None:
                drive = self.network.drive_of(depth, incoming)
            spikes, psi = lif_run_with_surrogate(drive, layer.constants, layer.slope)
            push, goodness = modulate(layer, spikes, rows, batch, phase, self.config)
            drive_error = rule(layer.error(spikes, psi, push, share), spikes, layer.constants)
            if incoming is None:
                changes.add(depth, self._first_layer_changes(drive_error, pixels, shown))
            else:
                changes.add(depth, [change_of(drive_error, incoming)])
            record_layer(record, layer, spikes, goodness, phase)
            incoming = heard(self.network.pass_on(depth, spikes))
        return record

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
        batch, rows = len(labels), pixels.samples // len(labels)
        changes, parts, counts = Changes(self.optimisers), [], []
        for some in in_pieces(batch, pixels.steps * rows):
            each = np.arange(batch)[some]
            chosen = pixels.part(np.concatenate([each + row * batch for row in range(rows)]))
            record, counted = self._learn(chosen, rows, batch, phase, changes)
            parts.append((record, len(each) / batch))
            counts.append(counted)
        changes.ascend(rate)
        merged = BatchRecord.merged(parts)
        if phase is not Phase.ASLEEP:
            # The readout is the answer here, no guide to negatives: it settles with the layers.
            decay = rate / self.config.learning_rate
            guesses = self.readout.learn(
                torch.cat(counts), labels, decay * self.config.readout_learning_rate
            )
            merged.hits = int((guesses.argmax(1) == labels).sum())
        return merged

    def _learn(
        self, pixels: SpikeEvents, rows: int, batch: int, phase: Phase, changes: Changes
    ) -> tuple[BatchRecord, Tensor]:
        """Add the changes from some images and their hybrids; with the images' spike counts."""
        record, outgoing = BatchRecord(), []
        samples = pixels.samples // rows
        rule = get_learning_rule(self.config.learning_rule)
        incoming: Incoming = pixels
        for depth, layer in enumerate(self.network.stack):
            spikes, psi = lif_run_with_surrogate(
                self.network.drive_of(depth, incoming), layer.constants, layer.slope
            )
            push, goodness = modulate(layer, spikes, rows, batch, phase, self.config)
            error = layer.error(spikes, psi, push, samples / batch)
            changes.add(depth, [change_of(rule(error, spikes, layer.constants), incoming)])
            record_layer(record, layer, spikes, goodness, phase)
            outgoing.append(spikes[:, :samples])
            incoming = heard(self.network.pass_on(depth, spikes))
        return record, spike_counts(outgoing)
