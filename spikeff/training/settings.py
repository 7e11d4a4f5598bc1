"""The section ``schedule`` of a configuration: how long is learned, and how fast when."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import Field

from spikeff.settings.kinds import Kind, register_kind

COSINE, CONSTANT = "cosine", "constant"


class ScheduleSettings(Kind):
    """The table of a schedule.

    Attributes:
        epochs: Passes over the training samples.
        batch_size: Samples of one change of the weights.
    """

    kind: str = COSINE
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)


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
