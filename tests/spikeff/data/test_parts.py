"""Tasks made of glyphs: what tells the classes apart, and what does not."""

import numpy as np
import pytest

from spikeff.data import moving_digit as moving
from spikeff.data import parts, two_views
from spikeff.data.glyphs import Glyphs
from spikeff.data.registry import load_split
from spikeff.errors import DataError

MADE = ("context", "relation", "two-views")


@pytest.fixture
def glyphs():
    """Ten glyphs that can be told apart: glyph k is bright in its upper left corner and pixel k."""
    images = np.zeros((10, 4, 4), np.uint8)
    images[:, 0, 0] = 255
    images.reshape(10, -1)[np.arange(10), np.arange(10) + 5] = 200
    return Glyphs(images, np.arange(10))


@pytest.mark.parametrize("name", MADE)
def test_splits_are_drawn_from_seeds_and_share_no_sample(name):
    train, test = (load_split(name, split, None) for split in ("train", "test"))
    again = load_split(name, "test", None)
    assert np.array_equal(test.images, again.images)
    assert np.array_equal(test.labels, again.labels)
    rows = {row.tobytes() for row in train.images}
    assert not any(row.tobytes() in rows for row in test.images)
    counts = np.bincount(test.labels)
    assert counts.min() > 0.8 * counts.mean()


def test_of_context_the_glyph_says_nothing_and_its_neighbours_all(glyphs):
    split = parts.context(glyphs, 2000, seed=5)
    assert split.shape == (12, 4)
    images = split.images.reshape(-1, 12, 4)
    glyph, around = images[:, :4], images[:, 4:]
    for kind in parts.AMBIGUOUS:
        shown = (glyph == glyphs.images[kind]).all((1, 2))
        assert 0.4 < split.labels[shown].mean() < 0.6
        assert 0.4 < shown.mean() < 0.6
    upright = around[:, [0, 4], 0] == 255  # the bright corner; turned on its side it lies below
    assert np.array_equal(upright.all(1), split.labels == 1)
    assert np.array_equal((around[:, [3, 7], 0] == 255).all(1), split.labels == 0)


