"""The learning step: how one batch changes the weights of every layer.

    draw -> run -> judge -> rule -> changes -> reduce -> apply

A source of negatives draws the presentations; the network runs; the objective turns each layer's
goodness into its modulation; the rule turns that into the error signal of the layer's input
current, whose product with the incoming spikes is the change of the weights. Changes of pieces of
the batch are added in a fixed order, those of several workers are reduced, and only then are the
weights updated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from spikeff.learning.batch import Batch
from spikeff.learning.generative import GenerativeSide, activity, activity_of
from spikeff.learning.microbatch import over_pieces
from spikeff.learning.negatives.source import NegativeSource
from spikeff.learning.objectives.objective import Objective, Shown
from spikeff.learning.optim import LocalAdam
from spikeff.learning.phase import Phase
from spikeff.learning.readout import ReadoutLearner, SoftmaxReadout
from spikeff.learning.record import BatchRecord
from spikeff.learning.reduce import Changes, Reduce, alone
from spikeff.learning.replay import Replay
from spikeff.learning.rules.rule import Rule
from spikeff.learning.workers import ALONE, Workers
from spikeff.nn.ff_network import FFNetwork
from spikeff.nn.presented import Presented


@dataclass(frozen=True)
class Rates:
    """Learning rates of one batch.

    Attributes:
        layers: Of the layers.
        readout: Of the linear readout.
    """

    layers: float
    readout: float


@dataclass(frozen=True)
class Piece:
    """Results of some samples of a batch.

    Attributes:
        record: Their statistics.
        changes: For all layers, one for each part of a layer's weights.
        counts: Spike counts of the positives, (samples, neurons of all layers); empty where the
            readout has learned already.
        activities: Of each layer on the positives, (samples, neurons); empty where nothing
            predicts them.
    """

    record: BatchRecord
    changes: Changes
    counts: Tensor
    activities: list[Tensor] = field(default_factory=list)


@dataclass(frozen=True)
class LearningStep:
    """Learns from one batch.

    Attributes:
        network: The network to train.
        optimisers: One for each layer of ``network``.
        readout: The linear readout, which learns alongside and sends no error back.
        objective: Judges layers.
        negatives: Draws the presentations.
        rule: From judgements to error signals of the input currents.
        reduce: What the changes of the whole batch pass through before weights move.
        workers: The processes that share the pieces of each batch.
        replay: What it keeps of one phase for the next, where phases are apart; None for nothing.
        generative: The generative side, which learns awake and is heard by no layer; None where
            there is none.
    """

    network: FFNetwork
    optimisers: Sequence[LocalAdam]
    readout: SoftmaxReadout
    objective: Objective
    negatives: NegativeSource
    rule: Rule
    reduce: Reduce = alone
    workers: Workers = ALONE
    replay: Replay | None = None
    generative: GenerativeSide | None = None

    def forget(self) -> None:
        """Keep nothing of the phases before: an epoch begins."""
        if self.replay is not None:
            self.replay.forget()

    def __call__(self, batch: Batch, rates: Rates, generator: torch.Generator) -> BatchRecord:
        """Learn from ``batch``; all random numbers come from ``generator``."""
        learner = ReadoutLearner(self.readout, rates.readout)
        drawn = self.negatives.draw(self.network, learner, batch, generator)
        presented, phase = drawn.presented, batch.phase
        if self.replay is not None:
            presented, phase = self.replay.beside(presented, phase)
        counted = drawn.hits is None
        learned = (
            (piece.changes, (piece.record, piece.counts, share, piece.activities))
            for piece, share in self._pieces(presented, phase, batch, counted)
        )
        changes, parts = self.workers.join(learned)
        for optimiser, change in zip(self.optimisers, self.reduce(changes), strict=True):
            optimiser.ascend(change, rates.layers)
        hits = drawn.hits
        if hits is None:
            hits = learn_readout(learner, [counts for _, counts, _, _ in parts], batch)
        if self.generative is not None and batch.phase is not Phase.ASLEEP:
            above = [each for _, _, _, each in parts]
            _learn_to_predict(self.generative, drawn.presented, above, batch.labels)
        return BatchRecord.merged([(record, share) for record, _, share, _ in parts], hits)

    def _pieces(
        self, presented: Presented, phase: Phase, batch: Batch, counted: bool
    ) -> Iterator[tuple[Piece, float]]:
        """Result of each piece of the batch, with its share of the samples."""

        def learn(some: slice) -> Piece:
            shown = self.shown(presented, batch.labels[some], samples, phase)
            share = (some.stop - some.start) / samples
            return self._learn(presented.part(some), shown, share, counted)

        samples = presented.samples
        if not self.rule.local or self.rule.state():
            yield learn(slice(0, samples)), 1.0
            return
        yield from over_pieces(
            learn,
            samples,
            presented.steps * presented.rows,
            presented.data.device,
            alone=bool(self.network.between),
            own=self.workers.own,
        )

    def shown(self, presented: Presented, labels: Tensor, samples: int, phase: Phase) -> Shown:
        """What the objective may know of a piece of a batch.

        Args:
            presented: Rows of presentations as in the piece.
            labels: Of the samples of the piece.
            samples: Of the whole batch.
            phase: That the presentations make.
        """
        return Shown(
            labels=labels,
            rows=presented.rows,
            batch=samples,
            classes=self.network.classes,
            phase=phase,
            readout=self.readout,
        )

    def _learn(self, presented: Presented, shown: Shown, share: float, counted: bool) -> Piece:
        record, counts, activities = BatchRecord(), [], []
        changes: Changes = []
        judge = partial(self.objective.judge, shown=shown)
        for learned in self.rule.learn(self.network.walk(presented), judge, share):
            changes.append(self.network.changes(learned.run, learned.drive_error))
            positives = learned.run.spikes[:, : shown.positives]
            record.add_layer(learned.run.layer, positives, learned.judgement)
            if counted and learned.run.depth in self.network.read:
                counts.append(positives.sum(0))
            if self.generative is not None:
                activities.append(activity(positives))
        together = torch.cat(counts, 1) if counted else torch.empty(0)
        return Piece(record, changes, together, activities)


def learn_readout(learner: ReadoutLearner, counts: list[Tensor], batch: Batch) -> int:
    """Let the readout learn from the positives; returns its right guesses before that."""
    if batch.phase is Phase.ASLEEP:
        return 0
    return learner.learn(torch.cat(counts), batch.labels)[1]


def _learn_to_predict(
    side: GenerativeSide, presented: Presented, above: list[list[Tensor]], labels: Tensor
) -> None:
    """Let the generative side learn from the positives, which are the first of the presentations.

    Args:
        side: What learns.
        presented: What the batch showed.
        above: Activities of each layer, piece by piece.
        labels: Of the positives.
    """
    positives = presented.data.part(slice(0, len(labels)))
    layers = [torch.cat(parts) for parts in zip(*above, strict=True)]
    side.learn([activity_of(positives), *layers], labels)
