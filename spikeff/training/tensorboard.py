"""The training log for TensorBoard: scalars per epoch, per layer where there are layers.

TensorBoard is optional (``pip install 'spikeff[tensorboard]'``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikeff.extras import require_extra
from spikeff.training.callbacks import Callback
from spikeff.training.config.files import config_text

if TYPE_CHECKING:
    from spikeff.evidence.figures import Evaluation
    from spikeff.training.history import EpochRecord
from spikeff.training.trainer import Trainer

FOLDER = "tensorboard"
VALIDATION = "validation/"  # before the names of what validation samples show


class TensorBoardLog(Callback):
    """Writes ``run``/tensorboard; step k is the state after k epochs, 0 before the first.

    A log that begins hides what earlier calls wrote for the same run, and repeats it from the
    trainer's own history, so that each curve is whole however often the training was resumed.
    """

    def __init__(self, run: Path) -> None:
        self._writer = _summary_writer()(str(run / FOLDER), purge_step=0)

    def on_fit_start(self, trainer: Trainer) -> None:
        """Write the configuration and all that ``trainer`` knows so far."""
        self._writer.add_text("configuration", f"```\n{config_text(trainer.config)}```", 0)
        for step, probe in enumerate(trainer.probes):
            self._probe("", step, probe)
        for step, validation in enumerate(trainer.log.validations, start=1):
            self._probe(VALIDATION, step, validation)
        for record in trainer.history:
            self._record(record)
        self._writer.flush()

    def on_validation_end(self, trainer: Trainer) -> None:
        """Write what the last epoch showed on the validation samples."""
        self._probe(VALIDATION, trainer.epochs_done, trainer.log.validations[-1])

    def on_train_epoch_end(self, trainer: Trainer) -> None:
        """Write the last epoch."""
        self._record(trainer.history[-1])
        self._probe("", trainer.epochs_done, trainer.probes[-1])
        self._writer.flush()

    def teardown(self, trainer: Trainer) -> None:
        """Finish the file."""
        self._writer.close()

    def _probe(self, of: str, step: int, probe: Evaluation) -> None:
        for name, share in (
            ("by_goodness", probe.accuracy),
            ("shuffled_in_time", probe.shuffled_accuracy),
            ("by_rate_goodness", probe.rate_accuracy),
            ("by_linear_readout", probe.readout_accuracy),
        ):
            self._writer.add_scalar(f"{of}accuracy/{name}", share, step)
        if probe.time_share is not None:
            self._writer.add_scalar(f"{of}time_share", probe.time_share, step)
        self._per_layer(f"{of}coincidence_ratio", probe.coincidence_ratio, step)
        self._per_layer(f"{of}coincidence_ratio_negatives", probe.negative_ratio, step)
        self._per_layer(f"{of}firing", probe.firing, step)

    def _record(self, record: EpochRecord) -> None:
        self._per_layer("goodness_gap", record.goodness_gap, record.epoch)
        self._writer.add_scalar("learning_rate", record.learning_rate, record.epoch)

    def _per_layer(self, name: str, values: Sequence[float], step: int) -> None:
        for depth, value in enumerate(values, start=1):
            self._writer.add_scalar(f"{name}/layer{depth}", value, step)


def log_files(run: Path) -> list[Path]:
    """What trainings in this directory have logged."""
    return list((run / FOLDER).glob("events.out.tfevents.*"))


def require_tensorboard() -> None:
    """Raise TargetUnavailableError where TensorBoard is not installed."""
    require_extra("tensorboard")


def _summary_writer() -> Any:
    require_extra("tensorboard")
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter
