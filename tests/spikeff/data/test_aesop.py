"""Windows of text, the fables that are held out, and how text is continued."""

from pathlib import Path

import numpy as np
import pytest
import torch

from spikeff.data.aesop import SYMBOLS, WINDOW, drawn, encoded, fables_of
from spikeff.data.registry import load_split
from spikeff.errors import DataError
from spikeff.learning.text import continued, moved_on
from tests.paths import ROOT

TEXT = "\n".join(
    f"THE FABLE {'ABCDEFGHIJKL'[k]}\nSome, {'abcdefghijkl'[k] * 3}: text." for k in range(12)
)
AESOP = ROOT.parent / "shared" / "data"
SHAPE = (WINDOW, len(SYMBOLS))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "aesop.txt").write_text("\ufeff" + TEXT, "utf-8")
    return tmp_path


def text_of(images):
    tables = images.reshape(len(images), *SHAPE)
    assert ((tables > 0).sum(2) == 1).all()
    return ["".join(SYMBOLS[k] for k in table.argmax(1)) for table in tables]


def test_windows_and_what_follows_them(folder):
    split = load_split("aesop", "test", folder)
    whole = "the fable j some, jjj text."
    assert text_of(split.images) == [whole[k : k + WINDOW] for k in range(len(whole) - WINDOW)]
    assert "".join(SYMBOLS[k] for k in split.labels) == whole[WINDOW:]
    assert (split.shape, split.classes) == (SHAPE, 30)
    assert split.images.dtype == np.uint8


def test_every_tenth_fable_is_held_out_and_no_window_crosses_two(folder):
    train = load_split("aesop", "train", folder)
    whole = len("the fable j some, jjj text.")
    assert len(train) == 11 * (whole - WINDOW)
    assert "the fable j" not in "".join(t[0] for t in text_of(train.images))
    assert not any(". the" in window for window in text_of(train.images))


def test_newer_characters_are_brighter():
    levels = drawn(encoded("aaaaaaaaaa")[None]).reshape(SHAPE)[:, 0].astype(int)
    assert (np.diff(levels) > 0).all()
    assert levels[-1] == 255


def test_other_characters_are_left_out():
    assert encoded("Oh! A\nfox; 7.").tolist() == [SYMBOLS.index(c) for c in "oh a fox; ."]
    assert fables_of("A TITLE\none\nB\ntwo\nTHE END\nx") == ["A TITLE\none\nB\ntwo", "THE END\nx"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"is not there: pass --data DIR with the directory"),
        (b"AB\nshort", "needs one of more than 10"),
        (b"AB\n\xff", "cannot be read as text in UTF-8"),
    ],
)
def test_text_that_cannot_be_used_is_refused(text, message, tmp_path):
    if text is not None:
        (tmp_path / "aesop.txt").write_bytes(text)
    with pytest.raises(DataError, match=message):
        load_split("aesop", "test", tmp_path)
    with pytest.raises(DataError, match=r"pass --data DIR with aesop\.txt"):
        load_split("aesop", "test", None)


def test_a_window_moves_on_and_its_places_keep_their_brightness():
    before, after = (drawn(encoded(t)[None]) for t in ("the fox an", "he fox and"))
    moved = moved_on(np.repeat(before, 2, 0), np.array([3, 3]), SHAPE)
    assert np.array_equal(moved, np.repeat(after, 2, 0))


def test_text_is_continued_by_the_guesses_of_each_window():
    """The guess here is certain: the character after the newest in the alphabet."""

    def guess(windows):
        newest = windows.reshape(len(windows), *SHAPE)[:, -1].argmax(1)
        return torch.nn.functional.one_hot(torch.from_numpy(newest + 1), len(SYMBOLS)).float()

    starts = drawn(np.stack([encoded("xxxxxxxxxa"), encoded("yyyyyyyyyc")]))
    text = continued(starts, SHAPE, 3, guess, torch.Generator())
    assert [SYMBOLS[k] for k in text.labels] == ["b", "d", "c", "e", "d", "f"]
    assert text_of(text.windows)[::2] == ["xxxxxxxxxa", "xxxxxxxxab", "xxxxxxxabc"]


def test_characters_are_drawn_by_their_probabilities():
    starts = np.repeat(drawn(encoded("aaaaaaaaaa")[None]), 4000, 0)
    chances = torch.zeros(4000, 30)
    chances[:, 4], chances[:, 9] = 0.75, 0.25
    text = continued(starts, SHAPE, 1, lambda windows: chances, torch.Generator().manual_seed(0))
    assert (text.labels == 4).float().mean().item() == pytest.approx(0.75, abs=0.03)


@pytest.mark.skipif(not (AESOP / "aesop.txt").exists(), reason="aesop.txt is not there")
def test_the_fables_themselves():
    train, test = (load_split("aesop", split, Path(AESOP)) for split in ("train", "test"))
    assert (len(train), len(test)) == (172692, 17301)
    assert len(train) + len(test) + 284 * WINDOW == pytest.approx(193117, abs=300)
