"""From a configuration to its learning step: objective, negatives and rule by their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from spikeff.learning.negatives.nothing import NoNegatives
from spikeff.learning.negatives.source import NegativeSource, get_negatives
from spikeff.learning.objectives.objective import Objective, get_objective
from spikeff.learning.optim import LocalAdam
from spikeff.learning.rules.rule import Rule, get_rule
from spikeff.learning.step import LearningStep
from spikeff.training.config.schema import TrainConfig
from spikeff.training.model import Model

# Fields of a source of negatives, by their names in the configuration.
NAMES = {"per_sample": "negatives_per_sample", "passes": "hybrid_passes"}


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
    )


def objective_of(config: TrainConfig) -> Objective:
    """The objective that the configuration names."""
    kind = get_objective(config.objective)
    return kind(**_values(kind, config))


def negatives_of(config: TrainConfig) -> NegativeSource:
    """What the configuration shows beside positives; nothing where no objective compares."""
    if not get_objective(config.objective).contrast:
        return NoNegatives()
    kind = get_negatives(config.negatives)
    return kind(**_values(kind, config))


def rule_of(config: TrainConfig) -> Rule:
    """The learning rule that the configuration names."""
    return get_rule(config.learning_rule)()


def _values(kind: Any, config: TrainConfig) -> dict[str, Any]:
    names = [field.name for field in fields(kind)]
    return {name: getattr(config, NAMES.get(name, name)) for name in names}
