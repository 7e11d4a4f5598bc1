"""What trained networks and integers are asked: answers, evaluation, export, files."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import TensorDataset

import spikeff
from hw_targets.emulator import run as emulator
from lava_export.integers.file import load_integer_network
from spikeff.data.registry import load_split
from spikeff.errors import ConfigError, DataError, FileFormatError
from spikeff.ir.readout_codes import answers, summed_goodness
from spikeff.nn.builder import encode_images
from spikeff.pipeline.presentations import presentations
from spikeff.training.checkpoint import load_model


def test_it_learns_and_answers(model, arrays):
    X, y = arrays
    assert (model.predict(X[60:]) == y[60:]).mean() > 0.8
    assert model.predict(X[60:]).dtype == np.int64
    assert model.evaluate((X[60:], y[60:])).accuracy == (model.predict(X[60:]) == y[60:]).mean()


def test_answers_do_not_depend_on_the_form_of_the_samples(model, arrays):
    X, _ = arrays
    wanted = model.decision_function(X)
    bytes_ = np.round(X * 255).astype(np.uint8)
    spikes = encode_images(model.config.data, bytes_.reshape(90, 20)).transpose(1, 0, 2)
    for form in (torch.tensor(X), bytes_, X.reshape(90, 20), spikes, torch.tensor(spikes) * 1.0):
        np.testing.assert_array_equal(model.decision_function(form), wanted)
    part = model.decision_function(X[3:5])
    np.testing.assert_allclose(part, wanted[3:5])


def test_probabilities_are_the_softmax_that_layers_learn_by(model, arrays):
    X, _ = arrays
    shares = model.predict_proba(X)
    np.testing.assert_allclose(shares.sum(1), 1.0)
    np.testing.assert_array_equal(shares.argmax(1), model.predict(X))
    goodness = model.decision_function(X)
    logs = np.log(shares)
    np.testing.assert_allclose(logs[:, 0] - logs[:, 1], 10.0 * (goodness[:, 0] - goodness[:, 1]))


@pytest.mark.parametrize(
    ("fields", "scale"),
    [
        ({"goodness_scale": 4.0}, 4.0),
        ({"objective": {"kind": "softmax", "temperature": 5.0}}, 2.0),
        ({"preset": "digits-columns", "layers": [60, 30]}, 10 / 6),
    ],
)
def test_the_scale_is_that_of_the_training(learn, fields, scale):
    assert learn(**fields, epochs=1).scale == pytest.approx(scale)


def test_many_classes_do_not_overflow(model, arrays, monkeypatch):
    monkeypatch.setattr(model, "scale", 1e6)
    assert np.isfinite(model.predict_proba(arrays[0])).all()


def test_the_history_has_every_epoch(model):
    assert [epoch.epoch for epoch in model.history] == list(range(1, 7))
    assert model.history[-1].coincidence_ratio[0] > model.log.probes[0].coincidence_ratio[0]
    assert len(model.log.probes) == 7


def test_export_in_memory_is_export_to_a_file(model, arrays, tmp_path):
    X, y = arrays
    integers = model.export(tmp_path / "net", bits=6)
    assert integers.calibration.presentations >= 60
    assert integers.network.quantization.weight_bits == 6
    assert [p.neurons for p in integers.populations] == [60]
    loaded = spikeff.load(tmp_path / "net")
    np.testing.assert_array_equal(loaded.predict(X), integers.predict(X))
    report = integers.evaluate((X[60:], y[60:]))
    assert report.accuracy == (integers.predict(X[60:]) == y[60:]).mean()
    assert report.samples == 30
    assert (integers.predict(X) == model.predict(X)).mean() > 0.9
    assert integers.scale == model.scale


def test_integers_answer_as_the_emulator_reads_them(model, arrays):
    X, y = arrays
    integers = model.export()
    network = integers.network
    split = spikeff.models.samples.split_of((X, y), "latency")
    inputs = presentations(split, network.input, network.labels, network.steps)
    spikes = emulator.run(network, inputs).trace.window(network.steps).spikes
    wanted = answers(spikes, network.readout, network.populations)
    np.testing.assert_array_equal(integers.predict(X), wanted)
    goodness = summed_goodness(spikes, network.readout, network.populations).reshape(90, 3)
    np.testing.assert_array_equal(integers.decision_function(X), goodness)
    assert any(z[-1].any() for z in spikes.values())


def test_energy_of_samples_with_and_without_labels(model, arrays):
    X, y = arrays
    integers = model.export()
    known, unknown = integers.energy((X[:4], y[:4])), integers.energy(X[:4])
    assert known.samples == 4
    assert known.main.dynamic_joules.mean == unknown.main.dynamic_joules.mean > 0
    assert known.readings[0].accuracy == (integers.predict(X[:4]) == y[:4]).mean()
    assert np.isnan(unknown.readings[0].accuracy)


def test_a_saved_model_is_a_run(model, arrays, tmp_path):
    X, _ = arrays
    model.save(tmp_path / "run")
    again = spikeff.load(tmp_path / "run")
    again.save(tmp_path / "copy")
    for loaded in (again, spikeff.load(tmp_path / "copy")):
        np.testing.assert_array_equal(loaded.decision_function(X), model.decision_function(X))
        assert loaded.log == model.log
        assert loaded.config == model.config
        assert loaded.history[0].seconds == pytest.approx(model.history[0].seconds, abs=1e-3)
    load_model(tmp_path / "copy")
    with pytest.raises(ConfigError, match="is there already"):
        model.save(tmp_path / "run")


def test_a_loaded_model_is_calibrated_on_what_it_is_given(model, arrays, tmp_path):
    X, y = arrays
    model.save(tmp_path / "run")
    loaded = spikeff.load(tmp_path / "run")
    assert loaded.export().calibration is None
    given = loaded.export(data=(X[:60], y[:60]))
    for ours, theirs in zip(
        given.network.connections, model.export().network.connections, strict=True
    ):
        np.testing.assert_array_equal(ours.weights, theirs.weights)


def test_models_print_their_name_and_their_sizes(model):
    printed = repr(model)
    assert printed.startswith("TrainedModel('")
    assert f"neurons={[layer.neurons for layer in model.config.layers]}" in printed
    assert printed.endswith(f"steps={model.steps}, classes={model.classes})")


def test_the_zoo_answers(monkeypatch):
    network = spikeff.load("zoo:digits")
    assert repr(network) == "IntegerModel('zoo:digits', neurons=[800], steps=8, classes=10)"
    test = load_split("digits", "test", None)
    images = test.images[:40].reshape(-1, 8, 8)
    assert (network.predict(images) == test.labels[:40]).mean() > 0.9
    assert network.predict_proba(images).shape == (40, 10)
    whole = network.decision_function(images)
    monkeypatch.setattr("spikeff.models.integers.CHUNK_BYTES", 1)
    np.testing.assert_array_equal(network.decision_function(images[:3]), whole[:3])
    report = network.evaluate(test.head(40), shuffle=True)
    assert report.answers == tuple(network.predict(images))
    assert report.agreement is not None


def test_integers_say_what_they_cannot_do():
    network = spikeff.load("zoo:digits")
    for call in (lambda: network.history, network.export):
        with pytest.raises(ConfigError, match=r"zoo:digits holds integers.*spikeff\.train"):
            call()


def test_data_that_are_not_there_are_asked_for(model, arrays, tmp_path):
    X, _ = arrays
    with pytest.raises(DataError, match=r"give them as data=\(X, y\)"):
        model.evaluate()
    with pytest.raises(DataError, match="do not fit"):
        model.predict(X[:, :2])
    with pytest.raises(DataError, match="data of type int"):
        model.evaluate(3)
    with pytest.raises(FileFormatError, match="is not a run directory"):
        spikeff.load(tmp_path / "nowhere")


def test_torch_data_sets_are_evaluated(model, arrays):
    X, y = arrays
    data = TensorDataset(torch.tensor(X[60:]), torch.tensor(y[60:]))
    assert model.evaluate(data) == model.evaluate((X[60:], y[60:]))


def test_the_report_is_given_files_of_samples_in_memory(model, arrays, tmp_path, monkeypatch):
    X, y = arrays
    seen = {}

    def page(run, out, data, samples, bits):
        seen.update(out=out, samples=samples, bits=bits, model=load_model(run))
        seen.update(
            train=load_split("arrays", "train", data), test=load_split("arrays", "test", data)
        )

    monkeypatch.setattr("spikeff.models.trained.write_report", page)
    model.report(tmp_path / "page.html", (X[60:64], y[60:64]), samples=3, bits=7)
    assert (seen["out"], seen["samples"], seen["bits"]) == (tmp_path / "page.html", 3, 7)
    assert seen["model"].config == model.config
    np.testing.assert_array_equal(seen["test"].labels, y[60:64])
    np.testing.assert_array_equal(seen["test"].images, np.round(X[60:64].reshape(4, 20) * 255))
    np.testing.assert_array_equal(seen["train"].images, model.samples.images)
    assert not list(tmp_path.iterdir())


def test_a_loaded_model_never_takes_test_samples_for_training_samples(model, arrays, tmp_path):
    X, y = arrays
    model.save(tmp_path / "run")
    loaded = spikeff.load(tmp_path / "run")
    with pytest.raises(ConfigError, match="without its training samples"):
        loaded.report(tmp_path / "page.html", (X[60:], y[60:]))
    assert not (tmp_path / "page.html").exists()


def test_integers_have_a_page(model, arrays, tmp_path, monkeypatch):
    X, y = arrays
    seen = {}

    def page(file, out, data, samples):
        seen.update(out=out, samples=samples, network=load_integer_network(file))
        seen.update(test=load_split("arrays", "test", Path(data)))

    monkeypatch.setattr("spikeff.models.integers.write_report", page)
    integers = model.export()
    integers.report(tmp_path / "page.html", (X[60:64], y[60:64]), samples=2)
    assert (seen["out"], seen["samples"]) == (tmp_path / "page.html", 2)
    assert seen["network"].period == integers.network.period
    np.testing.assert_array_equal(seen["test"].labels, y[60:64])
    with pytest.raises(ConfigError, match="trained on 'digits'"):
        spikeff.load("zoo:digits").report(tmp_path / "page.html", (X, y))
