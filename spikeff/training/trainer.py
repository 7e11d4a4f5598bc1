"""Training: every layer on its own goodness, by the local rule, epoch after epoch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from spikeff.data.dataset import Split
from spikeff.data.fingerprint import Fingerprint
from spikeff.data.stored import StoredImages
from spikeff.data.transforms import mirror_images, shift_images
from spikeff.errors import ConfigError
from spikeff.evidence.figures import Evaluation
from spikeff.ir.arrays import Array
from spikeff.ir.codes import SOFTMAX
from spikeff.learning.batch import Batch
from spikeff.learning.layer_pipeline import LayerPipeline
from spikeff.learning.optim import LocalAdam
from spikeff.learning.phase import Phase
from spikeff.learning.record import BatchRecord
from spikeff.learning.rules.rule import Rule
from spikeff.learning.step import Rates
from spikeff.learning.workers import Workers
from spikeff.nn.builder import calibrate, encode_events, input_channels
from spikeff.nn.graph.builder import LABEL_PART, label_depths
from spikeff.nn.spike_events import SpikeEvents
from spikeff.parallel import read_ahead
from spikeff.training.assemble import learning_step
from spikeff.training.config.schema import TrainConfig
from spikeff.training.epoch import EpochProgress, record_of
from spikeff.training.evaluation import evaluate
from spikeff.training.history import EpochRecord, EpochSummary, History
from spikeff.training.model import Model
from spikeff.training.phases import in_phases, shown_batches
from spikeff.training.settings import rate_factor
from spikeff.training.validation import parts, stops_early

REPLAY = "replay."  # before the names of what replay keeps
PROBE_LEAST, PROBE_MOST = 100, 500  # samples


def _require_every_presentation(config: TrainConfig) -> None:
    least = config.learning.least_modulation
    if least:
        raise ConfigError(
            f"learning.least_modulation = {least}: only a chip leaves presentations out; leave it "
            f"out, or learn with train --on-chip."
        )


class Trainer:
    """Holds all that training changes: the model, its optimisers, and the log.

    Random numbers come from a generator that is reseeded from (seed, epoch), and whose state is
    kept with an epoch under way, so that a training that was stopped goes on exactly as if it had
    not been.

    Args:
        config: Everything that decides the training.
        split: The training samples; some are held out where ``config.validation`` asks for it.
        device: Where the model lies.
        validation: Samples to validate on instead.

    Attributes:
        split: The samples that are learned.
        validation: Those that are evaluated after each epoch and never learned; None without any.
        data: Fingerprints of "train", the samples as given, and of a separate "validation".
        log: What every epoch showed.
        callback_states: State of callbacks, as the checkpoint keeps it.
        should_stop: Set to True, it ends the training after the epoch.
        rate_cap: Most that the schedule's factor may be: what it had come down to where the
            training was prolonged.
        prolonged_at: Epochs that were done then.
        epoch: The epoch under way; None between epochs.
    """

    def __init__(
        self,
        config: TrainConfig,
        split: Split,
        device: torch.device,
        validation: Split | None = None,
    ) -> None:
        _require_every_presentation(config)
        self.split, self.validation = parts(config, split, validation)
        self.data = {"train": Fingerprint.of(split)}
        if validation is not None:
            self.data["validation"] = Fingerprint.of(validation)
        self.model = Model.build(config, input_channels(config.data, split), split.classes, device)
        self.config, self.device = config, device
        self.network, self.readout = self.model.network, self.model.readout
        self.optimisers = [
            self._optimiser(index, config.learning.weight_decay)
            for index in range(len(self.network.stack))
        ]
        self._step = learning_step(self.model, self.optimisers)
        self.log = History()
        self.callback_states: dict[str, Any] = {}
        self.should_stop = False
        self.rate_cap, self.prolonged_at = math.inf, 0
        self.epoch: EpochProgress | None = None
        self._pipeline: LayerPipeline | None = None

    @property
    def history(self) -> list[EpochRecord]:
        """One record of each epoch."""
        return self.log.epochs

    @property
    def probes(self) -> list[Evaluation]:
        """Evaluations on training samples before the first epoch and after each."""
        return self.log.probes

    @property
    def summary(self) -> EpochSummary:
        """The last epoch, once it is evaluated."""
        return self.log.summaries(self.config.schedule.epochs)[-1]

    @property
    def goes_on(self) -> bool:
        """Whether the plan has epochs left and nothing ended it early."""
        if self.should_stop or stops_early(self.config, self.log, self.prolonged_at):
            return False
        return self.epochs_done < self.config.schedule.epochs

    @property
    def epochs_done(self) -> int:
        """Whole epochs that the model has learned."""
        return self.model.epochs_done

    @property
    def rule(self) -> Rule:
        """The learning rule, with what it keeps between batches."""
        return self._step.rule

    def share_batches(self, workers: Workers) -> None:
        """Learn every batch together with other processes that hold the same samples.

        Raises:
            ConfigError: The rule, or a black box between layers, keeps something from one piece of
                a batch to the next, or the model is not on the CPU, where alone processes pass
                changes on.
        """
        _require_cpu(self.device)
        rule = self.config.learning.rule.kind
        if not self.rule.local or self.rule.state() or self.network.between:
            raise ConfigError(
                f"learning.rule = {rule!r}: batches are shared by processes where a local rule "
                f"keeps nothing between pieces and no black box lies between layers; train in one "
                f"process."
            )
        self._step = replace(self._step, workers=workers)

    def pipeline_layers(self, rank: int, size: int) -> None:
        """Learn one layer here, and the others in processes that hold the same samples.

        Args:
            rank: Number of this process, and of its layer.
            size: How many processes there are.

        Raises:
            ConfigError: There is not one for each layer, or the layers wait for each other.
        """
        _require_cpu(self.device)
        self._pipeline = LayerPipeline.of(self._step, rank, size)

    def gather(self) -> None:
        """Within an epoch, bring together what the layers' processes learned; see there."""
        if self._pipeline is not None and self.epoch is not None:
            epoch = self.epoch
            epoch.records[epoch.gathered :] = self._pipeline.gather(epoch.records[epoch.gathered :])
            epoch.gathered = len(epoch.records)

    def _optimiser(self, index: int, weight_decay: float) -> LocalAdam:
        """Of the weights and the learned delays of one layer; delays do not decay."""
        weights = self._parts(index)
        delays = [(d.steps, d.settings.gain) for d in self.network.delay_parts(index)]
        momentum = self.config.learning.momentum
        parts = weights + delays
        return LocalAdam(parts, weight_decay, decaying=len(weights), momentum=momentum)

    def _parts(self, index: int) -> list[tuple[Tensor, float]]:
        """Weights of one layer with their gains, those of labels where they arrive."""
        labels, labelled = self.config.network.labels, label_depths(self.config.network)
        of_labels = labels.gain if labels and index in labelled else 1.0
        parts = self.network.weight_parts(index)
        return [(part, of_labels if k == LABEL_PART else 1.0) for k, part in enumerate(parts)]

    def calibrate(self) -> None:
        """Set the initial gains from data; once, before the first epoch."""
        self._balance()
        calibrate(self.network, self.config.network, self.config.data, self.split)

    def probe(self) -> Evaluation:
        """Evaluate on the first training samples and keep the result.

        Before the first epoch and after each: what the log shows of agreement as it grows.
        """
        samples = min(PROBE_MOST, len(self.split), max(PROBE_LEAST, len(self.split) // 10))
        self.probes.append(evaluate(self.model, self.split.head(samples), draws=1))
        return self.probes[-1]

    def validate(self) -> Evaluation | None:
        """Evaluate on the validation samples, if there are any, and keep the result."""
        if self.validation is None:
            return None
        self.log.validations.append(evaluate(self.model, self.validation))
        return self.log.validations[-1]

    @property
    def batches(self) -> int:
        """Batches of one epoch; apart, awake and asleep count as two."""
        samples = -(-len(self.split) // self.config.schedule.batch_size)
        return shown_batches(samples, self.config.negatives)

    @property
    def batches_done(self) -> int:
        """Batches that were learned of the epoch under way."""
        return len(self.epoch.records) if self.epoch is not None else 0

    @torch.no_grad()
    def train_epoch(self, on_batch: Callable[[], None] = lambda: None) -> EpochRecord:
        """One pass over the training split, or the rest of the one that is under way.

        Args:
            on_batch: Called after each batch.
        """
        if self.epoch is None:
            self.epoch = EpochProgress.begun(self._epoch_seed, len(self.split))
            self._step.forget()
        records, generator = self.epoch.records, self.epoch.generator
        batches = self.epoch.order.split(self.config.schedule.batch_size)
        left = islice(in_phases(batches, self.config.negatives), len(records), None)
        stored = isinstance(self.split.images, StoredImages)
        for rows, phase, images in (read_ahead if stored else map)(self._with_images, left):
            rate = self._rate(len(records))
            records.append(self._train_batch(images, rows, rate, generator, phase))
            on_batch()
        self.gather()
        rate = self._rate(len(records) - 1)
        self.model.epochs_done += 1
        layers = range(len(self.network.stack))
        self.history.append(record_of(records, self.epochs_done, rate, layers, len(self.split)))
        self.epoch = None
        return self.history[-1]

    def epoch_arrays(self) -> dict[str, Array]:
        """What :meth:`resume_epoch` needs, by name; {} between epochs."""
        if self.epoch is None:
            return {}
        replay = self._step.replay
        kept = {} if replay is None else replay.arrays()
        return self.epoch.arrays() | {f"{REPLAY}{name}": array for name, array in kept.items()}

    def resume_epoch(self, arrays: dict[str, Array]) -> None:
        """Go on within an epoch, from what :meth:`epoch_arrays` gave."""
        self.epoch = EpochProgress.restored(self._epoch_seed, len(self.split), arrays)
        if self._step.replay is not None:
            kept = {k.removeprefix(REPLAY): v for k, v in arrays.items() if k.startswith(REPLAY)}
            self._step.replay.restore(kept, self.device)

    @property
    def _epoch_seed(self) -> int:
        # Distinct for every (seed, epoch): odd multiplier modulo 2^63.
        return (self.config.seed * 0x9E3779B97F4A7C15 + self.epochs_done + 1) % 2**63

    def _rate(self, batch: int) -> float:
        """Learning rate of the layers in a batch of the epoch under way."""
        return self.config.learning.learning_rate * self.rate_factor(self.epochs_done, batch)

    def rate_factor(self, epoch: int, batch: int) -> float:
        """Factor on the learning rate in a batch of an epoch, both counted from 0.

        Past the plan it stays what it was in the plan's last batch.
        """
        schedule = self.config.schedule
        if epoch >= schedule.epochs:
            epoch, batch = schedule.epochs - 1, self.batches - 1
        progress = (epoch + batch / self.batches) / schedule.epochs
        return min(self.rate_cap, rate_factor(schedule, progress))

    def _with_images(self, shown: tuple[Tensor, Phase]) -> tuple[Tensor, Phase, Array]:
        rows, phase = shown
        return rows, phase, self.split.images[rows.numpy()]

    def _train_batch(
        self, images: Array, rows: Tensor, rate: float, generator: torch.Generator, phase: Phase
    ) -> BatchRecord:
        images = self._augmented(images, generator)
        labels = torch.from_numpy(self.split.labels[rows.numpy()]).to(self.device)

        def encode(shown: Array) -> SpikeEvents:
            events = encode_events(self.config.data, shown, self.device)
            return events.dropped(self.config.data.input_dropout, generator)

        batch = Batch(images, self.split.shape, labels, phase, encode, self.model.sampler)
        record = (self._pipeline or self._step)(batch, self._rates(rate, phase), generator)
        self._balance()
        self._confine_delays()
        return record

    def _augmented(self, images: Array, generator: torch.Generator) -> Array:
        data, split = self.config.data, self.split
        if data.mirror:
            images = mirror_images(images, split.shape, generator)
        return shift_images(images, split.shape, data.shift, generator, split.planes)

    def _rates(self, rate: float, phase: Phase) -> Rates:
        """Rates of a batch. A readout that is the answer, no guide to negatives, settles too."""
        learning, negatives = self.config.learning, self.config.negatives
        readout = learning.readout_learning_rate
        if self.config.reading == SOFTMAX:
            readout *= rate / learning.learning_rate
        if negatives is not None and negatives.asleep_rate and phase is Phase.ASLEEP:
            rate *= negatives.asleep_rate
        return Rates(rate, readout)

    def _balance(self) -> None:
        """Let the weights into each neuron of the upper layers sum to zero, if so configured.

        What a layer's total activity adds to every neuron above is then nothing: only who fired
        and when passes, the part that layer norm plays in the rate version.
        """
        if self.config.learning.balanced:
            for depth in range(1, len(self.network.stack)):
                for weight in self.network.weight_parts(depth):
                    weight.sub_(weight.mean(1, keepdim=True))

    def _confine_delays(self) -> None:
        for depth in range(len(self.network.stack)):
            for delays in self.network.delay_parts(depth):
                delays.confine_()


def _require_cpu(device: torch.device) -> None:
    if device.type != "cpu":
        raise ConfigError(
            f"device {str(device)!r}: batches are shared by processes on the CPU alone; pass "
            f"--device cpu, or train in one process."
        )
