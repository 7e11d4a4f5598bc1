"""Recordings of events, in memory, become spike trains."""

import numpy as np
import pytest

from spikeff.data.event_bins import Bins, split_from_events
from spikeff.data.events import open_recordings
from spikeff.errors import ConfigError, DataError, UnknownNameError
from spikeff.pipeline.data import fetch_data
from tests.spikeff.data.event_recordings import SECOND, InMemory, recorded


def test_events_fall_into_their_bins():
    events = [(0, 0, 0, 0), (3, 1, 499_999, 1), (3, 1, 500_000, 1), (1, 0, SECOND, 0)]
    split, kept = split_from_events(InMemory((events, 1), ([], 0)), Bins(4, 1.0), 2)
    assert split.shape == (4, 16)
    trains = split.images.reshape(2, 4, 2, 2, 4)  # samples, steps, p, y, x
    assert sorted(map(tuple, np.argwhere(trains))) == [
        (0, 0, 0, 0, 0),
        (0, 1, 1, 1, 3),
        (0, 2, 1, 1, 3),
    ]
    assert trains.max() == 255
    assert split.labels.tolist() == [1, 0]
    assert kept == 3 / 4
    pooled, _ = split_from_events(InMemory((events, 1)), Bins(4, 1.0, 2), 2)
    assert pooled.shape == (4, 4)
    assert sorted(map(tuple, np.argwhere(pooled.images.reshape(4, 2, 2)))) == [
        (0, 0, 0),
        (1, 1, 1),
        (2, 1, 1),
    ]


@pytest.mark.parametrize(
    ("events", "label", "message"),
    [
        ([(4, 0, 0, 0)], 0, "x from 4 to 4; the sensor has 4"),
        ([(0, -1, 0, 0)], 0, "y from -1"),
        ([(0, 0, 0, 2)], 0, "p from 2"),
        ([], 2, "label = 2; give a whole number from 0 to 1"),
    ],
)
def test_events_off_the_sensor_are_refused(events, label, message):
    with pytest.raises(DataError, match=f"recording 1: {message}"):
        split_from_events(InMemory(([], 0), (events, label)), Bins(4, 1.0), 2)


def test_bad_windows_and_names(tmp_path):
    with pytest.raises(DataError, match="all must be > 0"):
        split_from_events(InMemory(([], 0)), Bins(0, 1.0), 2)
    with pytest.raises(DataError, match="no recording"):
        split_from_events(InMemory(), Bins(1, 1.0), 2)
    with pytest.raises(UnknownNameError, match="Did you mean 'shd'"):
        open_recordings("sdh", "train", tmp_path)
    with pytest.raises(ConfigError, match="give --from DIR and --steps N"):
        fetch_data("shd", tmp_path)
    with pytest.raises(UnknownNameError, match="Did you mean 'kmnist'"):
        fetch_data("kmnst", tmp_path)


def test_bins_are_given_by_their_length_or_by_the_window(tmp_path, monkeypatch):
    asked = []

    def split_of(recordings, bins, classes, samples):
        asked.append(bins)
        return split_from_events(recordings, bins, classes, samples)

    monkeypatch.setattr("spikeff.pipeline.data.open_recordings", lambda *_: recorded(1))
    monkeypatch.setattr("spikeff.pipeline.data.split_from_events", split_of)
    fetch_data("n-mnist", tmp_path / "a", tmp_path, steps=8, bin_seconds=0.05)
    fetch_data("n-mnist", tmp_path / "b", tmp_path, steps=8, seconds=0.2, pool=2)
    fetch_data("n-mnist", tmp_path / "c", tmp_path, steps=8)
    assert asked[::2] == [Bins(8, 0.4), Bins(8, 0.2, 2), Bins(8, 0.31)]
    with pytest.raises(ConfigError, match="give the window or the length"):
        fetch_data("n-mnist", tmp_path / "d", tmp_path, steps=8, seconds=1.0, bin_seconds=0.1)


def test_recordings_that_cannot_be_counted_are_named():
    uncounted = type("Uncounted", (InMemory,), {"__len__": lambda self: len(None)})
    with pytest.raises(DataError, match="cannot be counted"):
        split_from_events(uncounted(([], 0)), Bins(4, 1.0), 2)


@pytest.mark.parametrize("label", [2, -1, 1.5, "1", True, np.zeros(2, int), None])
def test_a_label_is_one_whole_number(label):
    with pytest.raises(DataError, match="recording 0: label = "):
        split_from_events(InMemory(([], label)), Bins(4, 1.0), 2)
    assert split_from_events(InMemory(([], np.uint8(1))), Bins(4, 1.0), 2)[0].labels.tolist() == [1]


@pytest.mark.parametrize("time", [np.nan, np.inf])
def test_times_are_numbers(time):
    floats = np.array([(0, 0, time, 0)], [("x", int), ("y", int), ("t", float), ("p", int)])
    recordings = InMemory(([], 0))
    recordings.__class__ = type("Floats", (InMemory,), {"__getitem__": lambda *_: (floats, 0)})
    with pytest.raises(DataError, match="recording 0: t is not finite"):
        split_from_events(recordings, Bins(4, 1.0), 2)


@pytest.mark.parametrize(("steps", "seconds"), [(256, 1.0), (4, np.inf), (4, np.nan)])
def test_windows_are_finite(steps, seconds):
    with pytest.raises(DataError, match="all must be > 0 and finite"):
        split_from_events(InMemory(([], 0)), Bins(steps, seconds), 2)
