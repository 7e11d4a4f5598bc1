"""TrainConfig: everything that decides a training, checked as a whole, from TOML or a preset."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from spikeff.data.encoders import ENCODERS
from spikeff.data.registry import DATASETS
from spikeff.errors import ConfigError, UnknownNameError
from spikeff.ir.goodness import GOODNESS
from spikeff.learning.negatives.source import NEGATIVES, get_negatives
from spikeff.learning.objectives.objective import OBJECTIVES, get_objective
from spikeff.learning.rules.rule import RULES
from spikeff.nn.black_box import BLACK_BOXES, NO_BOX
from spikeff.training.config.rules import problems_together

SCHEDULES = ("constant", "cosine")
MAX_LAYERS, MAX_NEURONS = 64, 2**15  # layers, and neurons per layer


class TrainConfig(BaseModel):
    """One training run. Times in seconds; the fields of the network first, then of learning.

    dataset : see ``spikeff.data.registry``.
    encoder, steps, pixel_threshold : input code, steps of a sample, intensity below which a pixel
        stays silent; see ``spikeff.data.encoders``.
    layers, column_size : neurons of each layer; neurons per column, in all layers.
    dt, tau_syn, tau_mem, v_th : LIF constants, see ``spikeff.nn.lif``; tau_syn may be infinite.
    spike_limit : most spikes of a neuron per sample; "none" lets it fire freely.
    goodness, beta, goodness_scale : see ``spikeff.ir.goodness``; its window, if any; factor.
    objective : a contrast (label in the input), or "class_columns" (one pass).
    theta, temperature : of the objective, see ``spikeff.learning.objectives``.
    constraint_share : share of a layer's columns that are constraints: low goodness for positives.
    balanced : weights into each neuron of the upper layers sum to zero.
    spike_budget : spikes of a whole layer and sample after which the layer above hears no more of
        it, see ``spikeff.ir.circuits.spike_budget``; left out: it hears all.
    learning_rule : a local rule, or "backprop": the end-to-end baseline, not local.
    homeostasis, target_firing : how strongly a neuron is pushed down by each spike per step above
        ``target_firing``; 0 for not at all.
    negatives, negatives_per_sample : kind and number of wrong labels shown beside the right one, or
        "hybrid": mixed images, no label anywhere.
    hybrid_passes : blurring passes of the hybrids' masks; more make larger blobs.
    phase_batches : 0 shows positives and negatives side by side; K shows K batches of positives,
        then the negatives of the same K batches.
    black_box : what sits between the first and the second layer.
    input_dropout : share of the channels that carry the datum, silent at random for each sample
        while training; the others count 1 / (1 - share).
    shift : images are shifted by up to so many pixels along both axes.
    label_neurons, label_steps, label_gain : channels per label, their spike times, their strength.
    weight_bits : layers drive with weights rounded to so many bits; left out: with the floats.
    initial_firing : share of neuron-steps that spike before training.
    surrogate_slope : of SuperSpike's derivative; larger is narrower.
    epochs, batch_size : passes over the training samples; samples of one change of the weights.
    learning_rate, schedule, weight_decay : of Adam in every layer; "cosine" falls to 0 at the end.
    readout_learning_rate : of the linear readout, which sends nothing back.
    seed : of all random numbers.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str
    encoder: str
    steps: int = Field(ge=1, le=255)
    pixel_threshold: float = Field(default=0.05, ge=0.0, lt=1.0)
    layers: tuple[Annotated[int, Field(le=MAX_NEURONS)], ...] = Field(
        min_length=1, max_length=MAX_LAYERS
    )
    column_size: int = Field(ge=2)
    dt: float = Field(default=1e-3, gt=0.0)
    tau_syn: float = Field(gt=0.0)
    tau_mem: float = Field(gt=0.0, allow_inf_nan=False)
    v_th: float = Field(default=1.0, gt=0.0, allow_inf_nan=False)
    spike_limit: int | None = None
    goodness: str
    beta: float = Field(default=0.0, ge=0.0, lt=1.0)
    goodness_scale: float = Field(default=10.0, gt=0.0)
    objective: str
    theta: float = Field(default=3.0, gt=0.0)
    temperature: float = Field(default=1.0, gt=0.0)
    constraint_share: float = Field(default=0.0, ge=0.0, le=1.0)
    balanced: bool = False
    spike_budget: int | None = Field(default=None, ge=1)
    homeostasis: float = Field(default=0.0, ge=0.0)
    target_firing: float = Field(default=0.03, ge=0.0, le=1.0)
    learning_rule: str = "three_factor"
    negatives: str = "hard"
    negatives_per_sample: int = Field(default=1, ge=1)
    hybrid_passes: int = Field(default=6, ge=0)
    phase_batches: int = Field(default=0, ge=0)
    black_box: str = NO_BOX
    input_dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    shift: int = Field(default=0, ge=0)
    label_neurons: int = Field(default=5, ge=1, le=1000)
    label_steps: tuple[int, ...] = Field(default=(0,), min_length=1)
    label_gain: float = Field(default=3.0, gt=0.0)
    weight_bits: int | None = Field(default=None, ge=1, le=9)
    initial_firing: float = Field(gt=0.0, lt=1.0)
    surrogate_slope: float = Field(default=5.0, gt=0.0)
    epochs: int = Field(ge=1)
    batch_size: int = Field(ge=1)
    learning_rate: float = Field(gt=0.0)
    readout_learning_rate: float = Field(default=2e-3, gt=0.0)
    schedule: str = "cosine"
    weight_decay: float = Field(default=0.0, ge=0.0)
    seed: int = Field(default=0, ge=0, lt=2**63)

    @field_validator(
        "dataset",
        "encoder",
        "goodness",
        "objective",
        "negatives",
        "schedule",
        "learning_rule",
        "black_box",
    )
    @classmethod
    def _known_name(cls, value: str, info: Any) -> str:
        registries: dict[str, Any] = {
            "dataset": DATASETS,
            "encoder": ENCODERS,
            "goodness": GOODNESS,
            "objective": OBJECTIVES,
            "negatives": NEGATIVES,
            "learning_rule": RULES,
            "black_box": BLACK_BOXES,
            "schedule": SCHEDULES,
        }
        known = registries[info.field_name]
        if value not in known:
            raise ValueError(str(UnknownNameError(info.field_name, value, known)))
        return value

    @field_validator("spike_limit", mode="before")
    @classmethod
    def _limit_or_none(cls, value: Any) -> Any:
        if value in ("none", None):
            return None
        if type(value) is not int or value < 1:
            raise ValueError(
                f"spike_limit {value!r}: use a whole number of spikes per neuron and sample, at "
                f"least 1, or 'none' for neurons that fire freely"
            )
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> TrainConfig:
        problems = problems_together(self)
        if problems:
            raise ValueError(problems)
        return self

    @property
    def unsupervised(self) -> bool:
        """True where layers never hear of labels."""
        contrast = get_objective(self.objective).contrast
        return contrast and not get_negatives(self.negatives).labels_in_input

    @property
    def reading(self) -> str:
        """How the trained network answers, see ``spikeff.ir.codes.Readout``."""
        return get_objective(self.objective).reading or get_negatives(self.negatives).reading


