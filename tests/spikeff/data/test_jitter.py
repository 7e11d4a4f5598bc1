import numpy as np
import pytest

from spikeff.data.transforms import input_change, jitter_spikes
from spikeff.errors import ConfigError
from spikeff.training.evaluation import evaluate


def test_spikes_move_by_at_most_their_reach_and_stay_in_the_sample():
    spikes = np.zeros((9, 500, 2), bool)
    spikes[4, :, 0] = True
    spikes[0, :, 1] = True
    moved = jitter_spikes(spikes, 2, np.random.default_rng(0))
    assert set(np.nonzero(moved[..., 0])[0]) == {2, 3, 4, 5, 6}
    assert set(np.nonzero(moved[..., 1])[0]) == {0, 1, 2}
    assert (moved.sum(0) == 1).all()
    again = jitter_spikes(spikes, 2, np.random.default_rng(0))
    assert np.array_equal(moved, again)
    assert not np.array_equal(moved, jitter_spikes(spikes, 2, np.random.default_rng(1)))


def test_no_reach_moves_nothing_and_a_negative_one_is_refused():
    spikes = np.ones((2, 1, 1), bool)
    assert jitter_spikes(spikes, 0, np.random.default_rng(0)) is spikes
    with pytest.raises(ConfigError, match="jitter of -1 steps"):
        jitter_spikes(spikes, -1, np.random.default_rng(0))


def test_input_is_reversed_and_then_moved():
    spikes = np.zeros((9, 300, 1), bool)
    spikes[0] = True
    assert input_change(0, seed=0)(spikes) is spikes
    assert input_change(0, seed=0, reverse=True)(spikes)[8].all()
    moved = input_change(2, seed=0, reverse=True)(spikes)
    assert set(np.nonzero(moved)[0]) == {6, 7, 8}


@pytest.mark.slow
def test_an_answer_that_hangs_on_time_suffers_from_jitter(small_config, make_trainer, small_digits):
    trainer = make_trainer(small_config("digits-synchrony", epochs=10))
    for _ in range(10):
        trainer.train_epoch()
    plain = evaluate(trainer.model, small_digits, seed=3)
    assert evaluate(trainer.model, small_digits, seed=3, jitter=0) == plain
    assert evaluate(trainer.model, small_digits, seed=3, jitter=3).accuracy < plain.accuracy - 0.1
    assert evaluate(trainer.model, small_digits, reverse=True).accuracy < plain.accuracy - 0.3
