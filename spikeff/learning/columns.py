"""Class columns: in each layer the classes compete by the goodness of their own columns."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spikeff.learning.local_rule import LocalAdam, get_learning_rule
from spikeff.learning.microbatch import Changes, add_up, over_pieces
from spikeff.learning.objectives import class_columns
from spikeff.learning.phase import Phase
from spikeff.learning.readout import SoftmaxReadout, spike_counts
from spikeff.learning.record import BatchRecord
from spikeff.nn.layer import SpikingLayer
from spikeff.nn.lif import lif_run_with_surrogate
from spikeff.nn.network import SpikingFFNetwork
from spikeff.nn.spike_events import Incoming, SpikeEvents, change_of, heard
from spikeff.training.config.schema import TrainConfig


def class_means(layer: SpikingLayer, spikes: Tensor, classes: int) -> Tensor:
    """Mean goodness of each class's columns, (samples, classes)."""
    columns = layer.column_goodness(spikes)
    return columns.reshape(len(columns), classes, -1).mean(2)


def to_columns(push: Tensor, layer: SpikingLayer) -> Tensor:
    """Modulation of columns (samples, columns) from that of classes (samples, classes)."""
    share = layer.neurons // layer.column_size // push.shape[1]
    return push.repeat_interleave(share, 1) / share


def record_classes(
    record: BatchRecord, layer: SpikingLayer, spikes: Tensor, goodness: Tensor, labels: Tensor
) -> None:
    """Add what one layer showed: own class against the mean of the others."""
    own = goodness.gather(1, labels[:, None])[:, 0]
    others = (goodness.sum(1) - own) / (goodness.shape[1] - 1)
    record.positive.append(own.mean().item())
    record.negative.append(others.mean().item())
    record.add_activity(layer, spikes)


@dataclass(frozen=True)
class ColumnsStep:
    """One pass, each layer judged on its own; there are no phases."""

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
        changes: Changes = []
        parts, counts = [], []
        for (record, found, counted), share in over_pieces(
            lambda some: self._learn(pixels.part(some), labels[some], len(labels)),
            len(labels),
            pixels.steps,
            pixels.device,
            alone=bool(self.network.between),
        ):
            changes = add_up(changes, found)
            parts.append((record, share))
            counts.append(counted)
        for optimiser, change in zip(self.optimisers, changes, strict=True):
            optimiser.ascend(change, rate)
        guesses = self.readout.learn(torch.cat(counts), labels, self.config.readout_learning_rate)
        return BatchRecord.merged(parts, int((guesses.argmax(1) == labels).sum()))

    def _learn(
        self, pixels: SpikeEvents, labels: Tensor, batch: int
    ) -> tuple[BatchRecord, Changes, Tensor]:
        """What some samples of a batch show and change, and their spike counts."""
        changes: Changes = []
        record, outgoing = BatchRecord(), []
        rule = get_learning_rule(self.config.learning_rule)
        incoming: Incoming = pixels
        for depth, layer in enumerate(self.network.stack):
            spikes, psi = lif_run_with_surrogate(
                self.network.drive_of(depth, incoming), layer.constants, layer.slope
            )
            goodness = class_means(layer, spikes, self.network.classes)
            push = class_columns(goodness, labels, self.config.temperature) / batch
            error = layer.error(spikes, psi, to_columns(push, layer), len(labels) / batch)
            changes.append([change_of(rule(error, spikes, layer.constants), incoming)])
            record_classes(record, layer, spikes, goodness, labels)
            outgoing.append(spikes)
            incoming = heard(self.network.pass_on(depth, spikes))
        return record, changes, spike_counts(outgoing)
