"""What a training tells people: a line about each epoch, warnings, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from spikeff.data.classes import listed
from spikeff.training.callbacks import Callback
from spikeff.training.health import activity_warnings, overfit_warning
from spikeff.training.history import EpochSummary
from spikeff.training.trainer import Trainer

WIDTH = 80  # columns of a terminal


class EpochLines(Callback):
    """Calls ``log`` with what each epoch showed, and with warnings that name a remedy."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._overfits = False

    def on_fit_start(self, trainer: Trainer) -> None:
        """Tell what the data cannot show."""
        if not trainer.goes_on:
            return
        counts = trainer.data["train"].per_class
        empty = [label for label, count in enumerate(counts) if not count]
        if empty:
            self._log(
                f"warning: no training sample has label {listed(empty)} of {len(counts)} classes; "
                f"they cannot be learned"
            )
        if trainer.validation is None:
            self._log("overfitting stays unseen without validation samples: see --validation")

    def on_train_epoch_end(self, trainer: Trainer) -> None:
        """Tell the epoch."""
        for line in wrapped(epoch_parts(trainer.summary, seconds_left(trainer))):
            self._log(line)
        for text in self._warnings(trainer):
            self._log(f"warning: {text}")

    def on_fit_end(self, trainer: Trainer) -> None:
        """Tell why a training ended before its plan did, and which epoch was the best."""
        best, epochs = trainer.log.best_epoch, trainer.config.schedule.epochs
        if trainer.epochs_done < epochs and not trainer.should_stop:
            self._log(
                f"stopped early after epoch {trainer.epochs_done} of {epochs}: none since epoch "
                f"{best} had a higher validation accuracy"
            )
        if best:
            accuracy = trainer.log.validations[best - 1].accuracy
            self._log(f"best on validation samples: epoch {best}, {percent(accuracy)}")

    def _warnings(self, trainer: Trainer) -> Iterator[str]:
        yield from activity_warnings(trainer.history[-1], trainer.config)
        overfit = overfit_warning(trainer.summary, trainer.config)
        if overfit and (not self._overfits or not trainer.goes_on):
            yield overfit
        self._overfits = bool(overfit)


class ProgressReport(Callback):
    """Calls ``report`` with the task, the batches done and their number, after each batch."""

    def __init__(self, report: Callable[[str, int, int], None]) -> None:
        self._report = report
        self._batch = 0

    def on_train_epoch_start(self, trainer: Trainer) -> None:
        """Begin to count the batches of an epoch."""
        self._batch = trainer.batches_done

    def on_train_batch_end(self, trainer: Trainer) -> None:
        """Tell how far the training is."""
        self._batch += 1
        epochs = trainer.config.schedule.epochs
        self._report(
            f"epoch {trainer.epochs_done + 1} of {epochs}",
            trainer.epochs_done * trainer.batches + self._batch,
            epochs * trainer.batches,
        )


def epoch_parts(epoch: EpochSummary, left: float) -> Iterator[str]:
    """The parts of an epoch's line.

    Args:
        epoch: What it showed.
        left: Seconds that the rest of the plan will take.
    """
    yield f"epoch {epoch.epoch} of {epoch.epochs}: training {percent(epoch.training_accuracy)}"
    if epoch.validation_accuracy is not None:
        yield f"validation {percent(epoch.validation_accuracy)}"
    yield f"shuffled in time {percent(epoch.shuffled_accuracy)}"
    yield "coincidence ratio " + " and ".join(f"{ratio:.2f}" for ratio in epoch.coincidence_ratio)
    if epoch.time_share is not None:
        yield f"time share {percent(epoch.time_share)}"
    if epoch.epoch < epoch.epochs:
        yield f"{duration(left)} left"


def seconds_left(trainer: Trainer) -> float:
    """Time that the rest of the plan will take, if its epochs are like those since the start."""
    timed = [seconds for seconds in trainer.log.seconds if seconds]
    left = trainer.config.schedule.epochs - trainer.epochs_done
    return left * sum(timed) / len(timed) if timed else 0.0


def wrapped(parts: Iterator[str]) -> Iterator[str]:
    """The parts with commas between them, in lines of ``WIDTH`` columns, none cut in two."""
    line = next(parts)
    for part in parts:
        if len(line) + len(part) + 3 > WIDTH:
            yield f"{line},"
            line = f"    {part}"
        else:
            line = f"{line}, {part}"
    yield line


def percent(share: float) -> str:
    """A share as percent with one decimal."""
    return f"{100 * share:.1f} %"


def duration(seconds: float) -> str:
    """A time in its largest unit, two digits or so."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
