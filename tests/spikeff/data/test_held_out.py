import numpy as np
import pytest

from spikeff.data.dataset import held_out
from spikeff.data.registry import load_split
from spikeff.errors import DataError


def test_a_share_of_every_class_is_held_out():
    split = load_split("digits", "train", None)
    learn, judge = held_out(split, 0.2, seed=3)
    assert len(learn) + len(judge) == len(split)
    shares = np.bincount(judge.labels) / np.bincount(split.labels)
    np.testing.assert_allclose(shares, 0.2, atol=0.005)
    again = held_out(split, 0.2, seed=3)[1]
    other = held_out(split, 0.2, seed=4)[1]
    np.testing.assert_array_equal(judge.images, again.images)
    assert (judge.images != other.images).any()
    rows = {image.tobytes() for image in learn.images}
    assert not [image for image in judge.images if image.tobytes() in rows]


def test_nothing_to_judge_by():
    split = load_split("digits", "train", None).head(10)
    with pytest.raises(DataError, match="leaves nothing to judge by"):
        held_out(split, 0.01, seed=0)
