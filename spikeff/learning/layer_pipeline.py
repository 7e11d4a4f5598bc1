"""Layers that learn without waiting for each other, each in a process of its own.

Nothing that a local rule teaches a layer comes from the layers above. So the process of a layer
takes the spikes of the layer below, runs and teaches its own layer, sends its spikes on, and goes
to the next batch while those above are still at this one. Every layer sees the spikes that it would
see in one process, from weights of the batch before, and its changes are added in the same order:
the result has the same bits.

What is drawn every process draws for itself, from the same random numbers. The process of the last
layer teaches the linear readout. Between epochs all tell each other what they learned.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

from spikeff.errors import ConfigError
from spikeff.learning.batch import Batch
from spikeff.learning.microbatch import add_up, in_pieces
from spikeff.learning.readout import ReadoutLearner
from spikeff.learning.record import BatchRecord
from spikeff.learning.reduce import Changes
from spikeff.learning.step import LearningStep, Piece, Rates, learn_readout
from spikeff.nn.network import SpikingFFNetwork
from spikeff.nn.presented import LayerRun, Presented
from spikeff.nn.spike_events import Incoming, heard

# Messages that may be on their way: how far a layer may be ahead of the one above.
ON_THEIR_WAY = 128


@dataclass
class Neighbours:
    """Spikes from the process of the layer below, and to that of the layer above.

    Attributes:
        rank: Number of this process in ``torch.distributed``'s default group.
    """

    rank: int
    _sent: deque[tuple[Any, Tensor]] = field(default_factory=deque)

    def receive(self, shape: Sequence[int], kind: torch.dtype) -> Tensor:
        """The next message from below."""
        message = torch.empty(*shape, dtype=kind)
        torch.distributed.recv(message, self.rank - 1)
        return message

    def send(self, message: Tensor) -> None:
        """Send a message up, without waiting until it is taken."""
        self._sent.append((torch.distributed.isend(message, self.rank + 1), message))
        while len(self._sent) > ON_THEIR_WAY:
            self._sent.popleft()[0].wait()

    def finish(self) -> None:
        """Wait until all that was sent is taken."""
        while self._sent:
            self._sent.popleft()[0].wait()


@dataclass(frozen=True)
class LayerPipeline:
    """Learns one layer of a network from a batch.

    Attributes:
        step: The learning step of the whole network.
        depth: The layer, whose number is that of the process.
        neighbours: The processes of the layers below and above.
    """

    step: LearningStep
    depth: int
    neighbours: Neighbours

    @classmethod
    def of(cls, step: LearningStep, rank: int, size: int) -> LayerPipeline:
        """The part of ``step`` that process ``rank`` of ``size`` learns.

        Raises:
            ConfigError: The layers wait for each other, or there are more or fewer of them.
        """
        network, layers = step.network, len(step.network.stack)
        if not isinstance(network, SpikingFFNetwork) or network.between:
            raise ConfigError("a pipeline of layers takes layers in a row, without a black box.")
        if not step.rule.local or step.rule.state() or not step.objective.of_layers:
            raise ConfigError(
                "a pipeline of layers needs a local rule without a state, and an objective that "
                "judges each layer; train in one process."
            )
        if getattr(step.negatives, "asks_network", True):
            raise ConfigError(
                f"negatives {type(step.negatives).__name__} are drawn by what all layers answer, "
                f"so that each batch waits for all of them; use class columns, or negatives that "
                f"are made of images, or train in one process."
            )
        if step.replay is not None or step.generative is not None:
            raise ConfigError(
                "a pipeline of layers has no replay and no generative side, which hears all "
                "layers; leave negatives.replay and learning.generative out, or train in one "
                "process."
            )
        if size != layers:
            raise ConfigError(
                f"{size} processes for {layers} layers; each layer takes one: start "
                f"torchrun --nproc-per-node {layers}."
            )
        return cls(step, rank, Neighbours(rank))

    @property
    def last(self) -> int:
        """Depth of the last layer."""
        return len(self.step.network.stack) - 1

    def __call__(self, batch: Batch, rates: Rates, generator: torch.Generator) -> BatchRecord:
        """Learn from ``batch``; the record tells of this layer alone."""
        step = self.step
        learner = ReadoutLearner(step.readout, rates.readout)
        presented = step.negatives.draw(step.network, learner, batch, generator).presented
        samples, total, parts = presented.samples, Changes(), []
        device = presented.data.device
        for some in in_pieces(samples, presented.steps * presented.rows, device):
            piece = self._learn(presented.part(some), batch, some, samples)
            total = add_up(total, piece.changes)
            parts.append((piece, (some.stop - some.start) / samples))
        (change,) = step.reduce(total)
        step.optimisers[self.depth].ascend(change, rates.layers)
        hits = 0
        if self.depth == self.last:
            hits = learn_readout(learner, [piece.counts for piece, _ in parts], batch)
        return BatchRecord.merged([(piece.record, share) for piece, share in parts], hits)

    def _learn(self, presented: Presented, batch: Batch, some: slice, samples: int) -> Piece:
        step, record = self.step, BatchRecord()
        shown = step.shown(presented, batch.labels[some], samples, batch.phase)
        incoming, below = self._arrived(presented, shown.positives)
        run = self._network.run_layer(self.depth, incoming)
        judge = partial(step.objective.judge, shown=shown)
        share = (some.stop - some.start) / samples
        (learned,) = step.rule.learn(iter([run]), judge, share)
        positives = run.spikes[:, : shown.positives]
        record.add_layer(run.layer, positives, learned.judgement)
        counts = [below, positives.sum(0)] if self.depth in step.network.read else [below]
        piece = Piece(
            record, [step.network.changes(run, learned.drive_error)], torch.cat(counts, 1)
        )
        self._pass_on(run, piece.counts)
        return piece

    @property
    def _network(self) -> SpikingFFNetwork:
        assert isinstance(self.step.network, SpikingFFNetwork)
        return self.step.network

    def _arrived(self, presented: Presented, positives: int) -> tuple[Presented | Incoming, Tensor]:
        """Input of the layer, and the spike counts of the layers below that are read."""
        network = self._network
        kind = network.weight_parts(0)[0].dtype
        if self.depth == 0:
            return presented, torch.empty(positives, 0, dtype=kind)
        shape = presented.steps, presented.rows * presented.samples
        below = network.stack[self.depth - 1].neurons
        spikes = self.neighbours.receive((*shape, below), torch.uint8).to(kind)
        width = sum(network.stack[k].neurons for k in network.read if k < self.depth)
        return heard(spikes), self.neighbours.receive((positives, width), kind)

    def _pass_on(self, run: LayerRun, counts: Tensor) -> None:
        if self.depth < self.last:
            spikes = self._network.pass_on(self.depth, run.spikes)
            self.neighbours.send(spikes.to(torch.uint8).contiguous())
            self.neighbours.send(counts.contiguous())

    def gather(self, records: list[BatchRecord]) -> list[BatchRecord]:
        """Take over what the other processes learned of their layers, and tell them of this one.

        Args:
            records: Of this layer, of the batches since the last call.

        Returns:
            Records of all layers, of the same batches.
        """
        self.neighbours.finish()
        for depth, optimiser in enumerate(self.step.optimisers):
            _tell(optimiser.tensors(), depth)
        _tell(self.step.readout.optimiser.tensors(), self.last)
        found: list[Any] = [None] * (self.last + 1)
        torch.distributed.all_gather_object(found, records)
        return [BatchRecord.of_layers(layers) for layers in zip(*found, strict=True)]


def _tell(tensors: Mapping[str, Tensor], owner: int) -> None:
    """Fill every process's tensors with those of ``owner``."""
    for tensor in tensors.values():
        whole = tensor.contiguous()
        torch.distributed.broadcast(whole, owner)
        tensor.copy_(whole)
