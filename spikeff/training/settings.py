"""The sections ``schedule`` and ``validation``: how long is learned, how fast, judged by what."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field

from spikeff.settings.kinds import Kind, OrNone, Settings, register_kind

COSINE, CONSTANT = "cosine", "constant"
MAX_COUNT = 2**31 - 1


class ScheduleSettings(Kind):
    """The table of a schedule.

    Attributes:
        epochs: Passes over the training samples.
        batch_size: Samples of one change of the weights.
    """

    kind: str = COSINE
    epochs: int = Field(ge=1, le=MAX_COUNT)
    batch_size: int = Field(ge=1, le=MAX_COUNT)


@dataclass(frozen=True)
class Schedule:
    """A registry entry.

    Attributes:
        factor: On the learning rate, by the share of the training that is done and the settings.
        settings: The class that checks its table in a configuration.
    """

    factor: Callable[[float, ScheduleSettings], float]
    settings: type[ScheduleSettings] = ScheduleSettings


SCHEDULES: dict[str, Schedule] = {
    COSINE: Schedule(lambda done, own: 0.5 * (1.0 + math.cos(math.pi * done))),
    CONSTANT: Schedule(lambda done, own: 1.0),
}


def register_schedule(name: str, schedule: Schedule) -> None:
    """Make ``schedule`` one that configurations know by ``name``.

    Raises:
        ConfigError: The name is taken.
    """
    register_kind("schedule", SCHEDULES, name, schedule)


def rate_factor(settings: ScheduleSettings, done: float) -> float:
    """Factor on the learning rate after the share ``done`` of a training."""
    return SCHEDULES[settings.kind].factor(done, settings)


class ValidationSettings(Settings):
    """Samples that are evaluated after every epoch and never learned from.

    They come from the data set's own validation split where it has one (``validation.npz``), else
    a share of the training samples is held out, by the seed; never any of the test samples.

    Attributes:
        share: Of the training samples of every class; 0.1 where the data set has no validation
            split and nothing is said.
        early_stop: Training ends after so many epochs without a higher validation accuracy; left
            out, it never ends early.
    """

    shorthand: ClassVar[str | None] = "share"
    share: Annotated[float | None, Field(gt=0.0, lt=1.0), OrNone] = None
    early_stop: Annotated[int | None, Field(ge=1, le=MAX_COUNT), OrNone] = None
