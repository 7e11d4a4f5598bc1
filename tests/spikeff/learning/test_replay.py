"""Replay: what one phase kept is shown beside the next."""

import numpy as np
import pytest
import torch

from spikeff.errors import ConfigError
from spikeff.learning.phase import Phase
from spikeff.learning.replay import Replay
from spikeff.nn.presented import Presented
from spikeff.nn.spike_events import SpikeEvents
from spikeff.training.checkpoint import load_model, restore_trainer, save_checkpoint, start_run
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from tests.spikeff.conftest import weights_of

AWAKE, ASLEEP, BOTH = Phase.AWAKE, Phase.ASLEEP, Phase.BOTH


def presented(mark, samples=3, rows=1, labels=True, lasting=False):
    """Presentations whose spikes and labels tell which they are."""
    count = samples if labels else rows * samples
    spikes = np.zeros((2, count, 8), bool)
    spikes[0, :, mark] = True
    shown = torch.full((rows, samples), mark) if labels else None
    return Presented(SpikeEvents(spikes, lasting, torch.device("cpu")), shown, rows)


def marks(shown):
    """Which presentations are shown, row by row."""
    dense = shown.each().dense()[0].reshape(shown.rows, shown.samples, -1)
    assert (dense.sum(2) == 1).all()
    return dense.argmax(2).tolist()


def test_each_phase_has_what_was_kept_of_the_one_before_beside_it():
    replay, seen = Replay(), []
    for mark, phase in enumerate([AWAKE, AWAKE, ASLEEP, ASLEEP, ASLEEP, AWAKE, ASLEEP]):
        shown, together = replay.beside(presented(mark), phase)
        assert shown.labels.tolist() == marks(shown)
        seen.append(([row[0] for row in marks(shown)], together))
    assert seen == [
        ([0], AWAKE),
        ([1], AWAKE),
        ([0, 2], BOTH),
        ([1, 3], BOTH),
        ([0, 4], BOTH),
        ([5, 2], BOTH),
        ([5, 6], BOTH),
    ]
    replay.forget()
    assert marks(replay.beside(presented(7), ASLEEP)[0]) == [[7] * 3]


@pytest.mark.parametrize("labels", [True, False])
def test_several_rows_and_batches_of_other_sizes_fit_beside_each_other(labels):
    replay = Replay()
    replay.beside(presented(1, samples=2, labels=labels), AWAKE)
    shown, phase = replay.beside(presented(4, samples=5, rows=3, labels=labels), ASLEEP)
    assert (shown.rows, shown.samples, phase) == (4, 5, BOTH)
    assert marks(shown) == [[1] * 5] + [[4] * 5] * 3
    shown, _ = replay.beside(presented(2, samples=1, labels=labels), AWAKE)
    assert marks(shown) == [[2]] + [[4]] * 3


def test_codes_that_last_and_codes_that_do_not_are_told_apart():
    joined = SpikeEvents.joined([presented(1, lasting=True).data, presented(2).data])
    assert joined.dense()[1].sum(1).tolist() == [1, 1, 1, 0, 0, 0]
    assert joined.dense()[0].argmax(1).tolist() == [1, 1, 1, 2, 2, 2]


def config_of(**fields):
    small = {
        "network.layers": [40],
        "network.layer_defaults.column_size": 10,
        "schedule.epochs": 2,
        "schedule.batch_size": 30,
        "negatives.phase_batches": 3,
        "negatives.replay": True,
        "objective": "threshold",
    }
    return make_config(with_fields(preset_table("digits"), small | fields), "test")


def test_an_epoch_begins_with_nothing_kept(make_trainer):
    """So that a training that was resumed after it goes on with the same bits."""
    kept = []
    trainer = make_trainer(config_of())
    beside = trainer._step.replay.beside

    def watched(presented, phase):
        shown = beside(presented, phase)
        kept.append((phase, shown[1]))
        return shown

    trainer._step.replay.beside = watched
    for _ in range(2):
        trainer.train_epoch()
    epoch = kept[: trainer.batches]
    assert kept == epoch * 2
    assert epoch[:4] == [(AWAKE, AWAKE)] * 3 + [(ASLEEP, BOTH)]
    assert all(shown is BOTH for _, shown in epoch[3:])


def test_a_training_stopped_between_two_phases_goes_on_with_the_same_bits(tmp_path, make_trainer):
    """What was kept of the phase before is in the checkpoint of an epoch under way."""
    whole, stopped = make_trainer(config_of()), make_trainer(config_of())
    whole.train_epoch()

    class StopError(Exception):
        pass

    def stop():
        if stopped.batches_done == 5:
            raise StopError

    start_run(tmp_path / "run", stopped, ["spikeff"])
    with pytest.raises(StopError):
        stopped.train_epoch(stop)
    save_checkpoint(tmp_path / "run", stopped)
    resumed = restore_trainer(tmp_path / "run", stopped.split, torch.device("cpu"))
    assert resumed.batches_done == 5
    resumed.train_epoch()
    for a, b in zip(weights_of(resumed), weights_of(whole), strict=True):
        np.testing.assert_array_equal(a, b)
    assert load_model(tmp_path / "run").epochs_done == 0


def test_replay_changes_what_is_learned(make_trainer):
    with_replay, without = (
        make_trainer(config_of(**{"negatives.replay": r})) for r in (1 > 0, 0 > 1)
    )
    for trainer in (with_replay, without):
        trainer.train_epoch()
    a, b = weights_of(with_replay)[0], weights_of(without)[0]
    assert not np.array_equal(a, b)
    assert with_replay.history[0].readout_accuracy > 0.1


def test_presentations_with_data_of_their_own_learn_as_one_by_one(make_trainer):
    """The change of all is the sum of those of each row, whose data are not shared."""
    trainer = make_trainer(config_of())
    network = trainer.network
    rng = np.random.default_rng(0)
    spikes = rng.random((8, 10, 64)) < 0.3
    labels = torch.from_numpy(rng.integers(0, 10, (2, 5)))
    events = SpikeEvents(spikes, False, torch.device("cpu"))
    whole = Presented(events, labels, 2)
    assert not whole.shared
    assert whole.samples == 5
    rows = [Presented(events.part(slice(5 * r, 5 * r + 5)), labels[r : r + 1], 1) for r in (0, 1)]
    (run,) = network.walk(whole)
    alone = [next(network.walk(row)) for row in rows]
    assert torch.equal(run.spikes, torch.cat([each.spikes for each in alone], 1))
    error = torch.from_numpy(rng.normal(size=(8, 10, 40)).astype(np.float32))
    changes = network.changes(run, error)
    parts = [network.changes(each, error[:, 5 * r : 5 * r + 5]) for r, each in enumerate(alone)]
    for whole_change, *of_rows in zip(changes, *parts, strict=True):
        torch.testing.assert_close(whole_change, sum(of_rows), rtol=1e-4, atol=1e-5)
    part = whole.part(slice(1, 3))
    assert part.labels.tolist() == labels[:, 1:3].tolist()
    assert np.array_equal(part.data.spikes, spikes[:, [1, 2, 6, 7]])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"negatives.phase_batches": 0}, "leave it out, or set"),
        (
            {
                "objective": "class_columns",
                "negatives.kind": "other_classes",
                "network.layers": [100],
            },
            "are the presentations of the positives; leave it out",
        ),
    ],
)
def test_replay_where_nothing_is_apart_is_refused(fields, message):
    with pytest.raises(ConfigError, match=message):
        config_of(**fields)
