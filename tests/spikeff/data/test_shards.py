"""Samples that stay on the disk learn, answer and are told apart as the same ones in memory."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from torch.utils.data import IterableDataset

import spikeff
from spikeff.data import stored, torch_datasets
from spikeff.data.arrays import write_split
from spikeff.data.dataset import held_out
from spikeff.data.fingerprint import Fingerprint
from spikeff.data.in_memory import split_of_arrays
from spikeff.data.registry import load_split
from spikeff.data.shards import read_shards
from spikeff.data.stored import StoredImages, mapping_of
from spikeff.data.torch_datasets import split_from_torch, write_shards
from spikeff.errors import DataError, OutputError

RNG = np.random.default_rng(5)


@pytest.fixture
def samples():
    """Seventy images of 6 x 4 in three classes."""
    labels = np.arange(70) % 3
    images = RNG.integers(0, 60, (70, 6, 4)).astype(np.uint8)
    images[np.arange(70), labels] += 180
    return images, labels


class Stream(IterableDataset):
    """One pass over samples, of no known length."""

    def __init__(self, samples):
        self.samples = samples

    def __iter__(self):
        return iter(zip(*self.samples, strict=True))


@pytest.fixture
def folder(tmp_path, samples):
    """A data set whose training samples are shards of seven images, and its test samples a file."""
    write_shards(tmp_path / "train", Stream(samples), shard_bytes=7 * 24)
    write_split(tmp_path / "test.npz", split_of_arrays(*samples, in_steps=False).head(20))
    return tmp_path


def test_shards_read_as_one_array(folder, samples) -> None:
    images, labels = samples
    split = read_shards(folder / "train")
    flat = images.reshape(70, 24)
    assert len(list((folder / "train").glob("*.images.npy"))) == 10
    assert isinstance(split.images, StoredImages)
    assert (split.images.shape, split.shape, split.classes) == ((70, 24), (6, 4), 3)
    np.testing.assert_array_equal(split.labels, labels)
    some = RNG.permutation(70)[:33]
    for rows in (slice(None), slice(5, 23), slice(20, None, 7), some, labels == 1):
        np.testing.assert_array_equal(split.images[rows], flat[rows])
        within = split.take(rows)
        assert isinstance(within.images, StoredImages)
        np.testing.assert_array_equal(within.images[1:9:2], flat[rows][1:9:2])
        np.testing.assert_array_equal(within.labels, labels[rows])
    few = some[:5] % 33
    np.testing.assert_array_equal(split.take(some).take(few).whole(), flat[some[few]])


def test_stored_samples_are_known_by_the_same_fingerprint(folder, samples, monkeypatch) -> None:
    whole = split_of_arrays(*samples, in_steps=False)
    at_once = Fingerprint.of(whole)
    monkeypatch.setattr(stored, "READ_BYTES", 5 * 24)
    assert Fingerprint.of(read_shards(folder / "train")) == Fingerprint.of(whole) == at_once
    for one, other in zip(
        held_out(read_shards(folder / "train"), 0.3, 1), held_out(whole, 0.3, 1), strict=True
    ):
        assert isinstance(one.images, StoredImages)
        assert Fingerprint.of(one) == Fingerprint.of(other)


def test_training_from_the_disk_ends_with_the_bits_of_memory(folder, samples, tmp_path) -> None:
    """From shards, from a memory map, and from a stream that does not fit the memory."""
    images, labels = samples
    np.save(tmp_path / "x.npy", images)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    how = {"layers": [30], "column_size": 10, "epochs": 2, "batch_size": 16, "shift": 1}
    how |= {"preset": "digits", "validation": 0.2}

    def learned(data):
        trained = spikeff.train(data=data, **how)
        return [weight.numpy() for weight in trained.model.weights().values()]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch_datasets, "MEMORY_BYTES", 400)
        patch.setattr(torch_datasets, "SHARD_BYTES", 100)
        spooled = split_from_torch(Stream(samples))
    assert isinstance(spooled.images, StoredImages)
    expected = learned((images, labels))
    for data in (folder, (mapped, labels), spooled):
        for one, other in zip(learned(data), expected, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_spooled_stream_leaves_nothing_behind(samples, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(torch_datasets, "MEMORY_BYTES", 400)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    split = split_from_torch(Stream(samples))
    assert len(list(tmp_path.iterdir())) == 1
    np.testing.assert_array_equal(split.whole(), samples[0].reshape(70, 24))
    del split
    assert not list(tmp_path.iterdir())
    with pytest.raises(DataError, match="without samples"):
        split_from_torch(Stream((samples[0], samples[1] * 2)))
    assert not list(tmp_path.iterdir())


def test_spike_trains_lie_in_shards_too(tmp_path) -> None:
    trains = RNG.random((8, 5, 6)) < 0.3
    (tmp_path / "train").mkdir()
    np.save(tmp_path / "train" / "a.spikes.npy", trains)
    np.save(tmp_path / "train" / "a.labels.npy", np.arange(8) % 2)
    split = load_split("arrays", "train", tmp_path)
    np.testing.assert_array_equal(split.whole(), trains.reshape(8, 30) * np.uint8(255))
    assert split.shape == (5, 6)
    np.save(tmp_path / "train" / "a.spikes.npy", trains * 2)
    with pytest.raises(DataError, match="besides 0 and 1"):
        load_split("arrays", "train", tmp_path)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("b.images.npy", np.zeros((4, 6, 5), np.uint8), r"shapes \[\(6, 4\), \(6, 5\)\]"),
        ("b.images.npy", np.ones((4, 6, 4)) * 2, "floats must lie in 0 to 1"),
        ("b.images.npy", np.asfortranarray(np.zeros((4, 6, 4))), "lies by columns"),
        ("b.images.npy", np.zeros((0, 6, 4)), "nothing in it"),
        ("b.labels.npy", np.zeros(3, np.int64), "4 integers are needed"),
        ("b.labels.npy", np.zeros(4), "4 integers are needed"),
        ("b.labels.npy", np.full(4, -1), "label -1"),
        ("classes.npy", np.array(1), "label 2"),
        ("b.spikes.npy", np.zeros((4, 6, 4), bool), "one of the two kinds"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, samples, name, array, message) -> None:
    folder = tmp_path / "train"
    write_shards(folder, zip(*samples, strict=True))
    np.save(folder / "b.images.npy", np.zeros((4, 6, 4), np.uint8))
    np.save(folder / "b.labels.npy", np.zeros(4, np.int64))
    np.save(folder / name, array)
    with pytest.raises(DataError, match=message) as error:
        load_split("arrays", "train", tmp_path)
    assert str(folder) in str(error.value)


def test_dark_images_and_files_beside_a_folder_are_refused(tmp_path, samples) -> None:
    images, labels = samples
    write_shards(tmp_path / "train", zip((images > 100).view(np.uint8), labels, strict=True))
    with pytest.raises(DataError, match="0 and 1 alone"):
        load_split("arrays", "train", tmp_path)
    with pytest.raises(OutputError, match=r"train exists"):
        write_shards(tmp_path / "train", zip(images, labels, strict=True))
    write_split(tmp_path / "train.npz", split_of_arrays(images, labels, in_steps=False))
    with pytest.raises(DataError, match="are both there"):
        load_split("arrays", "train", tmp_path)
    (tmp_path / "test").mkdir()
    with pytest.raises(DataError, match=r"NAME\.images\.npy"):
        load_split("arrays", "test", tmp_path)


def test_a_damaged_shard_is_refused_by_name(folder) -> None:
    file = next((folder / "train").glob("*3.images.npy"))
    content = file.read_bytes()
    for damaged in (b"", content[:5], content[:-1], b"PK" + content[2:]):
        file.write_bytes(damaged)
        with pytest.raises(DataError, match=file.name):
            load_split("arrays", "train", folder)


def test_nothing_is_left_of_a_write_that_fails(tmp_path, samples) -> None:
    def failing():
        yield from zip(*samples, strict=True)
        yield "no picture", 1

    with pytest.raises(DataError, match="sample 70"):
        write_shards(tmp_path / "train", failing(), shard_bytes=300)
    assert not list(tmp_path.iterdir())


def test_memory_maps_are_told_from_memory(tmp_path) -> None:
    np.save(tmp_path / "x.npy", np.arange(12))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert mapping_of(np.asarray(mapped)[3:].reshape(3, 3)) is not None
    assert mapping_of(np.arange(3)) is None
    assert mapping_of(mapped + 1) is None


def test_changes_that_are_in_memory_alone_are_not_given_back(
    tmp_path, samples, monkeypatch
) -> None:
    """Of a map that is copied on write; those of other maps are in their file."""
    monkeypatch.setattr(stored, "KEPT_BYTES", 1)
    images, labels = samples
    np.save(tmp_path / "x.npy", images // 2)
    for mode, kept in (("c", False), ("r+", True), ("r", True)):
        mapped = np.load(tmp_path / "x.npy", mmap_mode=mode)
        if mode != "r":
            mapped[:] = images
        split = split_of_arrays(mapped, labels, in_steps=False)
        assert stored.gives_back(np.asarray(mapped)[3:]) == kept
        for _ in range(2):
            np.testing.assert_array_equal(split.images[:], images.reshape(70, 24))
        np.testing.assert_array_equal(mapped, images)


READ = """
import resource, sys
from pathlib import Path
import numpy as np
from spikeff.data.fingerprint import Fingerprint
from spikeff.data.registry import load_split
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
split = load_split("arrays", "train", Path(sys.argv[1]))
Fingerprint.of(split)
rng = np.random.default_rng(0)
for _ in range(100):
    split.images[rng.integers(0, len(split), 100)]
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_data(tmp_path) -> None:
    """A quarter of a gigabyte is read in full and at random, within less than half of that."""
    folder = tmp_path / "train"
    folder.mkdir()
    shape = (2**18, 32, 32)
    images = np.lib.format.open_memmap(folder / "a.images.npy", "w+", np.uint8, shape)
    images[:: 2**12] = 200
    images.flush()
    np.save(folder / "a.labels.npy", np.arange(shape[0]) % 4)
    ran = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path)], capture_output=True, text=True, check=True
    )
    kilobytes = int(ran.stdout)
    assert kilobytes < 120 * 2**10