def test_of_relation_only_where_both_are_tells(glyphs):
    split = parts.relation(glyphs, 6000, seed=5)
    width = 4 + (parts.PLACES - 1) * parts.GAP
    assert split.shape == (8, width)
    images = split.images.reshape(-1, 8, width)
    nose, mouth = ((images[:, row] == 255).argmax(1) // parts.GAP for row in (0, 4))
    assert np.array_equal(nose == mouth, split.labels == 1)
    apart = np.bincount((mouth - nose)[split.labels == 0] % parts.PLACES, minlength=parts.PLACES)
    np.testing.assert_allclose(apart[1:] / 3000, 1 / (parts.PLACES - 1), atol=0.03)
    for place in (nose, mouth):
        for label in (0, 1):
            shares = np.bincount(place[split.labels == label], minlength=parts.PLACES) / 3000
            np.testing.assert_allclose(shares, 1 / parts.PLACES, atol=0.03)


def test_a_digit_moves_at_constant_speed_and_bounces():
    paths = moving._paths(500, (28, 24), np.random.default_rng(0))
    assert paths.shape == (moving.FRAMES, 500, 2)
    assert paths.min() >= 0
    assert (paths <= moving.FIELD - np.array([28, 24])).all()
    step = np.abs(np.diff(paths, axis=0))
    assert step.max() <= moving.FASTEST
    turns = (np.diff(paths, 2, axis=0) != 0).sum(0)
    assert 0 < turns.mean() < moving.FRAMES / 3


def test_each_frame_shows_half_of_the_digit_or_noise():
    images = np.full((10, 10, 10), 255, np.uint8)
    split = moving.moving_digit(Glyphs(images, np.arange(10)), 200, seed=1)
    assert split.shape == (moving.FRAMES, moving.FIELD**2)
    seen = (split.images.reshape(200, moving.FRAMES, -1) > 0).sum(2)
    covered = seen == 50
    np.testing.assert_allclose(covered.mean(), moving.COVERED, atol=0.03)
    noisy = 100 * moving.SHOWN + moving.NOISE * (moving.FIELD**2 - 100 * moving.SHOWN)
    np.testing.assert_allclose(seen[~covered].mean(), noisy, atol=1.0)
    assert seen[~covered].std() > 4
    assert np.array_equal(split.labels, np.sort(split.labels)) is False


def test_halves_that_are_covered_change_from_frame_to_frame():
    images = np.full((10, 40, 40), 255, np.uint8)
    split = moving.moving_digit(Glyphs(images, np.arange(10)), 100, seed=1)
    frames = split.images.reshape(-1, moving.FIELD, moving.FIELD) > 0
    halves = frames[frames.sum((1, 2)) == moving.FIELD**2 // 2]
    rows, columns = halves.all(2), halves.all(1)
    counted = [rows[:, 0].sum(), rows[:, -1].sum(), columns[:, 0].sum(), columns[:, -1].sum()]
    assert sum(counted) == len(halves)
    np.testing.assert_allclose(np.array(counted) / len(halves), 0.25, atol=0.05)


def test_views_show_the_same_digit_shifted_and_partly_blanked():
    rng = np.random.default_rng(7)
    glyphs = Glyphs(rng.integers(1, 256, (40, 28, 28), np.uint8), np.arange(40) % 10)
    split = two_views.two_views(glyphs, seed=2)
    assert split.shape == (56, 28)
    assert np.array_equal(split.labels, glyphs.labels)
    found = [
        [shift_of(view, glyph) for view in pair]
        for pair, glyph in zip(split.images.reshape(40, 2, 28, 28), glyphs.images, strict=True)
    ]
    first, second = np.moveaxis(np.array(found), 1, 0)
    assert set(first.ravel()) == set(second.ravel()) == {-2, -1, 0, 1, 2}
    assert (first != second).any(1).mean() > 0.8
    shown = (split.images > 0).mean(1)
    unblanked = (26 / 28) ** 2  # both views shifted out by two pixels
    assert 3 / 4 * unblanked <= shown.min() < unblanked


def test_views_are_read_of_whole_digits():
    split = load_split("two-views", "test", None)
    upper, lower = np.split(split.images, 2, axis=1)
    assert np.array_equal(upper, lower)
    whole = load_split("digits", "test", None)
    assert np.array_equal(np.unique(upper, axis=0), np.unique(whole.images, axis=0))


def shift_of(view, glyph):
    """The one shift of a glyph, by up to two pixels, that agrees with all that is not blanked."""
    padded = np.pad(glyph, 2)
    at = [
        (row - 2, column - 2)
        for row, column in np.ndindex(5, 5)
        if (padded[row : row + 28, column : column + 28] == view)[view > 0].all()
    ]
    assert len(at) == 1
    return at[0]


def test_glyphs_that_a_task_cannot_take_are_named():
    with pytest.raises(DataError, match="no picture of 3; the task needs some"):
        parts.context(Glyphs(np.zeros((3, 4, 4), np.uint8), np.arange(3)), 20, seed=1)
    large = Glyphs(np.zeros((10, 30, 41), np.uint8), np.arange(10))
    with pytest.raises(DataError, match=r"30 x 41 pixels; the field has 40 x 40"):
        moving.moving_digit(large, 20, seed=1)
    whole = Glyphs(np.full((10, 40, 40), 255, np.uint8), np.arange(10))
    assert moving.moving_digit(whole, 20, seed=1).images.shape == (20, moving.FRAMES * 1600)


def test_mnists_glyphs_are_means_over_squares():
    images = np.arange(2 * 5 * 4, dtype=np.uint8).reshape(2, 5, 4)
    halved = Glyphs(images, np.array([0, 1])).halved()
    assert halved.images.shape == (2, 2, 2)
    assert halved.images[0, 0, 0] == round((0 + 1 + 4 + 5) / 4)
