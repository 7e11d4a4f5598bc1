"""Validation samples: where they come from, what they decide, and that nothing learns them."""

import json
import math

import numpy as np
import pytest
import torch

from spikeff.data.arrays import write_split
from spikeff.data.dataset import held_out
from spikeff.errors import ConfigError, DataError
from spikeff.pipeline.train import train
from spikeff.training.callbacks import Callback
from spikeff.training.checkpoint import load_model, read_history
from spikeff.training.config.files import config_text, parse_config
from spikeff.training.config.schema import make_config
from spikeff.training.evaluation import evaluate
from spikeff.training.fit import fit
from spikeff.training.health import overfit_warning
from spikeff.training.history import EpochSummary
from spikeff.training.prolong import prolong
from spikeff.training.run_folder import BEST
from spikeff.training.trainer import Trainer
from tests.spikeff.conftest import weights_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_digits")]

CPU = torch.device("cpu")


def trained(config, split, validation=None, callbacks=()):
    trainer = Trainer(config, split, CPU, validation)
    trainer.calibrate()
    fit(trainer, callbacks)
    return trainer


def test_without_validation_every_sample_is_learned(small_config, small_digits):
    trainer = Trainer(small_config(), small_digits, CPU)
    assert trainer.split is small_digits
    assert trainer.validation is None


def test_held_out_samples_are_drawn_by_the_seed_from_training_data_alone(
    small_config, small_digits
):
    config = small_config(**{"validation.share": 0.25, "seed": 4})
    trainer = Trainer(config, small_digits, CPU)
    learned, held = held_out(small_digits, 0.25, 4)
    np.testing.assert_array_equal(trainer.split.images, learned.images)
    np.testing.assert_array_equal(trainer.validation.images, held.images)
    other = Trainer(small_config(**{"validation.share": 0.25, "seed": 5}), small_digits, CPU)
    assert not np.array_equal(other.validation.images, held.images)


def test_each_epoch_is_judged_by_samples_that_changed_no_weight(small_config, small_digits):
    """The same weights come from the learned samples alone."""
    config = small_config(**{"validation.share": 0.25, "epochs": 2, "layers": [20]})
    judged = trained(config, small_digits.head(80))
    alone = trained(small_config(epochs=2, layers=[20]), judged.split)
    for a, b in zip(weights_of(judged), weights_of(alone), strict=True):
        np.testing.assert_array_equal(a, b)
    assert len(judged.log.validations) == 2
    assert judged.log.validations[-1] == evaluate(judged.model, judged.validation)
    last = judged.summary
    assert last.validation_samples == len(judged.validation) == 80 - len(judged.split)
    assert last.validation_accuracy == judged.log.validations[-1].accuracy
    assert last.shuffled_accuracy == judged.log.validations[-1].shuffled_accuracy
    assert last.coincidence_ratio == judged.log.validations[-1].coincidence_ratio
    assert last.training_accuracy == judged.probes[-1].accuracy
    assert last.seconds > 0


def test_without_validation_the_summary_is_of_training_samples(small_config, small_digits):
    trainer = trained(small_config(epochs=1, layers=[20]), small_digits.head(30))
    assert trainer.summary.validation_accuracy is None
    assert trainer.summary.shuffled_accuracy == trainer.probes[-1].shuffled_accuracy
    numbers = trainer.summary.scalars()
    assert "validation_accuracy" not in numbers
    assert numbers["coincidence_ratio/layer1"] == trainer.probes[-1].coincidence_ratio[0]
    assert all(math.isfinite(number) for number in numbers.values())


def test_a_split_of_its_own_is_validated_on_and_none_is_held_out(small_config, small_digits):
    separate = small_digits.take(np.arange(20))
    trainer = Trainer(small_config(), small_digits, CPU, separate)
    assert len(trainer.split) == 200
    assert len(trainer.validation) == 20
    with pytest.raises(ConfigError, match=r"validation\.share = 0\.2 asks"):
        Trainer(small_config(**{"validation.share": 0.2}), small_digits, CPU, separate)
    misfit = separate.take(np.arange(5))
    misfit.labels[2] = 12
    with pytest.raises(DataError, match="validation samples: label 12; labels"):
        Trainer(small_config(), small_digits, CPU, misfit)
    with pytest.raises(DataError, match="training samples: label 12; labels"):
        Trainer(small_config(), misfit, CPU)
    misfit.labels[2] = -1
    with pytest.raises(DataError, match="training samples: label -1; labels"):
        Trainer(small_config(), misfit, CPU)


