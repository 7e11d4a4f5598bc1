"""The sections ``learning``, ``objective`` and ``negatives`` of a configuration."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from spikeff.ir.codes import ALL_LABELS, CLASS_COLUMNS, SOFTMAX
from spikeff.settings.kinds import Kind, OneOf, Settings, register_kind

THREE_FACTOR, SURROGATE_GRADIENT, BACKPROP = "three_factor", "surrogate_gradient", "backprop"
THRESHOLD, PAIR, READOUT = "threshold", "pair", "readout"
RANDOM, HARD, HYBRID = "random", "hard", "hybrid"


class RuleSettings(Kind):
    """The table of a learning rule.

    Attributes:
        local: Whether a layer's change needs that layer alone.
    """

    local: ClassVar[bool] = True


class EndToEndSettings(RuleSettings):
    """The table of a rule that sends errors back through the layers: a baseline, not local."""

    local: ClassVar[bool] = False


RULES: dict[str, type[RuleSettings]] = {
    THREE_FACTOR: RuleSettings,
    SURROGATE_GRADIENT: RuleSettings,
    BACKPROP: EndToEndSettings,
}


class LearningSettings(Settings):
    """How weights change.

    Attributes:
        rule: Learning rule, see ``spikeff.learning.local_rule``.
        learning_rate: Of Adam in every layer.
        weight_decay: Of Adam in every layer.
        surrogate_slope: Of SuperSpike's derivative; larger is narrower.
        readout_learning_rate: Of the linear readout, which sends nothing back.
        balanced: Weights into each neuron of the upper layers sum to zero.
    """

    rule: Annotated[RuleSettings, OneOf("rule", RULES)] = RuleSettings(kind=THREE_FACTOR)
    learning_rate: float = Field(gt=0.0)
    weight_decay: float = Field(default=0.0, ge=0.0)
    surrogate_slope: float = Field(default=5.0, gt=0.0)
    readout_learning_rate: float = Field(default=2e-3, gt=0.0)
    balanced: bool = False


class ObjectiveSettings(Kind):
    """The table of an objective, see ``spikeff.learning.objectives``.

    Attributes:
        contrast: Whether it compares positives with negatives.
        phases_apart: Whether it can judge positives or negatives alone.
        of_layers: Whether each layer is judged by its goodness; else only the whole network is.
        reading: How the trained network answers, see ``spikeff.ir.codes.Readout``; with None it
            depends on the negatives.
    """

    contrast: ClassVar[bool] = False
    phases_apart: ClassVar[bool] = False
    of_layers: ClassVar[bool] = True
    reading: ClassVar[str | None] = None


class ContrastSettings(ObjectiveSettings):
    """The table of an objective that compares positives with negatives, and has no numbers."""

    contrast: ClassVar[bool] = True


class ThresholdSettings(ContrastSettings):
    """Positives above a threshold, negatives below.

    Attributes:
        theta: The threshold of goodness.
    """

    phases_apart: ClassVar[bool] = True

    theta: float = Field(default=3.0, gt=0.0)


class SoftmaxSettings(ContrastSettings):
    """The positive among all presentations, goodness as the logits.

    Attributes:
        temperature: Divides the logits.
    """

    temperature: float = Field(default=1.0, gt=0.0)


class ClassColumnsSettings(ObjectiveSettings):
    """Each class's columns against those of the other classes, in one pass.

    Attributes:
        temperature: Divides the logits.
    """

    reading: ClassVar[str | None] = CLASS_COLUMNS

    temperature: float = Field(default=1.0, gt=0.0)


class ReadoutSettings(ObjectiveSettings):
    """The linear softmax on spike counts; layers have no objective of their own."""

    of_layers: ClassVar[bool] = False
    reading: ClassVar[str | None] = SOFTMAX


OBJECTIVES: dict[str, type[ObjectiveSettings]] = {
    THRESHOLD: ThresholdSettings,
    PAIR: ContrastSettings,
    SOFTMAX: SoftmaxSettings,
    CLASS_COLUMNS: ClassColumnsSettings,
    READOUT: ReadoutSettings,
}


class NegativesSettings(Kind):
    """The table of a source of negatives.

    Attributes:
        labels_in_input: Whether labels are shown beside the datum.
        of_images: Whether negatives are made of images, and of nothing else.
        reading: How a network trained with them answers, where the objective does not say.
        phase_batches: 0 shows positives and negatives side by side; K shows K batches of positives,
            then the negatives of the same K batches.
    """

    labels_in_input: ClassVar[bool] = True
    of_images: ClassVar[bool] = False
    reading: ClassVar[str] = ALL_LABELS

    phase_batches: int = Field(default=0, ge=0)


class WrongLabelsSettings(NegativesSettings):
    """Wrong labels beside the right one.

    Attributes:
        per_sample: Wrong labels shown of each sample.
    """

    per_sample: int = Field(default=1, ge=1)


class HybridSettings(NegativesSettings):
    """Mixed images, one for each image, and no label anywhere.

    Attributes:
        passes: Blurring passes of the masks; more make larger blobs.
    """

    labels_in_input: ClassVar[bool] = False
    of_images: ClassVar[bool] = True
    reading: ClassVar[str] = SOFTMAX

    passes: int = Field(default=6, ge=0)


NEGATIVES: dict[str, type[NegativesSettings]] = {
    RANDOM: WrongLabelsSettings,
    HARD: WrongLabelsSettings,
    HYBRID: HybridSettings,
}


def register_rule(name: str, settings: type[RuleSettings]) -> None:
    """Let configurations name a learning rule; raises ConfigError where the name is taken."""
    register_kind("rule", RULES, name, settings)


def register_objective(name: str, settings: type[ObjectiveSettings]) -> None:
    """Let configurations name an objective; raises ConfigError where the name is taken."""
    register_kind("objective", OBJECTIVES, name, settings)


def register_negatives(name: str, settings: type[NegativesSettings]) -> None:
    """Let configurations name a source of negatives; raises ConfigError where it is taken."""
    register_kind("negatives", NEGATIVES, name, settings)
