"""Distances of spike trains against their definitions."""

import numpy as np
import pytest

from spikeff.errors import DescriptionError
from spikeff.references import spike_distance
from spikeff.references.spike_distance import van_rossum, victor_purpura


def train(*steps, length=12):
    spikes = np.zeros((length, 1, 1), bool)
    spikes[list(steps)] = True
    return spikes


def test_van_rossum_of_one_spike_and_of_two_far_apart():
    silent = train()
    assert van_rossum(train(3), silent, 2.0)[0, 0] == pytest.approx(0.5**0.5)
    assert van_rossum(train(11), silent, 2.0)[0, 0] == pytest.approx(0.5**0.5)
    apart = van_rossum(train(2), train(9), 2.0)[0, 0] ** 2
    assert apart == pytest.approx(1 - np.exp(-7 / 2.0))


@pytest.mark.parametrize("tau", [0.7, 3.0, 20.0])
def test_van_rossum_against_the_kernel_form(tau):
    """D^2 = 1/2 sum_ij s_i s_j exp(-|t_i - t_j| / tau), s = 1 for spikes of left, -1 of right.

    Schrauwen and Van Campenhout, Neurocomputing 70(7-9), 2007.
    """
    rng = np.random.default_rng(1)
    left, right = rng.random((2, 15, 3, 4)) < 0.3
    signs = left.astype(float) - right
    gap = np.abs(np.subtract.outer(np.arange(15), np.arange(15)))
    squared = np.einsum("isn,ij,jsn->sn", signs, np.exp(-gap / tau), signs) / 2
    np.testing.assert_allclose(van_rossum(left, right, tau), np.sqrt(squared), atol=1e-12)


@pytest.mark.parametrize("held", [spike_distance.TABLE_VALUES, 1000])
def test_victor_purpura_limits(held, monkeypatch):
    monkeypatch.setattr(spike_distance, "TABLE_VALUES", held)
    rng = np.random.default_rng(2)
    left, right = rng.random((2, 20, 5, 6)) < 0.2
    counts = np.abs(left.sum(0).astype(int) - right.sum(0))
    np.testing.assert_array_equal(victor_purpura(left, right, 0.0), counts)
    np.testing.assert_array_equal(victor_purpura(left, right, 2.0), (left != right).sum(0))


def test_victor_purpura_moves_what_is_near_and_replaces_what_is_far():
    assert victor_purpura(train(3), train(5), 0.25)[0, 0] == 0.5
    assert victor_purpura(train(1), train(11), 0.25)[0, 0] == 2.0
    assert victor_purpura(train(1, 8), train(2), 0.25)[0, 0] == 1.25
    assert victor_purpura(train(), train(1, 4, 5), 0.25)[0, 0] == 3.0
    assert victor_purpura(train(4), train(4), 0.25)[0, 0] == 0.0


@pytest.mark.parametrize("distance", [van_rossum, victor_purpura])
def test_distances_are_metrics(distance):
    rng = np.random.default_rng(3)
    a, b, c = rng.random((3, 12, 4, 30)) < 0.25
    ab, ba = distance(a, b, 0.4), distance(b, a, 0.4)
    np.testing.assert_allclose(ab, ba, atol=1e-12)
    assert (ab <= distance(a, c, 0.4) + distance(c, b, 0.4) + 1e-9).all()
    assert (ab[(a != b).any(0)] > 0).all()


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(DescriptionError, match="same shape"):
        van_rossum(train(1), train(1, length=9), 1.0)
    with pytest.raises(DescriptionError, match=r"tau = 0"):
        van_rossum(train(1), train(2), 0)
    with pytest.raises(DescriptionError, match=r"cost = -1"):
        victor_purpura(train(1), train(2), -1)
