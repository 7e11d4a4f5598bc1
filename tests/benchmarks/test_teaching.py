"""Labels that a teacher is told wrongly: as many as asked for, all of them wrong."""

import pytest

from benchmarks.experiments.measures.teaching import with_wrong_labels
from spikeff.data.registry import load_split

SAMPLES = load_split("digits", "train", None).head(200)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 1.0])
def test_as_many_labels_are_wrong_as_asked_for(share):
    noisy = with_wrong_labels(SAMPLES, share, seed=3)
    assert (noisy.labels != SAMPLES.labels).sum() == share * 200
    assert set(noisy.labels) <= set(range(10))
    assert (noisy.images == SAMPLES.images).all()


def test_which_are_wrong_follows_from_the_seed():
    first, again, other = (with_wrong_labels(SAMPLES, 0.5, seed).labels for seed in (0, 0, 1))
    assert (first == again).all()
    assert (first != other).any()
