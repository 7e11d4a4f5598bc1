"""Awake and asleep: the order of phases, their rates, and what each of them moves."""

import pytest
import torch

from spikeff.errors import ConfigError
from spikeff.learning.phase import Phase
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.phases import in_phases, shown_batches
from spikeff.training.trainer import Trainer

SMALL = {
    "network.layers": [20],
    "network.layer_defaults.column_size": 10,
    "schedule.epochs": 2,
    "schedule.batch_size": 16,
}
APART = {"negatives.phase_batches": 3}
COLUMNS = {
    "network.layer_defaults.column_size": 2,
    "network.layer_defaults.homeostasis": "none",
    "objective": "class_columns",
    "negatives.kind": "other_classes",
}
AWAKE, ASLEEP = Phase.AWAKE, Phase.ASLEEP


def config_of(**fields):
    return make_config(with_fields(preset_table("digits"), SMALL | fields), "test")


def order(batches, **negatives):
    config = config_of(**{f"negatives.{k}": v for k, v in negatives.items()})
    return list(in_phases(range(batches), config.negatives))


def shown(phase, rows):
    return [(row, phase) for row in rows]


@pytest.mark.parametrize(
    ("negatives", "expected"),
    [
        ({}, shown(Phase.BOTH, range(5))),
        (
            {"phase_batches": 3},
            shown(AWAKE, [0, 1, 2])
            + shown(ASLEEP, [0, 1, 2])
            + shown(AWAKE, [3, 4])
            + shown(ASLEEP, [3, 4]),
        ),
        (
            {"phase_batches": 3, "asleep_batches": 1},
            shown(AWAKE, [0, 1, 2])
            + shown(ASLEEP, [0])
            + shown(AWAKE, [3, 4])
            + shown(ASLEEP, [3]),
        ),
        (
            {"phase_batches": 2, "asleep_batches": 3},
            shown(AWAKE, [0, 1])
            + shown(ASLEEP, [0, 1, 0])
            + shown(AWAKE, [2, 3])
            + shown(ASLEEP, [2, 3, 2])
            + shown(AWAKE, [4])
            + shown(ASLEEP, [4, 4]),
        ),
        ({"phase_batches": 2, "asleep_batches": 0}, shown(AWAKE, range(5))),
    ],
)
def test_phases_follow_each_other(negatives, expected):
    assert order(5, **negatives) == expected
    config = config_of(**{f"negatives.{k}": v for k, v in negatives.items()})
    assert shown_batches(5, config.negatives) == len(expected)


def test_an_epoch_has_as_many_batches_as_both_phases_show(small_digits):
    for fields, batches in (({}, 13), (APART, 26), (APART | {"negatives.asleep_batches": 1}, 17)):
        config = config_of(**fields)
        assert Trainer(config, small_digits, torch.device("cpu")).batches == batches


def moved(trainer, phase, seed=0):
    """How far a batch in a phase moves the weights."""
    before = trainer.network.weight_parts(0)[0].clone()
    rows = torch.arange(16)
    images = trainer.split.images[:16]
    trainer._train_batch(images, rows, 0.01, torch.Generator().manual_seed(seed), phase)
    return trainer.network.weight_parts(0)[0] - before


def test_sleep_has_a_rate_of_its_own(make_trainer):
    def step(phase, **fields):
        trainer = make_trainer(config_of(**APART, **fields, **{"learning.weight_decay": 0.0}))
        return moved(trainer, phase)

    slower = {"negatives.asleep_rate": 0.25}
    torch.testing.assert_close(step(ASLEEP, **slower), 0.25 * step(ASLEEP), rtol=1e-3, atol=1e-6)
    torch.testing.assert_close(step(AWAKE, **slower), step(AWAKE))


def test_momentum_carries_one_phase_into_the_next(make_trainer):
    """Where it lasts, a batch asleep still moves weights by what was seen awake."""
    alike = []
    for momentum in (0.0, 0.99):
        trainer = make_trainer(config_of(**APART, **{"learning.momentum": momentum}))
        for seed in range(10):
            awake = moved(trainer, AWAKE, seed)
        asleep = moved(trainer, ASLEEP)
        alike.append(torch.cosine_similarity(awake.flatten(), asleep.flatten(), 0).item())
    assert alike[1] > 0.7 > 0.3 > alike[0]


@pytest.mark.parametrize("field", [{"asleep_batches": 2}, {"asleep_rate": 0.5}, {"replay": True}])
def test_sleep_of_its_own_needs_phases_apart(field):
    with pytest.raises(ConfigError, match=r"leave it out, or set negatives\.phase_batches"):
        config_of(**{f"negatives.{k}": v for k, v in field.items()})


def test_the_preset_of_phases_can_be_mixed_and_have_columns_of_classes():
    """What it says of its phases goes where there are none."""
    asleep = preset_table("mnist-asleep")
    mixed = make_config(with_fields(asleep, {"negatives.phase_batches": 0}), "test")
    assert mixed.negatives.phase_batches == 0
    assert not mixed.negatives.replay
    columns = {"objective": "class_columns", "negatives.kind": "other_classes"}
    apart = make_config(with_fields(asleep, columns), "test")
    assert apart.negatives.phase_batches == asleep["negatives"]["phase_batches"]
    assert apart.network.labels is None


def columns_step(phase, make_trainer):
    trainer = make_trainer(config_of(**COLUMNS | APART | {"learning.weight_decay": 0.0}))
    seen = []
    trainer._step.optimisers[0].ascend = lambda changes, rate: seen.append(changes[0].clone())
    moved(trainer, phase)
    return seen[0]


def test_columns_of_classes_learn_their_own_awake_and_others_asleep(make_trainer):
    both, awake, asleep = (columns_step(p, make_trainer) for p in (Phase.BOTH, AWAKE, ASLEEP))
    assert awake.any()
    assert asleep.any()
    torch.testing.assert_close(awake + asleep, both, rtol=1e-4, atol=1e-6)


def test_only_the_column_of_the_class_learns_awake(make_trainer, small_digits):
    trainer = make_trainer(config_of(**COLUMNS | APART))
    row = torch.tensor([int((small_digits.labels == 4).argmax())])
    seen = []
    trainer._step.optimisers[0].ascend = lambda changes, rate: seen.append(changes[0])
    trainer._train_batch(small_digits.images[row], row, 0.01, torch.Generator(), AWAKE)
    learned = seen[0].reshape(10, -1).any(1)
    assert not learned[[k for k in range(10) if k != 4]].any()


def test_other_classes_are_those_of_columns():
    with pytest.raises(ConfigError, match="choose other negatives"):
        config_of(**{"negatives.kind": "other_classes"})


def test_a_batch_asleep_teaches_the_readout_nothing(make_trainer):
    trainer = make_trainer(config_of(**APART))
    before = trainer.readout.weight.clone()
    moved(trainer, ASLEEP)
    assert torch.equal(trainer.readout.weight, before)
    moved(trainer, AWAKE)
    assert not torch.equal(trainer.readout.weight, before)
