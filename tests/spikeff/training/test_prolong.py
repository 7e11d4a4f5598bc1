"""Trained longer than planned, and from weights learned before."""

import json
from itertools import pairwise

import numpy as np
import pytest
import torch

from spikeff.errors import ConfigError
from spikeff.pipeline.train import train
from spikeff.training.checkpoint import load_model, read_config, read_history
from spikeff.training.prolong import prolong
from spikeff.training.run_folder import CHECKPOINT
from spikeff.training.trainer import Trainer

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_digits")]

CPU = torch.device("cpu")


def rates(trainer):
    return [record.learning_rate for record in trainer.history]


@pytest.mark.parametrize("done", [0, 1, 2, 3])
def test_a_longer_plan_never_raises_the_rate(done, small_config, small_digits):
    trainer = Trainer(small_config(epochs=3, batch_size=10), small_digits.head(20), CPU)
    for _ in range(done):
        trainer.train_epoch()
    prolong(trainer, 6)
    while trainer.goes_on:
        trainer.train_epoch()
    found = rates(trainer)
    assert len(found) == 6
    assert all(later <= before for before, later in pairwise(found))
    assert 0 < found[-1] < found[0] / 2


def test_past_its_plan_a_rate_stays_where_it_was(small_config, small_digits):
    cosine = Trainer(small_config(epochs=1, batch_size=20), small_digits.head(40), CPU)
    constant = Trainer(
        small_config(epochs=1, batch_size=20, schedule="constant"), small_digits.head(40), CPU
    )
    for _ in range(3):
        cosine.train_epoch()
        constant.train_epoch()
    assert rates(cosine) == rates(cosine)[:1] * 3
    assert rates(constant) == [constant.config.learning.learning_rate] * 3
    prolong(constant, 5)
    constant.train_epoch()
    assert rates(constant)[-1] == rates(constant)[0]
    with pytest.raises(ConfigError, match="has learned 4 epochs already"):
        prolong(constant, 3)


@pytest.fixture
def run(tmp_path, few):
    train(tmp_path / "run", config=few / "c.toml", data=few)
    return tmp_path / "run"


def test_a_run_goes_on_past_its_plan(run, few):
    told = []
    result = train(run, resume=True, epochs=4, log=told.append)
    assert result.epochs == 4
    assert "epoch 3 of 4" in " ".join(told)
    assert "rate has come down to" in told[0]
    assert read_config(run).schedule.epochs == 4
    assert "epochs = 4" in (run / "config.toml").read_text()
    seconds = json.loads((run / "run.json").read_text())["epoch_seconds"]
    assert len(seconds) == 4
    assert min(seconds) > 0
    before = (run / CHECKPOINT).read_bytes()
    train(run, data=few, resume=True, epochs=4)
    assert (run / CHECKPOINT).read_bytes() == before


def test_learning_begins_with_the_weights_of_a_run(run, few, tmp_path):
    learned = load_model(run)
    heard = []

    from spikeff.training.callbacks import Callback

    class First(Callback):
        def on_fit_start(self, trainer):
            heard.extend([trainer.network.stack[0].weight.clone(), trainer.epochs_done])

    train(tmp_path / "fine", data=few, weights_from=run, epochs=1, seed=7, callbacks=[First()])
    np.testing.assert_array_equal(heard[0], learned.network.stack[0].weight)
    assert heard[1] == 0
    fine = read_config(tmp_path / "fine")
    assert (fine.seed, fine.schedule.epochs) == (7, 1)
    assert fine.network == learned.config.network
    assert read_history(tmp_path / "fine").epochs[0].learning_rate > 0
    about = json.loads((tmp_path / "fine" / "run.json").read_text())
    assert about["weights_from"] == str(run)
    train(tmp_path / "file", data=few, weights_from=run / CHECKPOINT, epochs=1, seed=7)
    weights = [weights_of_run(tmp_path / name) for name in ("fine", "file")]
    np.testing.assert_array_equal(*weights)


def weights_of_run(run):
    return load_model(run).network.stack[0].weight.numpy()


def test_weights_of_other_sizes_are_refused_by_name(run, few, tmp_path):
    narrow = (few / "c.toml").read_text()
    (tmp_path / "wide.toml").write_text(narrow.replace("[20]", "[40]"))
    with pytest.raises(ConfigError, match=r"readout\.0\.weight has shape .* there, and"):
        train(tmp_path / "wide", config=tmp_path / "wide.toml", data=few, weights_from=run)
    assert not (tmp_path / "wide").exists()
    with pytest.raises(ConfigError, match="leave --from out"):
        train(run, data=few, resume=True, weights_from=run)
