"""Validation samples: where they come from, and when they end a training."""

from __future__ import annotations

import dataclasses

from spikeff.data.classes import number_of_classes
from spikeff.data.dataset import Split, held_out
from spikeff.errors import ConfigError, DataError
from spikeff.training.config.schema import TrainConfig
from spikeff.training.history import History

DEFAULT_SHARE = 0.1


def parts(config: TrainConfig, train: Split, separate: Split | None) -> tuple[Split, Split | None]:
    """The samples to learn from, and those to validate on; never any of the test split.

    Args:
        config: Its section ``validation`` says whether training samples are held out.
        train: The whole training split.
        separate: A validation split of its own, where there is one; nothing is held out then.

    Raises:
        ConfigError: A separate split is given and a share asked for too.
        DataError: A label is not among the classes, the separate split does not fit, or one part
            would be empty.
    """
    number_of_classes("training samples", train.labels, train.classes)
    wanted = config.validation
    if separate is not None:
        if wanted is not None and wanted.share is not None:
            raise ConfigError(
                f"validation.share = {wanted.share:g} asks for a part of the training samples, but "
                f"there is a validation split of its own; leave one of them out."
            )
        return train, _fitting(train, separate)
    if wanted is None:
        return train, None
    return held_out(train, wanted.share or DEFAULT_SHARE, config.seed)


def _fitting(train: Split, separate: Split) -> Split:
    if separate.shape != train.shape:
        raise DataError(
            f"validation samples of shape {separate.shape}, training samples of {train.shape}; "
            f"bring both to one shape."
        )
    number_of_classes("validation samples", separate.labels, train.classes)
    return dataclasses.replace(separate, classes=train.classes)


def stops_early(config: TrainConfig, log: History, since: int) -> bool:
    """Whether validation accuracy has not risen for as many epochs as ``early_stop`` says.

    Args:
        since: Epochs up to this one do not count: the training was prolonged there.
    """
    patience = config.validation.early_stop if config.validation else None
    if patience is None or not log.validations:
        return False
    return len(log.validations) - max(log.best_epoch, since) >= patience
