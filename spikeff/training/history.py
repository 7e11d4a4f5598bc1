"""What a training showed, epoch by epoch: kept in its checkpoint, told to callbacks and people."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from spikeff.evidence.figures import Evaluation
from spikeff.ir.io.fields import wrong_types

Record = TypeVar("Record")


@dataclass(frozen=True)
class EpochRecord:
    """What one epoch showed, over all of its batches. Per layer, on positives, where a tuple.

    Attributes:
        goodness_gap: Goodness of positives less that of negatives (of other classes' columns; 0
            where nothing is compared, as in backprop on the readout).
        firing: Spikes per neuron and step.
        coincidence_ratio: Coincident pairs over those expected from spike counts alone; 0 without
            any.
    """

    epoch: int
    learning_rate: float
    readout_accuracy: float
    goodness_gap: tuple[float, ...]
    firing: tuple[float, ...]
    coincidence_ratio: tuple[float, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return asdict(self)


@dataclass(frozen=True)
class EpochSummary:
    """One epoch in short: what is printed, and what experiment trackers log.

    Attributes:
        epoch: From 1.
        epochs: Length of the plan, in epochs.
        seconds: Wall time of the epoch with its evaluations, of what was left of it where it was
            resumed; 0 where it was not kept.
        learning_rate: Of the layers, in the epoch's last batch.
        training_accuracy: Share of right answers on the probed training samples.
        training_samples: How many were probed.
        validation_accuracy: Share of right answers on the validation samples; None without any.
        validation_samples: How many there are.
        coincidence_ratio: Per layer, coincident pairs over those left after the shuffle, on
            positives; of validation samples where there are any, else of the probed training
            samples.
        shuffled_accuracy: After each neuron's spikes were shuffled in time; of the same samples as
            ``coincidence_ratio``.
        goodness_gap: Per layer, goodness of positives less that of negatives.
        firing: Per layer, spikes per neuron and step on positives.
        time_share: Share of what is above chance that the shuffle takes, of the same samples as
            ``coincidence_ratio``; None where nothing is clearly above chance, or it was not kept.
    """

    epoch: int
    epochs: int
    seconds: float
    learning_rate: float
    training_accuracy: float
    training_samples: int
    validation_accuracy: float | None
    validation_samples: int
    coincidence_ratio: tuple[float, ...]
    shuffled_accuracy: float
    goodness_gap: tuple[float, ...]
    firing: tuple[float, ...]
    time_share: float | None = None

    def scalars(self) -> dict[str, float]:
        """Every number by a name of its own, layers counted from 1; without those not known."""
        numbers: dict[str, float] = {}
        for name, value in asdict(self).items():
            if isinstance(value, tuple):
                numbers |= {f"{name}/layer{k}": each for k, each in enumerate(value, start=1)}
            elif value is not None and name not in ("epoch", "epochs"):
                numbers[name] = float(value)
        return numbers


@dataclass
class History:
    """The log of a training.

    Attributes:
        epochs: One record of each epoch.
        probes: Evaluations on training samples before the first epoch and after each.
        validations: Evaluations on the validation samples after each epoch; [] without any.
        seconds: Wall time of each epoch. No part of the checkpoint, whose bytes do not depend on
            how fast a machine is.
    """

    epochs: list[EpochRecord] = field(default_factory=list)
    probes: list[Evaluation] = field(default_factory=list)
    validations: list[Evaluation] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list, compare=False)

    def as_dict(self) -> dict[str, Any]:
        """JSON-able form of all but the times."""
        names = ("epochs", "probes", "validations")
        return {name: [each.as_dict() for each in getattr(self, name)] for name in names}

    @classmethod
    def read(cls, table: Any) -> History:
        """The log that :meth:`as_dict` wrote, of this version or an earlier one.

        Raises:
            KeyError: A list is missing.
            TypeError: A value is of another type (or AttributeError, ValueError).
        """
        return cls(
            [_record(EpochRecord, entry) for entry in table["epochs"]],
            [_record(Evaluation, entry) for entry in table["probes"]],
            [_record(Evaluation, entry) for entry in table.get("validations", [])],
        )

    def add_seconds(self, seconds: float) -> None:
        """Keep the time of the last epoch; 0 for epochs before it whose time is not known."""
        unknown = len(self.epochs) - 1 - len(self.seconds)
        self.seconds += [0.0] * unknown + [seconds]

    @property
    def best_epoch(self) -> int:
        """The first epoch with the highest validation accuracy; 0 without validation."""
        accuracies = [validation.accuracy for validation in self.validations]
        return 1 + accuracies.index(max(accuracies)) if accuracies else 0

    def summaries(self, epochs: int) -> list[EpochSummary]:
        """A summary of every epoch that was probed, of a plan of ``epochs`` epochs."""
        probed = min(len(self.epochs), len(self.probes) - 1)
        return [self._summary(k, epochs) for k in range(probed)]

    def _summary(self, index: int, epochs: int) -> EpochSummary:
        record, probe = self.epochs[index], self.probes[index + 1]
        validation = self.validations[index] if index < len(self.validations) else None
        shown = validation or probe
        return EpochSummary(
            epoch=record.epoch,
            epochs=epochs,
            seconds=self.seconds[index] if index < len(self.seconds) else 0.0,
            learning_rate=record.learning_rate,
            training_accuracy=probe.accuracy,
            training_samples=probe.samples,
            validation_accuracy=validation.accuracy if validation else None,
            validation_samples=validation.samples if validation else 0,
            coincidence_ratio=shown.coincidence_ratio,
            shuffled_accuracy=shown.shuffled_accuracy,
            goodness_gap=record.goodness_gap,
            firing=record.firing,
            time_share=shown.time_share,
        )


def _record(kind: type[Record], entry: dict[str, Any]) -> Record:
    listed: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    wrong = wrong_types(kind, listed)
    if wrong:
        raise ValueError("; ".join(wrong))
    return kind(**listed)
