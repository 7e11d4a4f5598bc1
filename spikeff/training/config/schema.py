"""TrainConfig: everything that decides a training, composed of sections and checked as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from spikeff.data.settings import DataSettings
from spikeff.errors import ConfigError
from spikeff.learning.negatives.labels import HARD
from spikeff.learning.negatives.nothing import NoNegatives
from spikeff.learning.negatives.source import NegativeSource, get_negatives
from spikeff.learning.objectives.objective import get_objective
from spikeff.learning.settings import (
    ONE_OBJECTIVE,
    ONE_OR_NO_NEGATIVES,
    LearningSettings,
    NegativesSettings,
)
from spikeff.nn.settings import LayerSettings, NetworkSettings
from spikeff.settings.kinds import Kind, KindsOf, OneOf, OrNone, Settings
from spikeff.settings.mistakes import Mistake, mistakes_in, right_values, sentences
from spikeff.settings.tables import fields_at, spelled_out
from spikeff.training.config.conditions import (
    CONDITIONS,
    facts_of,
    labels_in_input,
    written_in_vain,
)
from spikeff.training.config.connection_rules import ALL_RULES
from spikeff.training.config.lift import new_place
from spikeff.training.config.rules import problems_between
from spikeff.training.settings import COSINE, SCHEDULES, ScheduleSettings, ValidationSettings


class TrainConfig(Settings):
    """One training run.

    Attributes:
        data: Which data, and how they become spikes.
        network: Layers, what joins them, and the label code.
        learning: How weights change.
        objective: What layers learn for, a kind in ``spikeff.learning.objectives``.
        negatives: What is shown beside positives; "hard" where the objective compares and nothing
            is said, None where it does not compare.
        schedule: How long is learned, and how fast when.
        validation: Samples that are evaluated after every epoch; left out, all training samples are
            learned.
        seed: Of all random numbers.
    """

    data: DataSettings
    network: NetworkSettings
    learning: LearningSettings
    objective: Annotated[Kind, ONE_OBJECTIVE]
    negatives: Annotated[NegativesSettings | None, ONE_OR_NO_NEGATIVES] = None
    schedule: Annotated[
        ScheduleSettings,
        OneOf("schedule", KindsOf(lambda: SCHEDULES, lambda each: each.settings), default=COSINE),
    ]
    validation: Annotated[ValidationSettings | None, OrNone] = None
    seed: int = Field(default=0, ge=0, lt=2**63)

    @classmethod
    def unfolded(cls, table: Any) -> Any:
        """With the sections that the objective implies, where they are left out."""
        if not isinstance(table, Mapping):
            return table
        table = {
            name: value.model_dump() if isinstance(value, Settings) else value
            for name, value in table.items()
        }
        table = spelled_out(cls, table)
        facts, network = facts_of(table), table.get("network")
        if facts.negatives is not None and table.get("negatives") is None:
            table["negatives"] = {"kind": HARD}
        if labels_in_input(facts) and isinstance(network, Mapping) and not network.get("labels"):
            table["network"] = {**network, "labels": {}}
        return table

    @model_validator(mode="after")
    def _fits_together(self) -> TrainConfig:
        problems = mistakes_between(self.model_dump())
        if problems:
            raise ValueError("; ".join(sentences(problems)))
        return self

    @property
    def layers(self) -> tuple[LayerSettings, ...]:
        """The layers, the first above the input."""
        return self.network.layers

    @property
    def shown(self) -> type[NegativeSource]:
        """The kind of negatives."""
        return NoNegatives if self.negatives is None else get_negatives(self.negatives.kind)

    @property
    def reading(self) -> str:
        """How the trained network answers, see ``spikeff.ir.codes.Readout``."""
        return get_objective(self.objective.kind).reading or self.shown.reading


for _place in [c.place for c in CONDITIONS] + [p for rule in ALL_RULES for p in rule.reads]:
    if not fields_at(TrainConfig, _place):
        raise LookupError(f"a rule of configurations reads {_place}, which none can hold")


def mistakes_between(table: Mapping[str, Any]) -> list[Mistake]:
    """What sections of ``table`` do wrong together, as far as they are right by themselves."""
    table = spelled_out(TrainConfig, table)
    return written_in_vain(table) + problems_between(right_values(TrainConfig, table))


def make_config(table: Mapping[str, Any], origin: str) -> TrainConfig:
    """Build a TrainConfig from sections.

    Args:
        table: Of sections, as a TOML file holds them.
        origin: Where the table comes from, for messages.

    Raises:
        ConfigError: Lists every mistake in ``table`` at once.
    """
    alone = mistakes_in(TrainConfig, table)
    together = mistakes_between(table)
    if alone or together:
        lines = [_with_new_place(*mistake) for mistake in alone] + sentences(together)
        listed = "\n  ".join(dict.fromkeys(lines))
        raise ConfigError(f"{origin}: {len(dict.fromkeys(lines))} mistake(s):\n  {listed}")
    return TrainConfig.model_validate(table)


def _with_new_place(location: Any, text: str) -> str:
    hint = new_place(location[0]) if len(location) == 1 else None
    sentence = sentences([(location, text)])[0]
    return sentence if hint is None else f"{location[0]}: {hint}"
