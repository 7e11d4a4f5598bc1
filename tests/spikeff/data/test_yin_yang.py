import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from spikeff.data.registry import load_split, load_validation
from spikeff.data.yin_yang import SAMPLES, parts
from spikeff.errors import DataError, UnknownNameError

DIRECTORY = os.environ.get("SPIKEFF_YIN_YANG")


def points_of(split):
    return split.images[:, :2] / 255


@pytest.fixture
def directory(tmp_path):
    rng = np.random.default_rng(4)
    for name, count in (("train", 30), ("validation", 12), ("test", 9)):
        points = rng.random((count, 2))
        np.save(tmp_path / f"{name}_samples.npy", np.concatenate([points, 1 - points], 1))
        np.save(tmp_path / f"{name}_labels.npy", np.arange(count) % 3)
    return tmp_path


@pytest.mark.parametrize(
    ("point", "part"),
    [
        ((0.25, 0.5), 2),  # the eyes, up to their edge
        ((0.75, 0.5), 2),
        ((0.25, 0.59), 2),
        ((0.25, 0.61), 1),  # the left bulge, on both sides of the middle
        ((0.25, 0.3), 1),
        ((0.02, 0.52), 1),
        ((0.5, 0.9), 1),  # above the bulge on the right
        ((0.75, 0.7), 0),  # the right bulge
        ((0.75, 0.3), 0),
        ((0.98, 0.48), 0),
        ((0.5, 0.1), 0),
        ((0.02, 0.4), 0),  # outside the left bulge, below the middle
        ((0.98, 0.6), 1),
    ],
)
def test_the_parts_of_the_symbol(point, part):
    assert parts(np.array([point])).tolist() == [part]


def test_each_half_is_the_other_turned_round():
    points = np.random.default_rng(0).random((500, 2))
    turned = parts(1 - points)
    np.testing.assert_array_equal(turned, np.array([1, 0, 2])[parts(points)])


@pytest.mark.parametrize("name", SAMPLES)
def test_drawn_samples_fill_their_parts_evenly(name):
    split = load_split("yin-yang", name, None)
    assert (len(split), split.shape, split.classes) == (SAMPLES[name], (1, 4), 3)
    counts = np.bincount(split.labels)
    assert np.ptp(counts) <= 1
    points = points_of(split)
    # Intensities are rounded to 255 levels, so points near a border may seem to lie beyond it.
    assert (parts(points) == split.labels).mean() > 0.97
    assert np.hypot(*(points - 0.5).T).max() < 0.505
    np.testing.assert_array_equal(split.images[:, 2:], 255 - split.images[:, :2])


def test_drawn_points_are_uniform_within_a_part():
    split = load_split("yin-yang", "train", None)
    eyes = points_of(split)[split.labels == 2]
    left = eyes[:, 0] < 0.5
    assert left.mean() == pytest.approx(0.5, abs=0.04)
    radius = np.hypot(*(eyes[left] - [0.25, 0.5]).T)
    assert (radius < 0.1 / np.sqrt(2)).mean() == pytest.approx(0.5, abs=0.06)


def test_splits_are_fixed_and_have_nothing_in_common():
    splits = {name: load_split("yin-yang", name, None) for name in SAMPLES}
    np.testing.assert_array_equal(
        splits["train"].images, load_split("yin-yang", "train", None).images
    )
    assert not np.array_equal(splits["validation"].images, splits["test"].images)
    own = load_validation("yin-yang", None)
    assert own is not None
    np.testing.assert_array_equal(own.images, splits["validation"].images)


def test_it_is_the_border_that_is_hard():
    train, test = (load_split("yin-yang", name, None) for name in ("train", "test"))
    linear = LogisticRegression(max_iter=300).fit(train.images / 255, train.labels)
    assert 0.55 < linear.score(test.images / 255, test.labels) < 0.7
    near = KNeighborsClassifier(5).fit(train.images, train.labels)
    assert near.score(test.images, test.labels) > 0.93


def test_published_files_are_read(directory):
    for name, count in (("train", 30), ("validation", 12), ("test", 9)):
        split = load_split("yin-yang", name, directory)
        assert (len(split), split.shape, split.classes) == (count, (1, 4), 3)
        np.testing.assert_array_equal(split.labels, np.arange(count) % 3)
        given = np.load(directory / f"{name}_samples.npy")
        np.testing.assert_allclose(split.images / 255, given, atol=0.5 / 255 + 1e-9)
    with pytest.raises(UnknownNameError, match="test, train, validation"):
        load_split("yin-yang", "valid", directory)


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        ("samples", np.full((9, 4), 1.5), "floats from 0 to 1"),
        ("samples", np.full((9, 4), np.nan), "floats from 0 to 1"),
        ("samples", np.full((9, 4), -0.1), "floats from 0 to 1"),
        ("samples", np.ones((9, 4), int), "int64 values"),
        ("samples", np.zeros((9, 3)), r"shape \(9, 3\)"),
        ("samples", np.zeros((0, 4)), r"shape \(0, 4\)"),
        ("samples", np.zeros((9, 4), object), "only numbers and booleans"),
        ("samples", np.zeros((8, 4)), "8 integers are needed"),
        ("labels", np.arange(9.0), "9 integers are needed"),
        ("labels", np.full(9, 3), "label 3"),
        ("labels", np.full(9, -1), "label -1"),
    ],
)
def test_files_that_do_not_fit_are_named(directory, kind, values, message):
    path = directory / f"test_{kind}.npy"
    np.save(path, values, allow_pickle=True)
    with pytest.raises(DataError, match=message) as caught:
        load_split("yin-yang", "test", directory)
    assert str(directory / "test_") in str(caught.value)


def test_missing_and_damaged_files_are_named(directory):
    path = directory / "test_samples.npy"
    whole = path.read_bytes()
    for damaged, message in (
        (whole[:-8], "needs 288 bytes, not 280"),
        (whole + b"\0", "needs 288 bytes"),
        (b"no array", "not a readable"),
        (b"", "not a readable"),
    ):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match=message) as caught:
            load_split("yin-yang", "test", directory)
        assert str(path) in str(caught.value)
    path.unlink()
    with pytest.raises(DataError, match=r"test_samples\.npy does not exist"):
        load_split("yin-yang", "test", directory)


@pytest.mark.skipif(DIRECTORY is None, reason="set SPIKEFF_YIN_YANG to the published .npy files")
@pytest.mark.parametrize("name", SAMPLES)
def test_the_published_labels_follow_from_the_definition(name):
    values, labels = (np.load(Path(DIRECTORY) / f"{name}_{k}.npy") for k in ("samples", "labels"))
    np.testing.assert_array_equal(parts(values[:, :2]), labels)
