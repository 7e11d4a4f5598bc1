"""Training in Python: what data and configurations may be, and what is left behind."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import spikeff
from spikeff.data.arrays import write_split
from spikeff.data.registry import load_split
from spikeff.errors import ConfigError, DataError, UnknownNameError
from spikeff.models.configuration import Request
from spikeff.models.samples import split_of
from spikeff.training.callbacks import Callback
from spikeff.training.config.files import config_text, preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config

pytestmark = pytest.mark.slow

SECTIONS = {
    "network": {"layers": [60], "layer_defaults": {"column_size": 10}},
    "learning": {"learning_rate": 0.02},
    "schedule": {"epochs": 6, "batch_size": 10},
}


def as_dataset(X, y):
    return TensorDataset(torch.tensor(X), torch.tensor(y))


@pytest.mark.parametrize(
    "form",
    [
        lambda X, y: [torch.tensor(X), list(y)],
        as_dataset,
        lambda X, y: DataLoader(as_dataset(X, y), batch_size=7),
        lambda X, y: split_of((X, y), "latency"),
    ],
    ids=["tensors", "data set", "loader", "split"],
)
def test_every_form_of_data_is_learned_alike(form, learn, model, arrays):
    X, y = arrays
    other = learn(data=form(X[:60], y[:60]))
    np.testing.assert_array_equal(other.decision_function(X), model.decision_function(X))


def test_a_folder_of_arrays_is_learned_alike(learn, model, arrays, tmp_path):
    X, y = arrays
    write_split(tmp_path / "train.npz", split_of((X[:60], y[:60]), "latency"))
    other = learn(data=tmp_path)
    assert other.config.data.dataset == "arrays"
    np.testing.assert_array_equal(other.decision_function(X), model.decision_function(X))


def test_every_form_of_configuration_is_the_same(learn, model, tmp_path):
    fields = {"layers": None, "column_size": None, "learning_rate": None, "batch_size": None}
    fields |= {"epochs": None}
    whole = make_config(with_fields(overlaid_digits(), {"data.dataset": "arrays"}), "test")
    file = tmp_path / "own.toml"
    file.write_text(config_text(whole))
    for preset, config in (
        ("digits-synchrony", SECTIONS),
        (None, {"preset": "digits-synchrony", **SECTIONS}),
        (None, whole),
        (None, file),
        (None, str(file)),
    ):
        assert learn(preset=preset, config=config, **fields).config == model.config
    assert learn(**fields, **SECTIONS).config == model.config


def overlaid_digits():
    return with_fields(preset_table("digits-synchrony"), SECTIONS)


def test_numbers_may_be_of_numpy(learn, model):
    numbers = {"epochs": np.int64(6), "layers": np.array([60]), "learning_rate": np.float64(0.02)}
    assert learn(**numbers).config == model.config


def test_nothing_is_written_without_a_directory(learn, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    learn(epochs=1)
    assert not list(tmp_path.iterdir())


def test_a_directory_holds_the_same_training(learn, model, arrays, tmp_path):
    run = tmp_path / "run"
    trained = learn(out=run)
    assert trained.run == run
    assert spikeff.load(run).log == trained.log == model.log
    np.testing.assert_array_equal(
        spikeff.load(run).decision_function(arrays[0]), model.decision_function(arrays[0])
    )
    with pytest.raises(ConfigError, match="already holds a run"):
        learn(out=run)


def test_a_run_goes_on_with_its_own_samples_alone(learn, model, arrays, tmp_path):
    X, y = arrays
    run, data = tmp_path / "run", (X[:60], y[:60])

    class Stop(Callback):
        def on_train_epoch_end(self, trainer):
            trainer.should_stop = trainer.epochs_done == 2

    assert len(learn(out=run, callbacks=[Stop()]).history) == 2
    with pytest.raises(DataError, match="cannot be resumed with other data"):
        spikeff.train(run, data=(X[:59], y[:59]), resume=True)
    whole = spikeff.train(run, data=data, resume=True)
    assert whole.log == model.log
    with pytest.raises(ConfigError, match=r"learning_rate: 0\.02 in the run, 0\.5 asked for"):
        spikeff.train(run, data=data, resume=True, learning_rate=0.5)
    with pytest.raises(ConfigError, match="encoder"):
        spikeff.train(run, data=data, resume=True, preset="digits-burst")


def test_weights_of_a_run_are_where_learning_begins(learn, arrays, tmp_path):
    X, y = arrays
    first = learn(out=tmp_path / "run", epochs=1)
    fine = spikeff.train(
        weights_from=tmp_path / "run", data=(X, y), epochs=1, learning_rate=1e-9, weight_decay=0.0
    )
    assert fine.config.layers == first.config.layers
    np.testing.assert_allclose(fine.decision_function(X), first.decision_function(X), atol=1e-6)


@pytest.mark.parametrize("as_samples", [False, True], ids=["share", "samples"])
def test_validation_is_never_learned(as_samples, learn, arrays):
    X, y = arrays
    trained = learn(epochs=2, validation=(X[60:], y[60:]) if as_samples else 0.2)
    assert [epoch.validation_samples for epoch in trained.history] == [30 if as_samples else 12] * 2
    if as_samples:
        score = (trained.predict(X[60:]) == y[60:]).mean()
        assert trained.history[-1].validation_accuracy == score
        without = learn(epochs=2)
        np.testing.assert_array_equal(trained.decision_function(X), without.decision_function(X))


def test_training_ends_early_where_validation_does_not_improve(learn, arrays):
    X, y = arrays
    wrong = (X[:20], (y[:20] + 1) % 3)
    assert len(learn(validation=wrong, early_stop=1).history) < 6


def test_callbacks_and_lines_are_called(learn):
    seen, lines, tasks = [], [], []

    class Watch(Callback):
        def on_train_epoch_end(self, trainer):
            seen.append(trainer.summary.epoch)

    learn(epochs=2, callbacks=[Watch()], log=lines.append, report=lambda *task: tasks.append(task))
    assert seen == [1, 2]
    assert [line.split(":")[0] for line in lines if line[:5] == "epoch"] == [
        "epoch 1 of 2",
        "epoch 2 of 2",
    ]
    assert tasks[-1] == ("epoch 2 of 2", 12, 12)


def test_spike_trains_decide_the_steps(arrays):
    generator = np.random.default_rng(1)
    times = generator.integers(0, 6, (2, 15))
    y = np.arange(40) % 2
    spikes = np.arange(6)[:, None] == times[y][:, None, :]
    own = {"preset": "coincidence", "layers": [40], "epochs": 3, "batch_size": 8}
    trained = spikeff.train(**own, column_size=10, data=(spikes, y))
    assert trained.config.data.steps == 6
    assert (trained.predict(spikes) == y).all()
    with pytest.raises(DataError, match="spikes in 6 steps, the network runs for 7"):
        spikeff.train(**own, column_size=10, steps=7, data=(spikes, y))


def test_layers_of_a_preset_are_rounded_to_the_classes(arrays):
    X, y = arrays
    request = Request("digits-columns", None, {})
    request.fit_to(split_of((X, y), "burst", classes=7))
    assert request.table["network"]["layers"] == [{"neurons": 630}, {"neurons": 630}]
    with pytest.raises(ConfigError, match="4 columns cannot be shared among 3 classes"):
        spikeff.train(preset="digits-columns", data=(X, y), layers=[40], column_size=10)


def test_a_row_of_values_is_not_shifted(arrays):
    X, y = arrays
    own = {"preset": "digits-columns", "epochs": 1, "layers": [30], "column_size": 10}
    assert spikeff.train(**own, data=(X.reshape(90, 20), y)).config.data.shift == 0
    assert spikeff.train(**own, data=(X, y)).config.data.shift == 1


def test_a_trained_model_keeps_few_of_its_samples(learn):
    many = load_split("digits", "train", None).head(520)
    trained = learn(data=many, epochs=1, layers=[20], batch_size=260)
    assert len(trained.samples) == 512
    assert trained.samples.images.base is None
    assert trained.trainer.split is trained.samples


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"learning_rat": 1.0}, ConfigError, "Did you mean 'learning_rate'"),
        ({"preset": "digts"}, UnknownNameError, "Did you mean 'digits'"),
        ({"config": "own.toml"}, ConfigError, "give one of them"),
        ({"resume": True}, ConfigError, "resume = True needs a run directory"),
        ({"data": 3}, DataError, "data of type int"),
        ({"validation": "share"}, DataError, "data of type str"),
        ({"validation": 1.5}, ConfigError, "validation.share"),
        ({"epochs": 0, "learning_rate": -1.0}, ConfigError, r"2 mistake\(s\)"),
    ],
)
def test_what_cannot_be_trained_is_named(arguments, error, message, learn):
    with pytest.raises(error, match=message):
        learn(**arguments)


def test_a_preset_in_the_place_of_the_directory_is_led_on(arrays, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"spikeff\.train\(preset='digits'\)"):
        spikeff.train("digits", data=arrays)
    with pytest.raises(ConfigError, match=r"in Python, preset=NAME"):
        spikeff.train(data=arrays)
    assert not list(tmp_path.iterdir())