@pytest.fixture
def folder(few, small_digits):
    """Arrays with a validation split of their own, whose labels stop at 8."""
    write_split(few / "validation.npz", small_digits.take(small_digits.labels < 9).head(30))
    return few


def test_validation_npz_is_read_without_being_asked_for(folder, small_digits):
    result = train(folder / "run", config=folder / "c.toml", data=folder)
    assert result.summary.validation_samples == 30
    assert len(read_history(folder / "run").validations) == 2
    about = json.loads((folder / "run" / "run.json").read_text())
    assert about["data"]["validation"]["samples"] == 30
    assert about["data"]["train"]["per_class"] == np.bincount(small_digits.head(60).labels).tolist()
    (folder / "validation.npz").unlink()
    with pytest.raises(DataError, match="Its validation split: 30 samples"):
        train(folder / "run", data=folder, resume=True)


class Fakes(Callback):
    """Puts ``accuracies`` in the place of what was measured."""

    def __init__(self, *accuracies):
        self.accuracies = accuracies

    def on_validation_end(self, trainer):
        from dataclasses import replace

        found = trainer.log.validations
        found[-1] = replace(found[-1], accuracy=self.accuracies[len(found) - 1])


def test_the_best_epoch_is_kept_beside_the_last(folder):
    weights = {}

    class Weights(Callback):
        def on_train_epoch_end(self, trainer):
            weights[trainer.epochs_done] = weights_of(trainer)

    run, told = folder / "run", []
    judges = [Fakes(0.1, 0.7, 0.7), Weights()]
    result = train(
        run, config=folder / "c.toml", data=folder, epochs=3, callbacks=judges, log=told.append
    )
    assert result.best_epoch == 2  # the first of those that are equal
    best, last = load_model(run / BEST), load_model(run)
    assert (best.epochs_done, last.epochs_done) == (2, 3)
    for model, epoch in ((best, 2), (last, 3)):
        np.testing.assert_array_equal(model.network.stack[0].weight, weights[epoch][0])
    assert told[-1] == "best on validation samples: epoch 2, 70.0 %"
    (folder / "validation.npz").unlink()
    train(run, config=folder / "c.toml", data=folder, overwrite=True)
    assert not (run / BEST).exists()


def test_training_stops_where_validation_no_longer_improves(small_config, small_digits):
    config = small_config(**{"epochs": 9, "layers": [20], "validation.early_stop": 2})
    judge = Fakes(0.3, 0.2, 0.5, 0.5, 0.4, 0.9)
    trainer = trained(config, small_digits.head(20), small_digits.head(10), [judge])
    assert trainer.epochs_done == 5  # two epochs without a higher one than the third
    assert trainer.log.best_epoch == 3
    assert not trainer.goes_on
    prolong(trainer, 12)
    assert trainer.goes_on  # patience counts from there


def test_a_section_is_read_back_as_it_was_written(small_config):
    for fields in ({}, {"validation.share": 0.2}, {"validation.early_stop": 5}):
        config = small_config(**fields)
        assert parse_config(config_text(config), "test") == config
    assert "validation" not in config_text(small_config())
    table = {**small_config().model_dump(), "validation": 0.3}
    assert make_config(table, "test").validation.share == 0.3
    for wrong in (0, 1, -0.1, {"early_stop": 0}, {"shares": 0.1}):
        with pytest.raises(ConfigError, match="validation"):
            make_config(table | {"validation": wrong}, "test")


def summary(training, validation, samples=1000):
    none = (0.0,)
    return EpochSummary(
        3, 9, 1.0, 1e-3, training, samples, validation, samples, none, 0.1, none, none
    )


def test_overfit_is_warned_of_with_what_helps(small_config):
    config = small_config("digits-synchrony")
    warning = overfit_warning(summary(0.94, 0.33), config)
    assert "94.0 % of the training samples are right but 33.0 % of the validation" in warning
    assert "data.shift (0), data.input_dropout (0) or learning.weight_decay (0.5)" in warning
    assert overfit_warning(summary(0.94, 0.88), config) == ""
    assert overfit_warning(summary(0.94, None), config) == ""
    assert overfit_warning(summary(0.9, 0.7, samples=10), config) == ""  # may be chance
