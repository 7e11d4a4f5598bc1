"""A training that is stopped in the middle of an epoch goes on from its last batches."""

from __future__ import annotations

import numpy as np
import pytest

from spikeff.data.torch_datasets import write_shards
from spikeff.errors import ConfigError, FileFormatError
from spikeff.ir.io.sealed import load_sealed, save_sealed
from spikeff.learning.record import BatchRecord
from spikeff.pipeline.train import train
from spikeff.training.callbacks import Callback
from spikeff.training.checkpoint import load_model
from spikeff.training.epoch import EpochProgress
from spikeff.training.run_folder import BEST, CHECKPOINT
from spikeff.training.stored import KIND, VERSION, WHOLE_EPOCHS, read_stored

APART = 'objective = "threshold"\nnegatives.phase_batches = 2'


class StopError(Exception):
    """What ends a training in these tests."""


class StopAt(Callback):
    """Ends a training after so many batches."""

    def __init__(self, batches: int) -> None:
        self.left = batches

    def on_train_batch_end(self, trainer) -> None:
        self.left -= 1
        if not self.left:
            raise StopError


class Count(Callback):
    """Counts the batches that are learned, and keeps their number in the checkpoint."""

    told = 0

    def on_train_batch_end(self, trainer) -> None:
        self.told += 1

    def state_dict(self):
        return {"told": self.told}

    def load_state_dict(self, state):
        self.told = state["told"]


def stopped(out, few, batches, **how):
    with pytest.raises(StopError):
        train(out, data=few, save_every=2, callbacks=[Count(), StopAt(batches)], **how)


@pytest.mark.parametrize(
    ("how", "stored"),
    [
        ("validation.share = 0.2", True),
        pytest.param("data.shift = 1\ndata.input_dropout = 0.2", False, marks=pytest.mark.slow),
        pytest.param(APART, False, marks=pytest.mark.slow),
    ],
)
def test_what_goes_on_within_an_epoch_ends_with_the_same_bytes(
    tmp_path, few, small_digits, how, stored
) -> None:
    (few / "c.toml").write_text((few / "c.toml").read_text() + how)
    if stored:
        (few / "train.npz").unlink()
        items = zip(small_digits.images[:60].reshape(60, 8, 8), small_digits.labels, strict=False)
        write_shards(few / "train", items, classes=10, shard_bytes=900)
    train(tmp_path / "whole", config=few / "c.toml", data=few, callbacks=[Count()])
    stopped(tmp_path / "part", few, 4, config=few / "c.toml")
    part = read_stored(tmp_path / "part")
    assert (part.meta["epochs_done"], len(part.arrays["epoch.hits"])) == (0, 2)
    stopped(tmp_path / "part", few, 6, resume=True)
    train(tmp_path / "part", data=few, resume=True, callbacks=[Count()])
    whole = [(tmp_path / run / CHECKPOINT).read_bytes() for run in ("whole", "part")]
    assert whole[0] == whole[1]
    best = [tmp_path / run / BEST for run in ("whole", "part")]
    assert best[0].exists() == best[1].exists() == ("validation" in how)
    assert not best[0].exists() or best[0].read_bytes() == best[1].read_bytes()


def test_without_being_asked_nothing_is_saved_within_an_epoch(tmp_path, few) -> None:
    with pytest.raises(StopError):
        train(tmp_path / "run", config=few / "c.toml", data=few, callbacks=[StopAt(9)])
    assert read_stored(tmp_path / "run").meta["epochs_done"] == 1
    assert load_sealed(tmp_path / "run" / CHECKPOINT, KIND, WHOLE_EPOCHS)
    with pytest.raises(ConfigError, match="save_every"):
        train(tmp_path / "other", config=few / "c.toml", data=few, save_every=0)


def test_a_checkpoint_within_an_epoch_answers_and_is_of_its_own_version(tmp_path, few) -> None:
    stopped(tmp_path / "run", few, 9, config=few / "c.toml")
    file = tmp_path / "run" / CHECKPOINT
    with pytest.raises(FileFormatError, match="version 4"):
        load_sealed(file, KIND, WHOLE_EPOCHS)
    assert load_model(tmp_path / "run").epochs_done == 1
    meta, arrays = load_sealed(file, KIND, VERSION)
    save_sealed(file, KIND, VERSION, meta, arrays | {"epoch.hits": np.zeros(3, np.int64)})
    with pytest.raises(FileFormatError, match=r"epoch under way.*3 batches, and 2"):
        train(tmp_path / "run", data=few, resume=True)


def test_a_longer_plan_within_an_epoch_never_raises_the_rate(tmp_path, few) -> None:
    (few / "c.toml").write_text((few / "c.toml").read_text() + 'schedule.kind = "cosine"\n')
    stopped(tmp_path / "run", few, 5, config=few / "c.toml", epochs=1)
    rates = []

    class Rates(Callback):
        def on_train_batch_end(self, trainer) -> None:
            rates.append(trainer.rate_factor(trainer.epochs_done, trainer.batches_done - 1))

    longer = {"data": few, "resume": True, "epochs": 2, "save_every": 1}
    with pytest.raises(StopError):
        train(tmp_path / "run", **longer, callbacks=[Rates(), StopAt(1)])
    train(tmp_path / "run", **longer, callbacks=[Rates()])
    assert len(rates) == 9
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == pytest.approx(0.5)  # a cosine over six batches, after the fourth


def test_what_phases_leave_out_is_kept_as_missing() -> None:
    epoch = EpochProgress.begun(3, 5)
    awake = BatchRecord(4, [1.5], [], [0.25], [3.0], [2.0])
    epoch.records = [awake, BatchRecord(0, [], [0.5], [], [], [])]
    epoch.generator.manual_seed(11)
    other = EpochProgress.restored(3, 5, epoch.arrays())
    assert other.records == epoch.records
    for broken in (
        {"generator": np.zeros(7, np.uint8)},
        {"positive": np.zeros((2, 1))},
        {"shown.positive": np.ones(9, bool)},
    ):
        with pytest.raises((ValueError, RuntimeError)):
            EpochProgress.restored(3, 5, epoch.arrays() | broken)
    assert other.order.tolist() == epoch.order.tolist()
    assert (other.generator.get_state() == epoch.generator.get_state()).all()
