"""The sections ``learning``, ``objective`` and ``negatives`` of a configuration.

Rules, objectives and sources of negatives are dataclasses in registries; a configuration may set
their fields, which are checked by their types and constraints.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from spikeff.learning.negatives.labels import HARD
from spikeff.learning.negatives.source import NEGATIVES
from spikeff.learning.objectives.objective import OBJECTIVES
from spikeff.learning.optim import MOMENTUM
from spikeff.learning.rules.rule import RULES
from spikeff.learning.rules.three_factor import THREE_FACTOR
from spikeff.settings.kinds import Kind, KindsOf, OneOf, OrNone, Settings, settings_of_fields


class NegativesSettings(Kind):
    """The table of a source of negatives, together with the fields of its kind.

    Attributes:
        phase_batches: 0 shows positives and negatives in one batch; K shows K batches of positives,
            then the negatives of the same K batches.
        asleep_batches: Batches of negatives after each K of positives, those of the same samples,
            again and again where they are more; left out: K; 0: the network never sleeps.
        asleep_rate: Factor on the learning rate of the layers in batches asleep; left out: 1.
        replay: Whether each phase also learns from what was kept of the phase before, a batch of it
            beside each of its own.
    """

    phase_batches: int = Field(default=0, ge=0)
    asleep_batches: Annotated[int | None, Field(ge=0), OrNone] = None
    asleep_rate: Annotated[float | None, Field(gt=0.0), OrNone] = None
    replay: bool = False


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


class GenerativeSettings(Settings):
    """The generative side: top-down weights that predict the spikes of the layer below.

    Attributes:
        learning_rate: Of its delta rule's Adam.
        sharpness: Of samples: factor on the drive of the input's channels; 1 draws each as active
            as it is on average, more makes samples as crisp as data.
    """

    shorthand: ClassVar[str | None] = "learning_rate"

    learning_rate: float = Field(default=2e-3, gt=0.0)
    sharpness: float = Field(default=1.0, gt=0.0)


class LearningSettings(Settings):
    """How weights change.

    Attributes:
        rule: Learning rule, a kind in ``spikeff.learning.rules``.
        learning_rate: Of Adam in every layer.
        weight_decay: Of Adam in every layer.
        momentum: Of Adam in every layer: share of the mean change that stays from one batch to the
            next.
        surrogate_slope: Of SuperSpike's derivative; larger is narrower.
        readout_learning_rate: Of the linear readout, which sends no error back.
        balanced: Weights into each neuron of the upper layers sum to zero.
        least_modulation: Of learning on a chip: presentations whose modulation would be a smaller
            share of the largest are not learned; 0 learns all.
        generative: Learns beside the layers to predict what lies below them, and shapes nothing;
            left out: nothing does.
    """

    rule: Annotated[Kind, ONE_RULE] = ONE_RULE.of(THREE_FACTOR)
    learning_rate: float = Field(gt=0.0)
    weight_decay: float = Field(default=0.0, ge=0.0)
    momentum: float = Field(default=MOMENTUM, ge=0.0, lt=1.0)
    surrogate_slope: float = Field(default=5.0, gt=0.0)
    readout_learning_rate: float = Field(default=2e-3, gt=0.0)
    balanced: bool = False
    least_modulation: float = Field(default=0.0, ge=0.0, lt=1.0)
    generative: Annotated[GenerativeSettings | None, OrNone] = None