def make_config(table: dict[str, Any], origin: str) -> TrainConfig:
    """Build a TrainConfig; raises ConfigError that lists every mistake in ``table`` at once."""
    try:
        return TrainConfig(**table)
    except ValidationError as error:
        lines = [line for problem in error.errors() for line in _explain(problem)]
        lines += _together(table, {p["loc"][0] for p in error.errors() if p["loc"]})
        raise ConfigError(f"{origin}: {len(lines)} mistake(s):\n  " + "\n  ".join(lines)) from None


def _together(table: dict[str, Any], wrong: set[int | str]) -> list[str]:
    """What does not go together among the fields that are right by themselves."""
    if not wrong:
        return []  # the model's own validator has said so
    known = {k: f.default for k, f in TrainConfig.model_fields.items() if not f.is_required()}
    right = {k: v for k, v in (known | table).items() if k not in wrong}
    return problems_together(SimpleNamespace(**right))


def mistakes_in(field: str, table: dict[str, Any]) -> list[str]:
    """What is wrong with one field of ``table`` by itself, whatever the others are."""
    try:
        TrainConfig(**table)
    except ValidationError as error:
        return [t for p in error.errors() if p["loc"][:1] == (field,) for t in _explain(p)]
    return []


def _explain(problem: Any) -> list[str]:
    field = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return [str(UnknownNameError("field", field, TrainConfig.model_fields))]
    if not field:
        return list(problem["ctx"]["error"].args[0])
    message = problem["msg"].removeprefix("Value error, ")
    given = "" if problem["type"] in ("missing", "value_error") else f" (got {problem['input']!r})"
    return [f"{field}: {message}{given}"]
