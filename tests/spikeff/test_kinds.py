"""Kinds from outside are named in a configuration and checked by their own tables."""

import pickle
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

import pytest
import torch
from pydantic import Field

from spikeff.errors import ConfigError
from spikeff.learning.negatives.labels import HardLabels
from spikeff.learning.negatives.source import NEGATIVES, register_negatives
from spikeff.learning.objectives.contrasts import Threshold
from spikeff.learning.objectives.objective import OBJECTIVES, register_objective
from spikeff.learning.rules.rule import RULES, register_rule
from spikeff.learning.rules.three_factor import ThreeFactor
from spikeff.nn.black_box import (
    BLACK_BOXES,
    BlackBoxKind,
    BlackBoxSettings,
    NoisyBox,
    register_black_box,
)
from spikeff.settings.kinds import Kind, settings_of_fields
from spikeff.training.assemble import negatives_of, objective_of, rule_of
from spikeff.training.config.files import config_text, parse_config
from spikeff.training.settings import (
    SCHEDULES,
    Schedule,
    ScheduleSettings,
    rate_factor,
    register_schedule,
)


@pytest.fixture(autouse=True)
def registries(monkeypatch):
    for registry in (OBJECTIVES, RULES, NEGATIVES, SCHEDULES, BLACK_BOXES):
        for name in list(registry):
            monkeypatch.setitem(registry, name, registry[name])
    yield
    for registry in (OBJECTIVES, RULES, NEGATIVES, SCHEDULES, BLACK_BOXES):
        registry.pop("mine", None)


@dataclass(frozen=True)
class Soft(Threshold):
    """A threshold with a width."""

    width: Annotated[float, Field(gt=0.0)] = 0.5


@dataclass(frozen=True)
class Fading(ThreeFactor):
    """A rule that says how fast it fades, and keeps what is left."""

    half_life: Annotated[int, Field(ge=1)] = 10
    left: dict[str, torch.Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Few(HardLabels):
    """Wrong labels of a few classes."""

    classes: int = 3
    of_images: ClassVar[bool] = False


class StepSettings(ScheduleSettings):
    """A rate that falls at one point."""

    at: float = Field(gt=0.0, lt=1.0)


class LossySettings(BlackBoxSettings):
    """A box that says how it draws."""

    salt: int = Field(ge=0)


OWN = {
    "objective": {"kind": "mine", "theta": 2.0, "width": 0.25},
    "learning.rule": {"kind": "mine", "half_life": 4},
    "negatives": {"kind": "mine", "classes": 5, "phase_batches": 2},
    "schedule": {"kind": "mine", "at": 0.75},
    "network.black_box": {"kind": "mine", "salt": 9},
    "network.layers": [40, 20],
}


@pytest.fixture
def registered():
    register_objective("mine", Soft)
    register_rule("mine", Fading)
    register_negatives("mine", Few)
    fall = Schedule(lambda done, own: 1.0 if done < own.at else 0.1, StepSettings)
    register_schedule("mine", fall)
    box = BlackBoxKind(lambda own, size, lif, seed: NoisyBox(seed + own.salt), LossySettings)
    register_black_box("mine", box)


def test_their_values_reach_what_is_made(registered, small_config, make_trainer):
    config = small_config(**OWN)
    assert objective_of(config) == Soft(theta=2.0, width=0.25)
    assert rule_of(config) == Fading(half_life=4)
    assert negatives_of(config) == Few(per_sample=1, classes=5)
    assert config.negatives.phase_batches == 2
    assert [rate_factor(config.schedule, done) for done in (0.5, 0.8)] == [1.0, 0.1]
    trainer = make_trainer(config)
    assert trainer.network.between[0].seed == config.seed + 9
    for _ in range(3):
        trainer.train_epoch()
    rates = [record.learning_rate / config.learning.learning_rate for record in trainer.history]
    assert rates == pytest.approx([1.0, 1.0, 0.1])


def test_their_tables_survive_text_and_pickle(registered, small_config):
    config = small_config(**OWN)
    assert parse_config(config_text(config), "mine") == config
    assert pickle.loads(pickle.dumps(config)) == config


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("objective.width", -1.0, r"objective\.width: Input should be greater than 0"),
        ("objective.temperature", 1.0, r"objective 'mine' has no temperature"),
        ("learning.rule.half_lief", 3, r"learning\.rule\.half_lief: .* mean 'half_life'"),
        ("learning.rule.left", {}, r"learning\.rule\.left: "),
        ("negatives.passes", 2, r"negatives 'mine' has no passes"),
        ("schedule.at", 2.0, r"schedule\.at: "),
        ("network.black_box.salt", -1, r"network\.black_box\.salt: "),
    ],
)
def test_their_tables_are_checked(path, value, message, registered, small_config):
    with pytest.raises(ConfigError, match=message):
        small_config(**(OWN | {path: value}))


def test_what_one_kind_has_another_is_told_to_lack(registered, small_config):
    with pytest.raises(ConfigError, match=r"objective 'threshold' has no width.*: mine"):
        small_config(**{"objective.width": 1.0})


def test_names_are_given_once(registered):
    for register, entry in ((register_schedule, SCHEDULES["cosine"]),):
        with pytest.raises(ConfigError, match="schedule 'mine' is registered already"):
            register("mine", entry)
    with pytest.raises(ConfigError, match="black box 'none'"):
        register_black_box("none", BLACK_BOXES["noisy"])


def test_fields_without_a_default_are_required():
    @dataclass(frozen=True)
    class Needy:
        amount: int

    settings = settings_of_fields(Needy, Kind)
    assert settings.model_fields["amount"].is_required()
    assert settings_of_fields(Needy, Kind) is settings
