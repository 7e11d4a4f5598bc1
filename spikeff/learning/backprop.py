"""The baseline: end-to-end backpropagation through time and through the layers. Not local.

The same neurons, surrogate and reset as the local rules, so that what differs is only what crosses
the layers: the error of a layer's spikes is its own by the loss plus what the layer above sends
back through its weights. Source: Neftci, Mostafa and Zenke, "Surrogate gradient learning in
spiking neural networks", IEEE Signal Processing Magazine 36(6), 2019.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from spikeff.ir.codes import CLASS_COLUMNS
from spikeff.ir.goodness import in_columns
from spikeff.learning.columns import class_means, record_classes, to_columns
from spikeff.learning.local_rule import LocalAdam
from spikeff.learning.objectives import class_columns
from spikeff.learning.phase import Phase
from spikeff.learning.readout import SoftmaxReadout, spike_counts
from spikeff.learning.record import BatchRecord
from spikeff.nn.lif import adjoint_run, lif_run_with_surrogate
from spikeff.nn.network import SpikingFFNetwork
from spikeff.nn.spike_events import Incoming, SpikeEvents, change_of
from spikeff.training.config.schema import TrainConfig


@dataclass(frozen=True)
class BackpropStep:
    """Cross-entropy of what the whole network answers, in one pass.

    With class columns the logits are their goodness summed over layers; else those of the linear
    softmax on all spike counts.
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
        """Learn from one batch at learning rate ``rate``."""
        runs = []
        incoming: Incoming = pixels
        for depth, layer in enumerate(self.network.stack):
            drive = self.network.drive_of(depth, incoming)
            runs.append(lif_run_with_surrogate(drive, layer.constants, layer.slope))
            incoming = runs[-1][0]
        spikes = [z for z, _ in runs]
        errors, record = self._loss_errors(spikes, labels)
        changes = []
        above: Tensor | None = None
        for depth in reversed(range(len(runs))):
            layer, (z, psi) = self.network.stack[depth], runs[depth]
            error = errors[depth] if above is None else errors[depth] + above
            drive_error = adjoint_run(error * psi, z, layer.constants)
            changes.append(change_of(drive_error, pixels if depth == 0 else spikes[depth - 1]))
            above = drive_error @ layer.synapses if depth else None
        for optimiser, change in zip(self.optimisers, reversed(changes), strict=True):
            optimiser.ascend([change], rate)
        return record

    def _loss_errors(
        self, spikes: list[Tensor], labels: Tensor
    ) -> tuple[list[Tensor], BatchRecord]:
        """Minus the derivative of the loss by every layer's spikes, and the record."""
        record, stack = BatchRecord(), self.network.stack
        counts = spike_counts(spikes)
        output = self.readout.weight[:, :-1].clone()
        guesses = self.readout.learn(counts, labels, self.config.readout_learning_rate)
        record.hits = int((guesses.argmax(1) == labels).sum())
        if self.config.objective == CLASS_COLUMNS:
            tables = [
                class_means(k, z, self.network.classes) for k, z in zip(stack, spikes, strict=True)
            ]
            total = torch.stack(tables).sum(0)
            push = class_columns(total, labels, self.config.temperature) / len(labels)
            for layer, z, table in zip(stack, spikes, tables, strict=True):
                record_classes(record, layer, z, table, labels)
            pushes = [to_columns(push, layer) for layer in stack]
            return [
                _per_neuron(layer.spike_error(z, p), z, layer.column_size)
                for layer, z, p in zip(stack, spikes, pushes, strict=True)
            ], record
        for layer, z in zip(stack, spikes, strict=True):
            record.positive.append(layer.column_goodness(z).mean().item())
            record.add_activity(layer, z)
        wanted = torch.nn.functional.one_hot(labels, self.network.classes).to(guesses.dtype)
        by_count = ((wanted - guesses) / len(labels)) @ output
        return [part[None] for part in by_count.split([k.neurons for k in stack], 1)], record


def _per_neuron(error: Tensor, spikes: Tensor, column_size: int) -> Tensor:
    """Errors that broadcast over columns, in the shape of ``spikes``."""
    return error.expand_as(in_columns(spikes, column_size)).reshape(spikes.shape)
