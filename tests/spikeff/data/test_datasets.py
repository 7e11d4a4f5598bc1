import gzip
import struct

import numpy as np
import pytest

from spikeff.data.idx import MAX_IDX_BYTES, read_idx
from spikeff.data.images import MNIST_FILES
from spikeff.data.known_images import PIXELS, pixels_md5
from spikeff.data.registry import IDX_SETS, load_split
from spikeff.errors import DataError, UnknownNameError


def idx_bytes(array, kind=0x08):
    header = struct.pack(">BBBB", 0, 0, kind, array.ndim) + struct.pack(
        f">{array.ndim}I", *array.shape
    )
    return header + array.astype(np.uint8).tobytes()


@pytest.fixture
def directory(tmp_path):
    rng = np.random.default_rng(1)
    for (image_file, label_file), count in zip(MNIST_FILES.values(), (40, 10), strict=True):
        images = rng.integers(0, 256, (count, 28, 28))
        labels = np.arange(count) % 10
        (tmp_path / image_file).write_bytes(gzip.compress(idx_bytes(images)))
        (tmp_path / label_file).write_bytes(gzip.compress(idx_bytes(labels)))
    return tmp_path


def test_digits_split_is_fixed_and_stratified():
    train, test = load_split("digits", "train", None), load_split("digits", "test", None)
    assert (len(train), len(test)) == (1437, 360)
    assert np.bincount(test.labels).min() >= 34
    assert train.images.max() == 255
    joined = {image.tobytes() for image in train.images}
    assert sum(image.tobytes() in joined for image in test.images) < 5


@pytest.mark.parametrize("name", IDX_SETS)
def test_idx_files_are_read(directory, name):
    split = load_split(name, "test", directory)
    assert split.images.shape == (10, 784)
    assert split.shape == (28, 28)
    assert split.labels.tolist() == list(range(10))
    plain = directory / MNIST_FILES["test"][0]
    plain.write_bytes(gzip.decompress(plain.read_bytes()))
    np.testing.assert_array_equal(load_split(name, "test", directory).images, split.images)


@pytest.mark.parametrize("split", MNIST_FILES)
def test_images_of_another_set_are_refused(directory, monkeypatch, split):
    images = load_split("mnist", split, directory).images
    monkeypatch.setitem(PIXELS, pixels_md5(images), "mnist")
    np.testing.assert_array_equal(load_split("mnist", split, directory).images, images)
    with pytest.raises(DataError, match="holds the images of mnist, and fashion-mnist was asked"):
        load_split("fashion-mnist", split, directory)


def test_head_refuses_more_than_there_is(directory):
    split = load_split("mnist", "test", directory)
    assert len(split.head(3)) == 3
    for count in (0, 11, -1):
        with pytest.raises(DataError, match="1 to 10"):
            split.head(count)


def damaged(directory, which, change):
    path = directory / MNIST_FILES["test"][which]
    path.write_bytes(change(path.read_bytes()))
    return path


def repacked(change):
    return lambda raw: gzip.compress(change(gzip.decompress(raw)))


@pytest.mark.parametrize(
    ("which", "change", "message"),
    [
        (0, lambda raw: raw[: len(raw) // 2], "truncated or corrupt"),
        (0, lambda raw: raw[:50] + b"\0\1\2\3" + raw[54:], "truncated or corrupt"),
        (0, lambda raw: b"not an image file", "not an IDX file"),
        (0, lambda raw: b"", "not an IDX file"),
        (0, repacked(lambda raw: raw[:-1]), "is truncated"),
        (0, repacked(lambda raw: raw[:9]), "is truncated"),
        (0, repacked(lambda raw: raw + b"\0"), "is corrupt"),
        (0, repacked(lambda raw: raw[:2] + b"\x0d" + raw[3:]), "type 0x0d"),
        (1, repacked(lambda raw: raw[:-1] + b"\x0b"), "label 11 at position 9"),
        (1, lambda raw: gzip.compress(idx_bytes(np.zeros(9))), "10 images but .* 9 labels"),
        (1, lambda raw: gzip.compress(idx_bytes(np.zeros((10, 1)))), "labels need 1"),
        (0, lambda raw: gzip.compress(idx_bytes(np.zeros(10))), "images need 3"),
    ],
)
def test_damaged_files_are_named(directory, which, change, message):
    path = damaged(directory, which, change)
    with pytest.raises(DataError, match=message) as caught:
        load_split("mnist", "test", directory)
    assert str(path) in str(caught.value)


def test_mixed_up_splits_are_named(directory):
    (directory / MNIST_FILES["test"][1]).write_bytes(
        (directory / MNIST_FILES["train"][1]).read_bytes()
    )
    with pytest.raises(DataError, match="different splits"):
        load_split("mnist", "test", directory)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte\.gz does not exist"):
        load_split("mnist", "test", tmp_path)
    with pytest.raises(DataError, match="--data DIR"):
        load_split("mnist", "test", None)
    with pytest.raises(DataError, match="does not exist"):
        read_idx(tmp_path / "nothing")


def test_no_more_is_unpacked_than_the_header_announces(directory):
    path = directory / MNIST_FILES["test"][0]
    header = struct.pack(">4B3I", 0, 0, 8, 3, 1, 28, 28)
    path.write_bytes(gzip.compress(header + bytes(50_000_000)))
    with pytest.raises(DataError, match="needs 784 bytes of data, it holds more"):
        read_idx(path)
    path.write_bytes(gzip.compress(struct.pack(">4B3I", 0, 0, 8, 3, *[2**31] * 3)))
    with pytest.raises(DataError, match=f"{MAX_IDX_BYTES} are the most"):
        read_idx(path)
    path.write_bytes(struct.pack(">4B9I", 0, 0, 8, 9, *[1] * 9))
    with pytest.raises(DataError, match="9 dimensions; 1 to 8"):
        read_idx(path)


def test_unknown_names():
    listed = "digits, fashion-mnist, intervals, kmnist, lags, mnist, moving-digit, relation, spoken"
    with pytest.raises(UnknownNameError, match=listed):
        load_split("mnits", "test", None)
    with pytest.raises(UnknownNameError, match="test, train"):
        load_split("digits", "valid", None)
