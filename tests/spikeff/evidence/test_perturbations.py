"""What perturbations keep of recorded spikes, and where they put them."""

from functools import partial

import numpy as np
import pytest

from spikeff.errors import ConfigError
from spikeff.evidence.perturbations import jittered, reversed_in_time, shuffled, thinned

STEPS = 8
KEEP_COUNTS = [
    shuffled,
    *(partial(jittered, reach=reach) for reach in (1, 2, 3, 20)),
    lambda z, generator: reversed_in_time(z),
]


def spikes(share, samples=40, neurons=30, seed=0):
    return np.random.default_rng(seed).random((STEPS, samples, neurons)) < share


def generator(seed=1):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
@pytest.mark.parametrize("change", KEEP_COUNTS)
def test_counts_are_kept_spikes_move_and_the_recorded_stay(change, share):
    z = spikes(share)
    before = z.copy()
    moved = change(z, generator=generator())
    assert (moved.dtype, moved.shape) == (np.bool_, z.shape)
    np.testing.assert_array_equal(moved.sum(0), z.sum(0))
    assert (moved != z).any()
    np.testing.assert_array_equal(z, before)


def test_shuffled_steps_are_uniform():
    z = np.zeros((STEPS, 4000, 10), np.bool_)
    z[3] = True
    z[4, :, :5] = True
    per_step = shuffled(z, generator()).mean(1)
    np.testing.assert_allclose(per_step[:, :5].mean(1), 2 / STEPS, atol=0.01)
    np.testing.assert_allclose(per_step[:, 5:].mean(1), 1 / STEPS, atol=0.01)


def test_all_sets_of_steps_are_equally_likely():
    z = np.zeros((4, 6000, 1), np.bool_)
    z[:2] = True
    sets = shuffled(z, generator())[:, :, 0].T @ (1 << np.arange(4))
    found, counts = np.unique(sets, return_counts=True)
    assert len(found) == 6
    np.testing.assert_allclose(counts, 1000, atol=150)


def test_no_jitter_changes_nothing():
    z = spikes(0.3)
    np.testing.assert_array_equal(jittered(z, 0, generator()), z)


@pytest.mark.parametrize("reach", [1, 2, 3])
@pytest.mark.parametrize("step", [0, 4, STEPS - 1])
def test_a_lone_spike_is_moved_uniformly_within_reach_and_sample(step, reach):
    z = np.zeros((STEPS, 6000, 1), np.bool_)
    z[step] = True
    low, high = max(0, step - reach), min(STEPS, step + reach + 1)
    found = jittered(z, reach, generator()).mean((1, 2))
    np.testing.assert_allclose(found[low:high], 1 / (high - low), atol=0.03)
    assert found.sum() - found[low:high].sum() == 0


@pytest.mark.parametrize("reach", [1, 3])
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_the_nth_spike_stays_within_reach_of_the_nth(share, reach):
    """Spikes of a neuron are alike: in order of time, each has moved by no more than any did."""
    z = spikes(share)
    moved = jittered(z, reach, generator())
    for before, after in zip(z.reshape(STEPS, -1).T, moved.reshape(STEPS, -1).T, strict=True):
        assert np.abs(np.flatnonzero(before) - np.flatnonzero(after)).max(initial=0) <= reach


def test_a_neuron_that_fires_in_every_step_has_nowhere_to_go():
    z = np.ones((STEPS, 3, 2), np.bool_)
    assert jittered(z, 2, generator()).all()


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 1.0])
def test_the_right_share_is_deleted_and_nothing_is_added(share):
    z = spikes(0.4, samples=400)
    left = thinned(z, share, generator())
    assert not (left & ~z).any()
    assert left.sum() / z.sum() == pytest.approx(1 - share, abs=0.01)
    assert z.sum() > 0.3 * z.size


def test_time_runs_backwards():
    z = spikes(0.3)
    back = reversed_in_time(z)
    np.testing.assert_array_equal(back[0], z[-1])
    np.testing.assert_array_equal(reversed_in_time(back), z)


def test_amounts_that_are_none_are_refused():
    with pytest.raises(ConfigError, match="jitter of -1"):
        jittered(spikes(0.1), -1, generator())
    with pytest.raises(ConfigError, match=r"deletion of 1\.5"):
        thinned(spikes(0.1), 1.5, generator())
