import numpy as np

from spikeff.data.labels import NEUTRAL, label_spikes, present, present_all_labels
from spikeff.ir.codes import LabelCode

CODE = LabelCode(classes=3, neurons=2, steps=(1, 4))


def test_only_the_labels_channels_spike_at_the_chosen_steps():
    spikes = label_spikes(np.array([2, 0, NEUTRAL]), CODE, 6)
    assert spikes.shape == (6, 3, 6)
    assert [tuple(x) for x in np.argwhere(spikes[:, 0])] == [(1, 4), (1, 5), (4, 4), (4, 5)]
    assert [tuple(x) for x in np.argwhere(spikes[:, 1])] == [(1, 0), (1, 1), (4, 0), (4, 1)]
    assert not spikes[:, 2].any()


def test_all_labels_run_fastest():
    pixels = np.random.default_rng(0).random((6, 4, 5)) < 0.5
    spikes = present_all_labels(pixels, CODE)
    assert spikes.shape == (6, 12, 11)
    one = present(pixels[:, 2:3], np.array([1]), CODE)
    np.testing.assert_array_equal(spikes[:, 2 * 3 + 1], one[:, 0])


def test_without_a_code_pixels_pass():
    pixels = np.ones((6, 4, 5), bool)
    assert present(pixels, np.zeros(4, int), None) is pixels
