"""Samples for trained networks: where they lie, which labels they may have, what changed."""

import json

import numpy as np
import pytest

from spikeff.data.arrays import read_split, write_split
from spikeff.data.dataset import Split
from spikeff.data.spike_trains import fitting, load_samples, load_spike_file
from spikeff.errors import DataError, UnknownNameError
from spikeff.ir.codes import InputCode
from spikeff.ir.io.npz import write_arrays
from spikeff.pipeline.compile.export import export
from spikeff.pipeline.evaluate import evaluate_run
from spikeff.pipeline.fidelity.check import check
from spikeff.pipeline.run.run import run
from spikeff.pipeline.samples import data_directory, run_samples
from spikeff.pipeline.train import train
from spikeff.training.checkpoint import load_model
from spikeff.training.run_folder import BEST, RECORD

CONFIG = """
preset = "digits"
data.dataset = "arrays"
data.encoder = "spikes"
data.steps = 6
network.layers = [20]
network.layer_defaults.column_size = 10
schedule.epochs = 1
validation.share = 0.25
"""


def spikes_of(labels, classes=4, channels=9):
    rng = np.random.default_rng(5)
    images = (rng.random((len(labels), 6, channels)) < 0.3) * np.uint8(255)
    return Split(images.reshape(len(labels), -1), np.array(labels), (6, channels), classes)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run on spike trains of four classes, of which training has no sample of the last."""
    folder = tmp_path_factory.mktemp("samples")
    write_split(folder / "data" / "train.npz", spikes_of([0, 1, 2] * 8), spikes=True)
    write_split(folder / "data" / "test.npz", spikes_of([0, 1, 2] * 2), spikes=True)
    (folder / "c.toml").write_text(CONFIG)
    train(folder / "run", config=folder / "c.toml", data=folder / "data")
    export(folder / "run", folder / "run" / "net", data=folder / "data")
    return folder


def test_a_run_remembers_where_its_data_lie(trained, tmp_path, monkeypatch):
    run_folder, data = trained / "run", trained / "data"
    assert data_directory(run_folder, None) == data
    assert data_directory(run_folder / BEST, None) == data
    assert data_directory(run_folder / "net", None) == data
    assert data_directory(run_folder, tmp_path) == tmp_path
    assert evaluate_run(run_folder).samples == 6
    monkeypatch.chdir(run_folder)
    assert data_directory("zoo:digits", None) is None
    (tmp_path / RECORD).write_text(json.dumps({"data_directory": str(data)}))
    assert data_directory(tmp_path / "net", None) is None  # no run lies there


def test_a_directory_that_is_gone_is_named(trained, tmp_path):
    about = json.loads((trained / "run" / RECORD).read_text())
    (tmp_path / "checkpoint.safetensors").touch()
    (tmp_path / RECORD).write_text(json.dumps(about | {"data_directory": str(tmp_path / "gone")}))
    with pytest.raises(DataError, match=r"was trained on data in .*gone.*pass --data DIR"):
        data_directory(tmp_path, None)
    for odd in (5, None, ["x"]):
        (tmp_path / RECORD).write_text(json.dumps({"data_directory": odd}))
        assert data_directory(tmp_path, None) is None


def test_three_parts_have_names(trained):
    model, data = load_model(trained / "run"), trained / "data"
    whole = read_split(data / "train.npz")
    parts = {name: run_samples(model, name, data) for name in ("train", "validation", "test")}
    assert [len(part) for part in parts.values()] == [18, 6, 6]
    joined = np.concatenate([parts["train"].images, parts["validation"].images])
    assert sorted(map(bytes, joined)) == sorted(map(bytes, whole.images))
    assert evaluate_run(trained / "run", split="validation").samples == 6
    unheld = load_model(trained / "run")
    unheld.config = unheld.config.model_copy(update={"validation": None})
    with pytest.raises(UnknownNameError, match="split of data set 'arrays' 'validation'"):
        run_samples(unheld, "validation", data)


@pytest.mark.parametrize("label", [4, 9])
def test_a_label_beyond_the_networks_classes_is_refused_everywhere(trained, tmp_path, label):
    write_split(tmp_path / "train.npz", spikes_of([0, 1, 2] * 8), spikes=True)
    write_split(tmp_path / "test.npz", spikes_of([0, 1, label], classes=12), spikes=True)
    said = rf"label {label} \(sample 2\), and the network has 4 classes, 0 to 3"
    for call in (
        lambda: evaluate_run(trained / "run", data=tmp_path),
        lambda: check(trained / "run", 3, tmp_path),
        lambda: run(trained / "run" / "net", data=tmp_path),
        lambda: load_spike_file(tmp_path / "test.npz", 4),
    ):
        with pytest.raises(DataError, match=said):
            call()


def test_no_label_may_stand_for_unknown_and_nothing_else(tmp_path):
    spikes = spikes_of([0, 1, 2]).images.reshape(3, 6, 9) > 0
    for labels, fits in (([0, -1, 3], True), ([0, -7, 3], False), ([1, 2, 4], False)):
        write_arrays(tmp_path / "x.npz", {"spikes": spikes, "labels": np.array(labels)})
        if fits:
            assert load_spike_file(str(tmp_path / "x.npz"), 4).labels.tolist() == labels
        else:
            with pytest.raises(DataError, match="and the network has 4 classes"):
                load_spike_file(tmp_path / "x.npz", 4)


def test_swapped_axes_are_named(trained, tmp_path):
    turned = spikes_of([0, 1, 2] * 8).images.reshape(24, 6, 9).transpose(0, 2, 1) > 0
    labels = np.array([0, 1, 2] * 8)
    for name in ("train", "test"):
        write_arrays(tmp_path / f"{name}.npz", {"spikes": turned, "labels": labels})
    said = r"axes are swapped. Give \(samples, steps, channels\)"
    with pytest.raises(DataError, match=said):
        train(tmp_path / "run", config=trained / "c.toml", data=tmp_path)
    with pytest.raises(DataError, match=said):
        evaluate_run(trained / "run", data=tmp_path)
    with pytest.raises(DataError, match=said):
        run(trained / "run" / "net", data=tmp_path)


def test_other_widths_are_named():
    code = InputCode("latency", 64, 0.1, 1)
    wide = Split(np.zeros((2, 66), np.uint8), np.zeros(2, np.int64), (6, 11), 2)
    with pytest.raises(DataError, match="mine: 66 channels, 6 x 11 values each; the network takes"):
        fitting("mine", wide, code, 8, 2)


def test_data_that_changed_since_training_are_told(trained, tmp_path):
    write_split(tmp_path / "train.npz", spikes_of([0, 1, 2] * 8), spikes=True)
    write_split(tmp_path / "test.npz", spikes_of([0, 3]), spikes=True)
    told = []
    evaluate_run(trained / "run", log=told.append)
    assert told == []
    evaluate_run(trained / "run", data=tmp_path, log=told.append)
    assert told == [
        "warning: some samples have labels 3, and training had labels 0, 1, 2 alone: they cannot "
        "be right"
    ]
    write_split(tmp_path / "test.npz", spikes_of([3, 3]), spikes=True)
    with pytest.raises(DataError, match="the samples have labels 3, and training had labels 0, 1"):
        evaluate_run(trained / "run", data=tmp_path)
    write_split(tmp_path / "test.npz", spikes_of([0, 1]), spikes=True)
    write_split(tmp_path / "train.npz", spikes_of([1, 0, 2] * 8), spikes=True)
    told.clear()
    evaluate_run(trained / "run", data=tmp_path, log=told.append)
    assert len(told) == 1
    assert "the training samples beside these are not those that" in told[0]
    assert "24 samples of 3 classes, sha256" in told[0]


def test_networks_take_the_classes_they_have(trained):
    from spikeff.lowering import describe

    description = describe(load_model(trained / "run"))
    assert load_samples(description, "test", trained / "data", None).classes == 4
