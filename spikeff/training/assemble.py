"""From a configuration to its learning step: objective, negatives and rule by their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spikeff.learning.negatives.nothing import NoNegatives
from spikeff.learning.negatives.source import NegativeSource, get_negatives
from spikeff.learning.objectives.objective import Objective, get_objective
from spikeff.learning.optim import LocalAdam
from spikeff.learning.replay import Replay
from spikeff.learning.rules.rule import Rule, get_rule
from spikeff.learning.settings import NegativesSettings
from spikeff.learning.step import LearningStep
from spikeff.settings.kinds import Kind
from spikeff.training.config.schema import TrainConfig
from spikeff.training.model import Model


def learning_step(model: Model, optimisers: Sequence[LocalAdam]) -> LearningStep:
    """The step by which ``model`` learns; one optimiser for each layer."""
    config = model.config
    rule = rule_of(config)
    rule.start(model.network)
    return LearningStep(
        network=model.network,
        optimisers=optimisers,
        readout=model.readout,
        objective=objective_of(config),
        negatives=negatives_of(config),
        rule=rule,
        replay=Replay() if config.negatives is not None and config.negatives.replay else None,
        generative=model.generative,
    )


def objective_of(config: TrainConfig) -> Objective:
    """The objective that the configuration names."""
    return get_objective(config.objective.kind)(**_fields(config.objective))


def negatives_of(config: TrainConfig) -> NegativeSource:
    """Source of the configuration's negatives; an empty one where no objective compares."""
    if config.negatives is None:
        return NoNegatives()
    return get_negatives(config.negatives.kind)(**_fields(config.negatives, NegativesSettings))


def rule_of(config: TrainConfig) -> Rule:
    """The learning rule that the configuration names."""
    return get_rule(config.learning.rule.kind)(**_fields(config.learning.rule))


def _fields(settings: Kind, common: type[Kind] = Kind) -> dict[str, Any]:
    """What is said of one kind, without the fields that all kinds have in common."""
    names = type(settings).model_fields.keys() - common.model_fields.keys()
    return {name: getattr(settings, name) for name in names}
