"""The sections ``learning``, ``objective`` and ``negatives`` of a configuration.

Rules, objectives and sources of negatives are dataclasses in registries; a configuration may set
their fields, which are checked by their types and constraints.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from spikeff.learning.negatives.labels import HARD
from spikeff.learning.negatives.source import NEGATIVES
from spikeff.learning.objectives.objective import OBJECTIVES
from spikeff.learning.rules.rule import RULES
from spikeff.learning.rules.three_factor import THREE_FACTOR
from spikeff.settings.kinds import Kind, KindsOf, OneOf, Settings, settings_of_fields


class NegativesSettings(Kind):
    """The table of a source of negatives, together with the fields of its kind.

    Attributes:
        phase_batches: 0 shows positives and negatives in one batch; K shows K batches of positives,
            then the negatives of the same K batches.
    """

    phase_batches: int = Field(default=0, ge=0)


ONE_RULE = OneOf("rule", KindsOf(lambda: RULES, lambda rule: settings_of_fields(rule, Kind)))
ONE_OBJECTIVE = OneOf(
    "objective",
    KindsOf(lambda: OBJECTIVES, lambda objective: settings_of_fields(objective, Kind)),
)
ONE_OR_NO_NEGATIVES = OneOf(
    "negatives",
    KindsOf(lambda: NEGATIVES, lambda source: settings_of_fields(source, NegativesSettings)),
    default=HARD,
    optional=True,
)


class LearningSettings(Settings):
    """How weights change.

    Attributes:
        rule: Learning rule, a kind in ``spikeff.learning.rules``.
        learning_rate: Of Adam in every layer.
        weight_decay: Of Adam in every layer.
        surrogate_slope: Of SuperSpike's derivative; larger is narrower.
        readout_learning_rate: Of the linear readout, which sends no error back.
        balanced: Weights into each neuron of the upper layers sum to zero.
    """

    rule: Annotated[Kind, ONE_RULE] = ONE_RULE.of(THREE_FACTOR)
    learning_rate: float = Field(gt=0.0)
    weight_decay: float = Field(default=0.0, ge=0.0)
    surrogate_slope: float = Field(default=5.0, gt=0.0)
    readout_learning_rate: float = Field(default=2e-3, gt=0.0)
    balanced: bool = False
