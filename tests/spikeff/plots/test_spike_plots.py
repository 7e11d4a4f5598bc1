import numpy as np
import pytest
from matplotlib.figure import Figure

from spikeff.plots import spikes as spike_plots

SPIKES = np.zeros((3, 6), bool)
SPIKES[0, [0, 2, 3]] = True  # 0 alone in its column of three? 0 and 2 meet, 3 is alone
SPIKES[2, [3, 4, 5]] = True


@pytest.fixture
def axes():
    return Figure().subplots()


def points(axes):
    return [{tuple(map(int, p)) for p in c.get_offsets()} for c in axes.collections]


def test_coincident_spikes_stand_out(axes):
    spike_plots.raster(axes, SPIKES, column_size=3)
    lone, together = points(axes)
    assert lone == {(0, 3)}
    assert together == {(0, 0), (0, 2), (2, 3), (2, 4), (2, 5)}


def test_channels_have_no_columns(axes):
    spike_plots.raster(axes, SPIKES)
    every, none = points(axes)
    assert len(every) == 6
    assert none == set()


def test_pairs_are_counted_per_column_and_step(axes):
    image = spike_plots.coincidences(axes, SPIKES, column_size=3)
    assert image.get_array().tolist() == [[1, 0, 0], [0, 0, 3]]


def test_a_membrane_shows_its_spikes_at_the_threshold(axes):
    spike_plots.membrane(axes, np.array([0.5, 0.0]), np.array([False, True]), 1.0, "norse")
    potential, spikes, threshold = axes.get_lines()
    assert potential.get_ydata().tolist() == [0.5, 0.0]
    assert (spikes.get_xdata().tolist(), spikes.get_ydata().tolist()) == ([1], [1.0])
    assert threshold.get_ydata() == [1.0, 1.0]


def test_the_strongest_fields_are_shown():
    figure = Figure()
    weights = np.arange(12.0).reshape(3, 4)
    spike_plots.receptive_fields(figure, weights, (2, 2), count=2, columns=2)
    assert [axes.get_title() for axes in figure.axes] == ["2", "1"]
    assert figure.axes[0].images[0].get_array().tolist() == [[8, 9], [10, 11]]


def test_alike_samples_lie_together(axes):
    rng = np.random.default_rng(0)
    centres = np.repeat([[1, 0, 0], [0, 1, 1]], 30, axis=0)
    activity = centres * rng.uniform(1, 9, (60, 1)) + rng.normal(0, 0.1, (60, 3))
    spike_plots.similarity_map(axes, activity, np.repeat([0, 1], 30))
    (cloud,) = axes.collections
    first, second = np.split(np.asarray(cloud.get_offsets()), 2)
    apart = np.linalg.norm(first.mean(0) - second.mean(0))
    assert apart > 2 * max(first.std(0).max(), second.std(0).max())
