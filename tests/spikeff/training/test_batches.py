"""What a batch shows the network, and what its weights do: options that must act, and which way."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from spikeff.learning.phase import Phase
from spikeff.learning.record import BatchRecord
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.trainer import Trainer

SMALL = {
    "layers": [30, 20],
    "column_size": 5,
    "batch_size": 8,
    "epochs": 2,
    "shift": 0,
    "input_dropout": 0.0,
}


def trainer_of(split, preset="digits", calibrated=True, **fields):
    config = make_config(with_fields(preset_table(preset), SMALL | fields), "test")
    trainer = Trainer(config, split.head(20), torch.device("cpu"))
    if calibrated:
        trainer.calibrate()
    return trainer


class Watched:
    """Stands in for the learning step and keeps the batches and rates it is given."""

    def __init__(self):
        self.batches, self.rates = [], []

    def forget(self):
        assert not self.batches

    def __call__(self, batch, rates, generator):
        self.batches.append((batch, batch.encode(batch.images)))
        self.rates.append(rates)
        return BatchRecord(
            positive=[0.0] * 2, firing=[0.0] * 2, together=[0.0] * 2, by_chance=[1] * 2
        )


def batches_of(split, **fields):
    trainer = trainer_of(split, calibrated=False, **fields)
    trainer._step = Watched()
    trainer.train_epoch()
    return trainer, trainer._step.batches


def test_an_epoch_shows_every_sample_once_as_it_is(small_digits):
    trainer, batches = batches_of(small_digits)
    assert [len(batch.labels) for batch, _ in batches] == [8, 8, 4]
    shown = np.concatenate([batch.images for batch, _ in batches])
    labels = np.concatenate([batch.labels.numpy() for batch, _ in batches])
    order = [int((trainer.split.images == image).all(1).argmax()) for image in shown]
    assert sorted(order) == list(range(20))
    assert order != sorted(order)
    assert labels.tolist() == trainer.split.labels[order].tolist()
    for batch, events in batches:
        assert batch.phase is Phase.BOTH
        assert events.size == 1.0
        assert events.dense().sum() == (batch.images > 0.05 * 255).sum()


def test_shifted_images_are_shown_and_differ(small_digits):
    """Each is the image moved by at most two pixels, some are moved, and not all alike."""
    moved = set()
    for (batch, _), (plain, _) in zip(
        batches_of(small_digits, shift=2)[1], batches_of(small_digits)[1], strict=True
    ):
        assert batch.labels.tolist() == plain.labels.tolist()
        for image, original in zip(batch.images, plain.images, strict=True):
            wide = np.pad(original.reshape(8, 8), 2)
            windows = {
                (y, x): wide[y : y + 8, x : x + 8].reshape(-1) for y in range(5) for x in range(5)
            }
            moved.add(next(place for place, w in windows.items() if (w == image).all()))
    assert len(moved) > 8


def test_dropped_channels_are_silent_and_the_others_louder(small_digits):
    share = 0.3
    for (_, events), (_, plain) in zip(
        batches_of(small_digits, input_dropout=share)[1],
        batches_of(small_digits)[1],
        strict=True,
    ):
        there, whole = events.dense().sum(0) > 0, plain.dense().sum(0) > 0
        assert (there <= whole).all()
        kept = (there.sum() / whole.sum()).item()
        assert kept == pytest.approx(1 - share, abs=0.12)
        assert not torch.equal(there[0] ^ whole[0], there[1] ^ whole[1])
        louder = plain.dense()[:, there] / (1 - share)
        torch.testing.assert_close(events.dense()[:, there], louder)


def test_upper_weights_balance_before_and_after_a_batch_where_told(small_digits):
    """Not those of the first layer, nor any without the option."""
    for balanced in (True, False):
        trainer = trainer_of(small_digits, balanced=balanced)
        for _ in range(2):
            lower, upper = (layer.weight.mean(1).abs().max() for layer in trainer.network.stack)
            assert lower > 1e-3
            assert (upper < 1e-6) == balanced
            images = trainer.split.images[:8]
            trainer._train_batch(images, torch.arange(8), 0.1, generator(), Phase.BOTH)


def test_phases_apart_show_the_same_samples_awake_then_asleep(small_digits):
    _, batches = batches_of(small_digits, phase_batches=2)
    phases = [batch.phase for batch, _ in batches]
    assert phases == [Phase.AWAKE] * 2 + [Phase.ASLEEP] * 2 + [Phase.AWAKE, Phase.ASLEEP]
    labels = [batch.labels.tolist() for batch, _ in batches]
    assert labels[:2] == labels[2:4]
    assert labels[4] == labels[5]


def generator():
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize(("homeostasis", "quieter"), [(0.0, False), (1e6, True)])
def test_homeostasis_lowers_rates_above_its_target(homeostasis, quieter, small_digits):
    """With goodness of no weight a strong homeostasis silences; without it rates stay."""
    trainer = trainer_of(
        small_digits,
        layers=[60],
        homeostasis=homeostasis,
        target_firing=0.01,
        initial_firing=0.08,
        goodness_scale=1e-9,
        weight_decay=0.0,
    )
    images = trainer.split.images[:8]
    rates = [
        trainer._train_batch(images, torch.arange(8), 0.02, generator(), Phase.BOTH).firing[0]
        for _ in range(6)
    ]
    assert (rates[-1] < 0.7 * rates[0]) == quieter


def test_rates_below_the_target_are_left_alone(small_digits):
    changes = []
    for target in (0.01, 0.9):
        trainer = trainer_of(
            small_digits, homeostasis=1e6, target_firing=target, goodness_scale=1e-9
        )
        changes.append(recorded(trainer, batches=1)[0][0][0].abs().max())
    assert changes[0] > 1e3 * changes[1]


def recorded(trainer, batches):
    """Changes of that many batches of an epoch, of each layer and part."""
    seen = []

    def reduce(changes):
        seen.append([[part.clone() for part in layer] for layer in changes])
        return changes

    trainer._step = replace(trainer._step, reduce=reduce)
    while len(seen) < batches:
        trainer.train_epoch()
    return seen


@pytest.mark.parametrize(
    ("preset", "fields", "factors"),
    [
        ("digits", {"schedule": "cosine"}, [1.0, 0.933013, 0.75, 0.5, 0.25, 0.066987]),
        ("digits", {"schedule": "constant", "label_gain": 5.0}, [1.0] * 6),
        ("digits-columns", {"schedule": "cosine", "layers": [100, 50]}, None),
    ],
)
def test_weights_move_as_torchs_adamw_moves_them(preset, fields, factors, small_digits):
    """By the schedule, with decay, the label channels as far as their gain says: two epochs."""
    factors = factors or [1.0, 0.933013, 0.75, 0.5, 0.25, 0.066987]
    rate, decay = 0.02, 0.7
    trainer = trainer_of(small_digits, preset, learning_rate=rate, weight_decay=decay, **fields)
    start = [
        [part.clone() for part in trainer.network.weight_parts(k)]
        for k in range(len(trainer.network.stack))
    ]
    seen = recorded(trainer, batches=6)
    code = trainer.config.network.labels
    for depth, parts in enumerate(start):
        for number, weight in enumerate(parts):
            gain = code.gain if code and (depth, number) == (0, 1) else 1.0
            theirs = torch.nn.Parameter(weight)
            adamw = torch.optim.AdamW([theirs], weight_decay=decay / gain, maximize=True)
            for changes, factor in zip(seen, factors, strict=True):
                theirs.grad = changes[depth][number]
                adamw.param_groups[0]["lr"] = rate * factor * gain
                adamw.step()
            ours = trainer.network.weight_parts(depth)[number]
            torch.testing.assert_close(ours, theirs.detach(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("fields", "falls"),
    [
        ({}, False),
        ({"negatives": "hybrid", "hybrid_passes": 1}, True),
        ({"objective": "readout", "learning_rule": "backprop"}, True),
        ({"objective": "class_columns", "learning_rule": "backprop", "layers": [400]}, False),
    ],
)
def test_a_readout_that_answers_settles_with_the_schedule(fields, falls, small_digits):
    """One that only guides the negatives keeps its rate."""
    trainer, _ = batches_of(small_digits, readout_learning_rate=0.004, **fields)
    rates = [rate.readout for rate in trainer._step.rates]
    expected = [0.004, 0.933013 * 0.004, 0.75 * 0.004] if falls else [0.004] * 3
    assert rates == pytest.approx(expected, rel=1e-5)
