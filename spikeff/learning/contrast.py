"""Contrasts: presentations that belong together against presentations that do not.

Supervised, one image with its right and with wrong labels; unsupervised, an image against a hybrid
of two images (Hinton 2022, sections 3.2 and 3.3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from spikeff.learning.local_rule import LocalAdam, get_learning_rule
from spikeff.learning.microbatch import Changes, add_up, over_pieces
from spikeff.learning.negatives.labels import get_negatives
from spikeff.learning.objectives import get_contrast
from spikeff.learning.phase import Phase
from spikeff.learning.readout import SoftmaxReadout, spike_counts
from spikeff.learning.record import BatchRecord
from spikeff.nn.layer import SpikingLayer
from spikeff.nn.lif import lif_run_with_surrogate
from spikeff.nn.network import SpikingFFNetwork
from spikeff.nn.spike_events import Incoming, SpikeEvents, change_of, heard
from spikeff.training.config.schema import TrainConfig


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
        changes: Changes = []
        parts = []
        for (record, found), share in over_pieces(
            lambda some: self._learn(pixels.part(some), shown[:, some], len(labels), phase),
            len(labels),
            pixels.steps * len(shown),
            pixels.device,
            alone=bool(self.network.between),
        ):
            changes = add_up(changes, found)
            parts.append((record, share))
        for optimiser, change in zip(self.optimisers, changes, strict=True):
            optimiser.ascend(change, rate)
        return BatchRecord.merged(parts, hits)

    def _presentations(
        self, pixels: SpikeEvents, labels: Tensor, generator: torch.Generator, phase: Phase
    ) -> tuple[Tensor, int]:
        """Labels (rows, samples), the right ones first, then the wrong ones, as ``phase`` wants.

        With them how many the readout guessed right.
        """
        counted = over_pieces(
            lambda some: self._neutral_counts(pixels.part(some)),
            len(labels),
            pixels.steps,
            pixels.device,
            alone=bool(self.network.between),
        )
        counts = torch.cat([of_piece for of_piece, _ in counted])
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

    def _neutral_counts(self, pixels: SpikeEvents) -> Tensor:
        return spike_counts(self.network.upward(self.network.pixel_drive(pixels)))

    def _learn(
        self, pixels: SpikeEvents, shown: Tensor, batch: int, phase: Phase
    ) -> tuple[BatchRecord, Changes]:
        """What some samples of a batch show and change, with labels ``shown`` (rows, samples)."""
        record, rows = BatchRecord(), len(shown)
        changes: Changes = []
        drive = self.network.pixel_drive(pixels).repeat(1, rows, 1)
        drive = self.network.label_drive(drive, shown.flatten())
        incoming: Incoming | None = None
        rule = get_learning_rule(self.config.learning_rule)
        for depth, layer in enumerate(self.network.stack):
            if incoming is not None:
                drive = self.network.drive_of(depth, incoming)
            spikes, psi = lif_run_with_surrogate(drive, layer.constants, layer.slope)
            push, goodness = modulate(layer, spikes, rows, batch, phase, self.config)
            error = layer.error(spikes, psi, push, pixels.samples / batch)
            drive_error = rule(error, spikes, layer.constants)
            if incoming is None:
                changes.append(self._first_layer_changes(drive_error, pixels, shown))
            else:
                changes.append([change_of(drive_error, incoming)])
            record_layer(record, layer, spikes, goodness, phase)
            incoming = heard(self.network.pass_on(depth, spikes))
        return record, changes

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
        changes: Changes = []
        parts, counts = [], []

        def learn(some: slice) -> tuple[BatchRecord, Changes, Tensor]:
            each = np.arange(batch)[some]
            chosen = pixels.part(np.concatenate([each + row * batch for row in range(rows)]))
            return self._learn(chosen, rows, batch, phase)

        alone = bool(self.network.between)
        for (record, found, counted), share in over_pieces(
            learn, batch, pixels.steps * rows, pixels.device, alone
        ):
            changes = add_up(changes, found)
            parts.append((record, share))
            counts.append(counted)
        for optimiser, change in zip(self.optimisers, changes, strict=True):
            optimiser.ascend(change, rate)
        hits = 0
        if phase is not Phase.ASLEEP:
            # The readout is the answer here, no guide to negatives: it settles with the layers.
            decay = rate / self.config.learning_rate
            guesses = self.readout.learn(
                torch.cat(counts), labels, decay * self.config.readout_learning_rate
            )
            hits = int((guesses.argmax(1) == labels).sum())
        return BatchRecord.merged(parts, hits)

    def _learn(
        self, pixels: SpikeEvents, rows: int, batch: int, phase: Phase
    ) -> tuple[BatchRecord, Changes, Tensor]:
        """What some images and their hybrids show and change; the images' spike counts."""
        record, outgoing = BatchRecord(), []
        changes: Changes = []
        samples = pixels.samples // rows
        rule = get_learning_rule(self.config.learning_rule)
        incoming: Incoming = pixels
        for depth, layer in enumerate(self.network.stack):
            spikes, psi = lif_run_with_surrogate(
                self.network.drive_of(depth, incoming), layer.constants, layer.slope
            )
            push, goodness = modulate(layer, spikes, rows, batch, phase, self.config)
            error = layer.error(spikes, psi, push, samples / batch)
            changes.append([change_of(rule(error, spikes, layer.constants), incoming)])
            record_layer(record, layer, spikes, goodness, phase)
            outgoing.append(spikes[:, :samples])
            incoming = heard(self.network.pass_on(depth, spikes))
        return record, changes, spike_counts(outgoing)
