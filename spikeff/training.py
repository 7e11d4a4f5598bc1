"""Training: every layer on its own goodness, by the local rule, batch after batch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from spikeff.build import build_network, calibrate, encode_events
from spikeff.config import TrainConfig
from spikeff.datasets import Split
from spikeff.dynamics import lif_run_with_surrogate, synaptic_trace
from spikeff.events import SpikeEvents
from spikeff.layer import SpikingLayer
from spikeff.learning_rule import LocalAdam, three_factor
from spikeff.negatives import get_negatives
from spikeff.objectives import class_columns, get_contrast
from spikeff.softmax_readout import SoftmaxReadout, spike_counts


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch showed, averaged over its batches. Per layer where a tuple.

    goodness_gap : goodness of positives less that of negatives (of other classes' columns).
    firing : spikes per neuron and step on positives.
    """

    epoch: int
    learning_rate: float
    readout_accuracy: float
    goodness_gap: tuple[float, ...]
    firing: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return asdict(self)


@dataclass(frozen=True)
class _BatchRecord:
    hits: int
    gaps: list[float]
    firing: list[float]


class Trainer:
    """Holds all that training changes: weights, optimisers, readout, epochs done.

    Random numbers come from a generator that is seeded anew from (seed, epoch), so that a
    training that was stopped after a whole epoch goes on exactly as if it had not been.
    """

    def __init__(self, config: TrainConfig, split: Split, device: torch.device) -> None:
        self.config = config
        self.split = split
        self.device = device
        generator = torch.Generator().manual_seed(config.seed)
        pixels = split.images.shape[1]
        self.network = build_network(config, pixels, split.classes, generator).to(device)
        self.readout = SoftmaxReadout(self.network.hidden, split.classes, device)
        self.optimisers = [
            LocalAdam(self._parts(index), config.weight_decay)
            for index in range(len(self.network.stack))
        ]
        self.epochs_done = 0
        self.history: list[EpochRecord] = []

    def _parts(self, index: int) -> list[tuple[Tensor, float]]:
        """Weights of one layer with their gains; the first hears pixels and labels."""
        weight = self.network.stack[index].weight
        if index or self.network.labels is None:
            return [(weight, 1.0)]
        pixels = self.network.pixels
        return [(weight[:, :pixels], 1.0), (weight[:, pixels:], self.config.label_gain)]

    def calibrate(self) -> None:
        """Set the initial gains from data; once, before the first epoch."""
        calibrate(self.network, self.config, self.split)

    @property
    def batches(self) -> int:
        """Batches of one epoch."""
        return -(-len(self.split) // self.config.batch_size)

    @torch.no_grad()
    def train_epoch(self, on_batch: Callable[[], None] = lambda: None) -> EpochRecord:
        """One pass over the training split; ``on_batch`` is called after each batch."""
        generator = torch.Generator().manual_seed(_epoch_seed(self.config.seed, self.epochs_done))
        order = torch.randperm(len(self.split), generator=generator)
        records = []
        for index, rows in enumerate(order.split(self.config.batch_size)):
            progress = (self.epochs_done + index / self.batches) / self.config.epochs
            rate = self.config.learning_rate * _schedule(self.config.schedule, progress)
            records.append(self._train_batch(rows, rate, generator))
            on_batch()
        self.epochs_done += 1
        record = self._summary(records, rate)
        self.history.append(record)
        return record

    def _summary(self, records: list[_BatchRecord], rate: float) -> EpochRecord:
        layers = range(len(self.network.stack))
        mean = 1.0 / len(records)
        return EpochRecord(
            epoch=self.epochs_done,
            learning_rate=rate,
            readout_accuracy=sum(r.hits for r in records) / len(self.split),
            goodness_gap=tuple(sum(r.gaps[k] for r in records) * mean for k in layers),
            firing=tuple(sum(r.firing[k] for r in records) * mean for k in layers),
        )

    def _train_batch(self, rows: Tensor, rate: float, generator: torch.Generator) -> _BatchRecord:
        images = self.split.images[rows.numpy()]
        labels = torch.from_numpy(self.split.labels[rows.numpy()]).to(self.device)
        pixels = encode_events(self.config, images, self.device)
        if self.network.labels is None:
            return self._columns_batch(pixels, labels, rate)
        return self._contrast_batch(pixels, labels, rate, generator)

    def _columns_batch(self, pixels: SpikeEvents, labels: Tensor, rate: float) -> _BatchRecord:
        """One pass: each layer's classes compete by the goodness of their own columns."""
        drive = self.network.pixel_drive(pixels)
        outgoing: list[Tensor] = []
        gaps: list[float] = []
        for index, layer in enumerate(self.network.stack):
            if index:
                drive = layer.drive(outgoing[-1])
            spikes, psi = lif_run_with_surrogate(drive, layer.constants, layer.slope)
            columns = layer.column_goodness(spikes)
            goodness = columns.reshape(len(labels), self.network.classes, -1).mean(2)
            push = class_columns(goodness, labels, self.config.temperature) / len(labels)
            error = layer.error(spikes, psi, push)
            change = _change(layer, error, outgoing[-1] if index else pixels)
            self.optimisers[index].ascend([change], rate)
            own = goodness.gather(1, labels[:, None])[:, 0]
            others = (goodness.sum(1) - own) / (self.network.classes - 1)
            gaps.append((own - others).mean().item())
            outgoing.append(spikes)
        return self._learn_readout(outgoing, labels, gaps, [z.mean().item() for z in outgoing])[1]

    def _contrast_batch(
        self, pixels: SpikeEvents, labels: Tensor, rate: float, generator: torch.Generator
    ) -> _BatchRecord:
        """A neutral pass for the readout, then right and wrong labels side by side."""
        network, samples = self.network, len(labels)
        pixel_drive = network.pixel_drive(pixels)
        neutral = network.upward(pixel_drive)
        guesses, record = self._learn_readout(neutral, labels, [], [])
        wrong = get_negatives(self.config.negatives)(guesses, labels, generator)
        shown = torch.cat([labels, wrong])
        drive = network.label_drive(pixel_drive.repeat(1, 2, 1), shown)
        incoming: Tensor | None = None
        for index, layer in enumerate(network.stack):
            if incoming is not None:
                drive = layer.drive(incoming)
            spikes, psi = lif_run_with_surrogate(drive, layer.constants, layer.slope)
            push, gap = self._contrast(layer.column_goodness(spikes).mean(1), samples)
            error = layer.error(spikes, psi, push)
            if incoming is None:
                changes = self._first_layer_changes(layer, error, pixels, shown)
            else:
                changes = [_change(layer, error, incoming)]
            self.optimisers[index].ascend(changes, rate)
            record.gaps.append(gap)
            record.firing.append(spikes[:, :samples].mean().item())
            incoming = spikes
        return record

    def _contrast(self, goodness: Tensor, samples: int) -> tuple[Tensor, float]:
        """Modulation (2 * samples, 1) of the layer, and its goodness gap."""
        positive, negative = goodness[:samples], goodness[samples:]
        contrast = get_contrast(self.config.objective)
        push = torch.cat(contrast(positive, negative, self.config.theta))[:, None] / samples
        return push, (positive - negative).mean().item()

    def _first_layer_changes(
        self, layer: SpikingLayer, error: Tensor, pixels: SpikeEvents, shown: Tensor
    ) -> list[Tensor]:
        """Of pixels, shared by both presentations, and of labels, shared within a class."""
        code = self.network.labels
        assert code is not None
        samples = pixels.samples
        both = error[:, :samples] + error[:, samples:]
        pixel_change = _change(layer, both, pixels)
        kick = torch.zeros(len(error), 1, 1, device=error.device)
        kick[list(code.steps)] = 1.0
        weighted = (error * synaptic_trace(kick, layer.constants)).sum(0)
        chosen = torch.nn.functional.one_hot(shown, code.classes).to(weighted.dtype)
        label_change = (chosen.t() @ weighted).repeat_interleave(code.neurons, dim=0).t()
        return [pixel_change, label_change]

    def _learn_readout(
        self, spikes: list[Tensor], labels: Tensor, gaps: list[float], firing: list[float]
    ) -> tuple[Tensor, _BatchRecord]:
        counts = spike_counts(spikes)
        guesses = self.readout.learn(counts, labels, self.config.readout_learning_rate)
        hits = int((guesses.argmax(1) == labels).sum())
        return guesses, _BatchRecord(hits, gaps, firing)


def _change(layer: SpikingLayer, error: Tensor, incoming: Tensor | SpikeEvents) -> Tensor:
    """The three-factor product of a layer's error with the trace of what came in."""
    if isinstance(incoming, SpikeEvents):
        return incoming.three_factor(error, layer.constants)
    return three_factor(error, synaptic_trace(incoming, layer.constants))


def _schedule(name: str, progress: float) -> float:
    return 0.5 * (1.0 + math.cos(math.pi * progress)) if name == "cosine" else 1.0


def _epoch_seed(seed: int, epoch: int) -> int:
    # Distinct for every (seed, epoch): odd multiplier modulo 2^63.
    return (seed * 0x9E3779B97F4A7C15 + epoch + 1) % 2**63
