import numpy as np
import pytest
import torch
from torch.utils.data import (
    ChainDataset,
    ConcatDataset,
    DataLoader,
    IterableDataset,
    TensorDataset,
)

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
        (torch.zeros(2, 3) - 0.1, 0, "sample 1: image: values from -0.1"),
        (torch.full((2, 3), float("nan")), 0, "sample 1: image: values from nan"),
        (torch.zeros(2, 3, dtype=torch.int64), 0, "sample 1: image: int64"),
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
    with pytest.raises(DataError, match="label 2; labels 0 to 2 do not fit, for 2 classes"):
        split_from_torch(TensorDataset(*pictures), classes=2)


class Counted(IterableDataset):
    """Iterable, with a length, as data that are read from a file of known size."""

    def __init__(self, items):
        self.items = items

    def __iter__(self):
        return iter(self.items)

    def __len__(self):
        return len(self.items)


def test_iterable_data_with_a_length_are_iterated(pictures):
    images, labels = pictures
    items = list(zip(images, labels, strict=True))
    whole = split_from_torch(TensorDataset(images, labels))
    for data in (
        Counted(items),
        ChainDataset([Counted(items[:50]), Counted(items[50:])]),
        ConcatDataset([TensorDataset(*pictures)]),
        dict(enumerate(items)).values(),
    ):
        np.testing.assert_array_equal(split_from_torch(data).images, whole.images)


def test_tensors_of_every_make_are_read(pictures):
    images, labels = pictures
    scaled = images.float() / 255
    whole = split_from_torch(TensorDataset(images, labels))
    makes = {
        "bfloat16": scaled.bfloat16(),
        "float16": scaled.half(),
        "requires_grad": scaled.clone().requires_grad_(),
        "a part of a graph": scaled.clone().requires_grad_() * 1,
    }
    for name, made in makes.items():
        read = split_from_torch([(x, y) for x, y in zip(made, labels, strict=True)])
        assert np.abs(read.images.astype(int) - whole.images).max() <= 1, name
    sparse = split_from_torch([(x.to_sparse(), y) for x, y in zip(scaled, labels, strict=True)])
    np.testing.assert_array_equal(sparse.images, whole.images)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ((torch.zeros(2, 3), 0, "note"), "sample 1: 3 values; give"),
        ({"image": torch.zeros(2, 3), "label": 0}, "sample 1: dict; give"),
        (torch.zeros(2, 2, 3), "sample 1: Tensor; give"),
        (([[1, 2], [3]], 0), "sample 1: image: list cannot become an array"),
        ((torch.zeros(2, 3, dtype=torch.complex64), 0), "sample 1: image: complex64"),
        ((torch.zeros(2, 3), torch.tensor([0, 1])), r"sample 1: label tensor\(\[0, 1\]\)"),
    ],
)
def test_items_of_other_forms_are_named(item, message):
    with pytest.raises(DataError, match=message):
        split_from_torch([(torch.zeros(2, 3), 1), item])
    if isinstance(item, tuple) and len(item) == 3:
        with pytest.raises(DataError, match="batch 0: 3 values"):
            split_from_torch(DataLoader([item, item], batch_size=2))


def test_labels_that_leave_out_classes_are_named(pictures, tmp_path):
    images, labels = pictures
    for shifted, message in (
        (labels + 1, "labels run from 1 to 3, but labels begin at 0: subtract 1"),
        (labels * 5 + 3, r"labels 3, 8, 13 leave classes 0, 1, 2, 4, 5, 6, 7, 9, \.\.\. without"),
    ):
        with pytest.raises(DataError, match=message):
            split_from_torch(TensorDataset(images, shifted))
        assert split_from_torch(TensorDataset(images, shifted), classes=20).classes == 20
        arrays = {"images": images.numpy(), "labels": shifted.numpy()}
        for name in ("train", "test"):
            write_arrays(tmp_path / f"{name}.npz", arrays)
        with pytest.raises(DataError, match=message):
            load_split("arrays", "train", tmp_path)
        # Of samples to be answered any may be missing.
        assert len(load_split("arrays", "test", tmp_path)) == 90
        write_arrays(tmp_path / "train.npz", arrays | {"classes": np.array(20)})
        assert load_split("arrays", "train", tmp_path).classes == 20


def test_float_images_and_flat_ones_are_read(pictures, tmp_path):
    images, labels = pictures
    path = str(tmp_path / "mine.npz")
    write_split(path, split_from_torch(TensorDataset(images, labels)))
    whole = read_split(path)
    np.testing.assert_array_equal(whole.images, images.reshape(90, 20))
    for given, shape in (
        (images.numpy() / 255, (5, 4)),
        ((images.numpy() / 255).astype(np.float32).reshape(90, 20), (1, 20)),
        (images.numpy()[:, None], (5, 4)),
    ):
        write_arrays(tmp_path / "train.npz", {"images": given, "labels": labels.numpy()})
        read = read_split(tmp_path / "train.npz")
        assert read.shape == shape
        np.testing.assert_array_equal(read.images, whole.images)


def test_built_in_data_need_no_directory(tmp_path):
    for name in ("digits", "two-ears", "coincidence"):
        with pytest.raises(DataError, match=f"{name}' is built in, so nothing of .*dataset = 'arr"):
            load_split(name, "train", tmp_path)


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
        ({"images": np.full((4, 2, 2), 7.5)}, "images: values from 7.5 to 7.5"),
        ({"images": np.full((4, 2, 2), 7)}, "images: int64"),
        ({"images": np.ones((4, 2, 2), np.uint8)}, "0 and 1 alone, and intensities are 0 to 255"),
        ({"images": np.zeros(4, np.uint8)}, r"of shape \(4,\)"),
        ({"spikes": np.ones((4, 2, 2))}, "one of them"),
        ({"labels": np.arange(3)}, "4 integers are needed"),
        ({"labels": np.arange(4.0)}, "4 integers are needed"),
        ({"labels": np.array([0, 1, 2, -1])}, "label -1; labels -1 to 2"),
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
