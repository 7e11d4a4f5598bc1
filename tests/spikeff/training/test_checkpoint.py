from dataclasses import replace

import numpy as np
import pytest
import torch

from spikeff.errors import DataError, FileFormatError
from spikeff.pipeline.train import train
from spikeff.training.checkpoint import (
    load_model,
    load_trainer,
    read_history,
    restore_trainer,
    save_checkpoint,
    start_run,
)
from spikeff.training.run_folder import CHECKPOINT
from tests.markers import slow_but
from tests.spikeff.conftest import weights_of

pytestmark = pytest.mark.usefixtures("few_digits")


@pytest.fixture
def run(tmp_path, small_config, make_trainer):
    trainer = make_trainer(small_config())
    start_run(tmp_path / "run", trainer, ["spikeff"])
    trainer.train_epoch()
    trainer.probe()
    save_checkpoint(tmp_path / "run", trainer)
    return tmp_path / "run", trainer


def test_everything_comes_back(run):
    path, trainer = run
    loaded = load_model(path)
    assert loaded.config == trainer.config
    assert read_history(path) == trainer.log
    assert loaded.epochs_done == 1
    for a, b in zip(weights_of(loaded), weights_of(trainer), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("preset", slow_but(["digits", "digits-columns"], "digits"))
@pytest.mark.slow
def test_resumed_training_ends_with_the_same_bytes(tmp_path, preset):
    config = tmp_path / "c.toml"
    config.write_text(
        f'preset = "{preset}"\nnetwork.layers = [100]\nschedule.epochs = 3\n'
        "network.layer_defaults.column_size = 10\n"
    )
    train(tmp_path / "whole", config=config)

    class StopError(Exception):
        pass

    def stop_in_second_epoch(task, done, total):
        if done > total * 0.5:
            raise StopError

    with pytest.raises(StopError):
        train(tmp_path / "parts", config=config, report=stop_in_second_epoch)
    assert load_model(tmp_path / "parts").epochs_done == 1
    train(tmp_path / "parts", resume=True)
    whole, parts = ((tmp_path / name / CHECKPOINT).read_bytes() for name in ("whole", "parts"))
    assert whole == parts


def test_damaged_checkpoint_is_refused(run):
    path, _ = run
    whole = (path / CHECKPOINT).read_bytes()
    (path / CHECKPOINT).write_bytes(whole[:-100])
    with pytest.raises(FileFormatError, match="checkpoint"):
        load_model(path)
    (path / CHECKPOINT).unlink()
    with pytest.raises(FileFormatError, match="not a spikeff run directory"):
        load_model(path)
    with pytest.raises(FileFormatError, match="is not a run directory"):
        load_model(path / "none")


def test_checkpoint_of_other_shapes_is_refused(run, small_config, make_trainer):
    from spikeff.ir.io.sealed import load_sealed, save_sealed
    from spikeff.training import checkpoint

    path, _ = run
    meta, arrays = load_sealed(path / CHECKPOINT, checkpoint.KIND, checkpoint.VERSION)
    arrays["layer0.0.weight"] = arrays["layer0.0.weight"][:, :-1]
    save_sealed(path / CHECKPOINT, checkpoint.KIND, checkpoint.VERSION, meta, arrays)
    with pytest.raises(FileFormatError, match=r"layer0\.0\.weight has shape"):
        load_model(path)


def test_a_run_of_other_data_is_refused(run, small_digits):
    from spikeff.data.dataset import Split

    path, _ = run
    other = Split(small_digits.images[:, :60], small_digits.labels, (6, 10), 10)
    with pytest.raises(FileFormatError, match="64 pixels and 10 classes"):
        restore_trainer(path, other, torch.device("cpu"))


def test_training_goes_on_with_its_own_data_alone(run, small_digits):
    path, trainer = run
    again = restore_trainer(path, small_digits, torch.device("cpu"))
    assert again.data == trainer.data
    changed = small_digits.images.copy()
    changed[7, 3] ^= 1
    relabelled = np.roll(small_digits.labels, 1)
    for images, labels in ((changed, small_digits.labels), (small_digits.images, relabelled)):
        other = replace(small_digits, images=images, labels=labels)
        with pytest.raises(DataError, match=r"other data\. Its train split: 200 samples of 10"):
            restore_trainer(path, other, torch.device("cpu"))
    with pytest.raises(DataError, match="the one given: 240 samples"):
        load_trainer(path, None, torch.device("cpu"))
    with pytest.raises(DataError, match="Its validation split: none of its own"):
        restore_trainer(path, small_digits, torch.device("cpu"), small_digits.head(9))
