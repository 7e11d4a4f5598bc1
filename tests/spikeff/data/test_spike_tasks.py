from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from spikeff.data import tasks as spike_tasks
from spikeff.data.registry import load_split
from spikeff.errors import DataError
from spikeff.lowering import describe
from spikeff.pipeline.presentations import presentations
from spikeff.training.checkpoint import load_model, start_run
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.evaluation import evaluate
from spikeff.training.trainer import Trainer

TASKS = ("coincidence", "two-ears")


@pytest.fixture(scope="module", params=TASKS)
def task(request):
    """Name, training split, test split."""
    return request.param, *(load_split(request.param, name, None) for name in ("train", "test"))


def trains(split):
    return split.images.reshape(-1, *split.shape) > 0


def trainer_of(name, split, **fields):
    trainer = Trainer(
        make_config(with_fields(preset_table(name), fields), name), split, torch.device("cpu")
    )
    trainer.calibrate()
    return trainer


def test_every_channel_spikes_once_in_every_sample(task):
    for split in task[1:]:
        assert set(np.unique(split.images)) == {0, 255}
        np.testing.assert_array_equal(trains(split).sum(1), 1)
        np.testing.assert_array_equal(np.bincount(split.labels), len(split) // 10)


def test_counts_teach_logistic_regression_nothing(task):
    _, train, test = task
    model = LogisticRegression().fit(trains(train).sum(1), train.labels)
    for split in (train, test):
        assert model.score(trains(split).sum(1), split.labels) == pytest.approx(0.1)


def test_no_single_spike_time_tells_the_class(task):
    """Chi-square of step against class, per channel: on average one per degree of freedom."""
    _, train, _ = task
    steps, channels = train.shape
    table = np.zeros((10, steps, channels))
    np.add.at(table, train.labels, trains(train))
    expected = table.sum(0) / 10
    used = expected > 0
    squares = np.where(used, (table - expected) ** 2 / np.where(used, expected, 1), 0).sum((0, 1))
    freedom = 9 * (used.sum(0) - 1)
    assert 0.9 < (squares / freedom).mean() < 1.1
    assert (squares < freedom + 5 * np.sqrt(2 * freedom)).all()


def test_splits_are_fixed_and_have_nothing_in_common(task):
    name, train, test = task
    assert spike_tasks.SEEDS["train"] != spike_tasks.SEEDS["test"]
    np.testing.assert_array_equal(load_split(name, "train", None).images, train.images)
    assert not {row.tobytes() for row in train.images} & {row.tobytes() for row in test.images}


def test_the_volley_is_what_fires_together():
    test = load_split("coincidence", "test", None)
    times, volleys = trains(test).argmax(1), spike_tasks.volleys()
    own = np.take_along_axis(times, volleys[test.labels], 1)
    assert np.ptp(own, axis=1).max() <= 2 * spike_tasks.JITTER
    other = np.take_along_axis(times, volleys[(test.labels + 1) % 10], 1)
    assert (np.ptp(other, axis=1) > 2 * spike_tasks.JITTER).mean() > 0.99


def test_others_fire_together_too():
    """Beside the class's volley a decoy: pairs of others that chance alone does not explain."""
    train, size = load_split("coincidence", "train", None), spike_tasks.VOLLEY
    spikes = trains(train)
    own = np.zeros((10, spike_tasks.CHANNELS), bool)
    np.put_along_axis(own, spike_tasks.volleys(), True, 1)
    spikes = spikes & ~own[train.labels][:, None]
    met = (spikes.sum(2) * (spikes.sum(2) - 1) / 2).sum(1).mean()
    others = spike_tasks.CHANNELS - size
    by_chance = (
        others
        * (others - 1)
        / 2
        * (spikes.mean((0, 2)) ** 2).sum()
        / (others / spike_tasks.CHANNELS) ** 2
    )
    volley = size * (size - 1) / 2 / (2 * spike_tasks.JITTER + 1)
    assert met - by_chance == pytest.approx(volley, rel=0.25)


def test_every_class_holds_the_same_amount_of_synchrony():
    train = load_split("coincidence", "train", None)
    together = (trains(train).sum(2) ** 2).sum(1)
    means = [together[train.labels == k].mean() for k in range(10)]
    assert np.ptp(means) < 0.05 * np.mean(means)


def test_the_delay_decides_which_lines_meet():
    test = load_split("two-ears", "test", None)
    left, right = np.array(spike_tasks.LEFT_LINES), np.array(spike_tasks.RIGHT_LINES)
    times = trains(test).argmax(1).reshape(len(test), spike_tasks.FREQUENCIES, -1)
    meet = times[:, :, : len(left), None] == times[:, :, None, len(left) :]
    delay = np.array(spike_tasks.INTERAURAL)[test.labels]
    due = (left[:, None] - right)[None] == delay[:, None, None]
    assert (due.sum((1, 2)) > 0).all()
    heard = (meet & due[:, None]).any((2, 3)).sum(1)
    assert heard.min() >= spike_tasks.FREQUENCIES - spike_tasks.DEAF
    assert (meet & ~due[:, None]).mean() < 0.02


@pytest.mark.slow
def test_networks_hear_what_counts_do_not_tell(task):
    name, train, test = task
    trainer = trainer_of(name, train, epochs=2)
    for _ in range(2):
        trainer.train_epoch()
    scores = evaluate(trainer.model, test, draws=1)
    assert scores.accuracy > {"coincidence": 0.9, "two-ears": 0.6}[name]
    assert scores.shuffled_accuracy < scores.accuracy - 0.1


def test_a_run_comes_back_with_its_channels(task, tmp_path: Path):
    name, train, test = task
    trainer = trainer_of(name, train.head(100))
    start_run(tmp_path / "run", trainer, ["spikeff"])
    loaded = load_model(tmp_path / "run")
    assert loaded.network.pixels == train.shape[1]
    description = describe(loaded)
    assert description.input.spikes_per_channel == 1
    few = test.head(7)
    spikes = presentations(few, description.input, description.labels, description.steps)
    np.testing.assert_array_equal(spikes, trains(few).transpose(1, 0, 2))


def test_other_steps_than_those_of_the_data_are_refused(task):
    name, train, _ = task
    with pytest.raises(DataError, match="spikes in 24 steps, the network runs for 12"):
        trainer_of(name, train, steps=12)
    description = describe(trainer_of(name, train.head(100)).model)
    shorter = replace(train.head(3), shape=(12, 2 * train.shape[1]))
    with pytest.raises(DataError, match="spikes in 12 steps"):
        presentations(shorter, description.input, None, description.steps)
