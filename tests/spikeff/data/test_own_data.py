import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from spikeff.data.arrays import read_split, write_split
from spikeff.data.registry import load_split
from spikeff.data.torch_datasets import split_from_torch
from spikeff.errors import ConfigError, DataError
from spikeff.ir.io.npz import write_arrays
from spikeff.training.config.files import preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from spikeff.training.evaluation import evaluate
from spikeff.training.trainer import Trainer

RNG = np.random.default_rng(3)


@pytest.fixture
def pictures():
    """Three classes of 5 x 4 uint8 pictures, 90 samples."""
    labels = np.arange(90) % 3
    images = RNG.integers(0, 60, (90, 5, 4))
    images[np.arange(90), labels] += 180
    return torch.tensor(images, dtype=torch.uint8), torch.tensor(labels)


def test_datasets_and_loaders_of_all_kinds_give_one_split(pictures):
    images, labels = pictures

    class Stream(IterableDataset):
        def __iter__(self):
            return zip(images, labels, strict=True)

    whole = split_from_torch(TensorDataset(images, labels))
    assert whole.shape == (5, 4)
    assert whole.classes == 3
    np.testing.assert_array_equal(whole.images, images.reshape(90, 20))
    others = [
        Stream(),
        DataLoader(TensorDataset(images, labels), batch_size=32),
        DataLoader(TensorDataset(images, labels), batch_size=None),
        TensorDataset(images[:, None] / 255, labels),
        [
            (image.numpy().astype(np.float64) / 255, int(label))
            for image, label in zip(images, labels, strict=True)
        ],
    ]
    for other in others:
        split = split_from_torch(other)
        np.testing.assert_array_equal(split.images, whole.images)
        np.testing.assert_array_equal(split.labels, whole.labels)
    assert split_from_torch(others[0], classes=5, samples=7).images.shape == (7, 20)
    spikes = split_from_torch(TensorDataset(images > 100, labels))
    np.testing.assert_array_equal(np.unique(spikes.images), [0, 255])


@pytest.mark.parametrize(
    ("image", "label", "message"),
    [
        (torch.zeros(2, 3) - 0.1, 0, "sample 1: values from -0.1"),
        (torch.full((2, 3), float("nan")), 0, "sample 1: values from nan"),
        (torch.zeros(2, 3, dtype=torch.int64), 0, "image of int64"),
        (torch.zeros(3, 2), 0, "sample 1 has shape"),
        (torch.zeros(1, 1, 2, 3), 0, "image of shape"),
        (torch.zeros(2, 3), -1, "label -1"),
        (torch.zeros(2, 3), 0.5, "label 0.5"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_sample(image, label, message):
    with pytest.raises(DataError, match=message):
        split_from_torch([(torch.zeros(2, 3), 1), (image, label)])


def test_too_few_and_wrong_counts(pictures):
    with pytest.raises(DataError, match="hold 0 samples"):
        split_from_torch([])
    with pytest.raises(DataError, match="hold 90 samples; 91 are needed"):
        split_from_torch(TensorDataset(*pictures), samples=91)
    with pytest.raises(DataError, match="labels go up to 2; 2 classes"):
        split_from_torch(TensorDataset(*pictures), classes=2)


def test_splits_survive_their_files(pictures, tmp_path):
    split = split_from_torch(TensorDataset(*pictures), classes=4)
    write_split(tmp_path / "train.npz", split)
    again = load_split("arrays", "train", tmp_path)
    np.testing.assert_array_equal(again.images, split.images)
    np.testing.assert_array_equal(again.labels, split.labels)
    assert (again.shape, again.classes) == (split.shape, 4)
    write_split(tmp_path / "test.npz", split, spikes=True)
    np.testing.assert_array_equal(
        load_split("arrays", "test", tmp_path).images, (split.images > 0) * 255
    )
    with pytest.raises(DataError, match=r"train\.npz and test\.npz"):
        load_split("arrays", "train", None)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"images": np.zeros((4, 2, 2))}, "images float64"),
        ({"images": np.zeros((4, 4), np.uint8)}, r"of shape \(4, 4\)"),
        ({"spikes": np.ones((4, 2, 2))}, "one of them"),
        ({"labels": np.arange(3)}, "4 integers are needed"),
        ({"labels": np.arange(4.0)}, "4 integers are needed"),
        ({"labels": np.array([0, 1, 2, -1])}, "labels -1 to 2"),
        ({"labels": np.array([0, 1, 2, 3])}, "3 classes are 0 to 2"),
        ({"classes": np.array(1)}, "1 classes"),
        ({"classes": np.array([3])}, "give one integer"),
    ],
)
def test_arrays_that_do_not_fit_are_named(changed, message, tmp_path):
    good = {"images": np.zeros((4, 2, 2), np.uint8), "labels": np.arange(4) % 3, "classes": 3}
    path = tmp_path / "train.npz"
    write_arrays(path, {k: np.asarray(v) for k, v in (good | changed).items()})
    with pytest.raises(DataError, match=message) as caught:
        read_split(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("preset", ["digits", "digits-columns"])
def test_three_classes_are_learned(preset, pictures):
    split = split_from_torch(TensorDataset(*pictures))
    small = {"dataset": "arrays", "layers": [60], "column_size": 10, "epochs": 12, "batch_size": 15}
    config = make_config(
        with_fields(preset_table(preset), small | {"shift": 0, "learning_rate": 5e-3}), "test"
    )
    trainer = Trainer(config, split, torch.device("cpu"))
    trainer.calibrate()
    while trainer.epochs_done < config.schedule.epochs:
        trainer.train_epoch()
    assert evaluate(trainer.model, split).accuracy > 0.8


def test_two_classes_leave_one_wrong_label(pictures):
    images, labels = pictures
    split = split_from_torch(TensorDataset(images, labels % 2))
    table = with_fields(preset_table("digits"), {"dataset": "arrays", "negatives_per_sample": 2})
    config = make_config(table, "test")
    with pytest.raises(ConfigError, match="2 classes, so 1 wrong labels"):
        Trainer(config, split, torch.device("cpu"))
    one = make_config(
        with_fields(table, {"negatives.per_sample": 1, "network.layers": [40]}), "test"
    )
    trainer = Trainer(one, split, torch.device("cpu"))
    trainer.calibrate()
    assert trainer.probe().samples == 90
