"""Event data in their own file formats, written here; read by tonic where it is installed."""

import sys

import h5py
import numpy as np
import pytest
import torch

from spikeff.data.event_bins import Bins, shards_from_events, split_from_events
from spikeff.data.events import EVENT_SETS, _on_its_sensor, open_recordings
from spikeff.data.links import require_no_links
from spikeff.data.registry import load_split
from spikeff.errors import ConfigError, DataError, TargetUnavailableError, UnknownNameError
from spikeff.pipeline.data import fetch_data
from spikeff.pipeline.train import train
from spikeff.training.checkpoint import load_model
from spikeff.training.config.files import config_text, preset_table
from spikeff.training.config.schema import make_config

EVENTS = np.dtype([("x", int), ("y", int), ("t", int), ("p", int)])
SECOND = 1_000_000


class InMemory:
    """Two recordings of a 4 x 2 sensor of two polarities."""

    sensor_size = (4, 2, 2)

    def __init__(self, *recordings):
        self.recordings = recordings

    def __len__(self):
        return len(self.recordings)

    def __getitem__(self, index):
        events, label = self.recordings[index]
        return np.array(events, EVENTS), label


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


@pytest.mark.parametrize(
    "given", [{"stream": True}, {"bin_seconds": 0.1}, {"seconds": 0.1}, {"steps": 4}]
)
def test_images_have_no_bins(tmp_path, given):
    with pytest.raises(ConfigError, match=r"mnist holds images: .* are for event data"):
        fetch_data("mnist", tmp_path, **given)
    assert not list(tmp_path.iterdir())


def test_without_tonic_the_error_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tonic", None)
    with pytest.raises(TargetUnavailableError, match=r"pip install 'spikeff\[events\]'"):
        open_recordings("shd", "train", tmp_path)


def nmnist_bytes(events):
    """Orchard's 40 bits an event: x, y, polarity and 23 bits of microseconds."""
    rows = [(x, y, p << 7 | t >> 16, t >> 8 & 255, t & 255) for x, y, t, p in events]
    return bytes(np.array(rows, np.uint8))


def write_nmnist(root):
    for folder, digits in (("Train", (0, 7)), ("Test", (7,))):
        for digit in digits:
            path = root / "NMNIST" / folder / str(digit) / "00001.bin"
            path.parent.mkdir(parents=True)
            path.write_bytes(nmnist_bytes([(digit, 33, 200_000, 1), (1, 2, 70_000, 0)]))


def write_shd(root):
    (root / "SHD").mkdir()
    for half in ("train", "test"):
        with h5py.File(root / "SHD" / f"shd_{half}.h5", "w") as file:
            kinds = h5py.vlen_dtype(np.float16), h5py.vlen_dtype(np.uint16)
            times = file.create_dataset("spikes/times", (2,), kinds[0])
            units = file.create_dataset("spikes/units", (2,), kinds[1])
            times[0], units[0] = np.array([0.0, 0.5], np.float16), np.array([0, 699], np.uint16)
            times[1], units[1] = np.array([1.3], np.float16), np.array([350], np.uint16)
            file["labels"] = np.array([19, 3], np.uint16)
            file["extra/keys"] = np.array([b"zero", b"one"])
            file["extra/speaker"] = np.array([0, 1], np.uint16)


def write_gestures(root):
    for folder in ("ibmGestureTrain", "ibmGestureTest"):
        path = root / "DVSGesture" / folder / "user01_led" / "4.npy"
        path.parent.mkdir(parents=True)
        # x, y, polarity, milliseconds
        np.save(path, np.array([[0, 0, 0, 0], [127, 64, 1, 3000]], np.int64))


WRITERS = {"n-mnist": write_nmnist, "shd": write_shd, "dvs-gesture": write_gestures}
EXPECTED = {  # steps 4, pool 1: label -> spikes as (step, channel)
    "n-mnist": {
        0: [(0, 2 * 34 + 1), (2, 34 * 34 + 33 * 34)],
        7: [(0, 2 * 34 + 1), (2, 34 * 34 + 33 * 34 + 7)],
    },
    "shd": {19: [(0, 0), (1, 699)], 3: [(3, 350)]},
    "dvs-gesture": {4: [(0, 0), (2, 128 * 128 + 64 * 128 + 127)]},
}


@pytest.mark.parametrize("name", EVENT_SETS)
def test_files_are_binned_and_read_back(name, tmp_path):
    pytest.importorskip("tonic")
    WRITERS[name](tmp_path)
    result = fetch_data(name, tmp_path / "out", source=tmp_path, steps=4)
    assert result.dataset == "arrays"
    assert result.kept == 1.0
    split = load_split("arrays", "train", tmp_path / "out")
    assert split.classes == EVENT_SETS[name].classes
    trains = split.images.reshape(len(split), *split.shape)
    found = {
        int(label): sorted(map(tuple, np.argwhere(train).tolist()))
        for label, train in zip(split.labels, trains, strict=True)
    }
    assert found == EXPECTED[name]


def recorded(seed, recordings=7):
    """Random events of a 4 x 2 sensor, two classes, in no order of time."""
    rng = np.random.default_rng(seed)

    def events():
        drawn = (rng.integers(0, most, 20) for most in (4, 2, SECOND, 2))
        return list(map(tuple, np.stack(list(drawn), 1).tolist()))

    return InMemory(*((events(), k % 2) for k in range(recordings)))


def test_shards_hold_what_memory_holds(tmp_path):
    recordings, bins = recorded(0), Bins(5, 0.8)
    split, share = split_from_events(recordings, bins, 2)
    for folder, size in (("many", 2 * 5 * 16), ("one", 2**20)):
        counted = shards_from_events(tmp_path / folder / "train", recordings, bins, 2, None, size)
        assert counted == (7, share)
        read = load_split("arrays", "train", tmp_path / folder)
        assert (read.shape, read.classes) == (split.shape, split.classes)
        np.testing.assert_array_equal(read.labels, split.labels)
        np.testing.assert_array_equal(read.images[np.arange(7)], split.images)
    written = sorted(p.name for p in (tmp_path / "many" / "train").glob("*.spikes.npy"))
    assert written == [f"{k:06d}.spikes.npy" for k in range(4)]
    assert len(list((tmp_path / "one" / "train").glob("*.spikes.npy"))) == 1


def test_damage_leaves_no_shards(tmp_path):
    damaged = InMemory(*recorded(0).recordings, ([(4, 0, 0, 0)], 0))
    with pytest.raises(DataError, match="recording 7: x from 4"):
        shards_from_events(tmp_path / "train", damaged, Bins(5, 1.0), 2, None, 100)
    assert not list(tmp_path.iterdir())


def test_streamed_recordings_train_to_the_same_bits(tmp_path, monkeypatch):
    halves = {"train": recorded(1, 24), "test": recorded(2, 8)}
    opened = []

    def open_half(name, half, source, download):
        opened.append((name, half, source, download))
        return halves[half]

    monkeypatch.setattr("spikeff.pipeline.data.open_recordings", open_half)
    results = {
        folder: fetch_data("shd", tmp_path / folder, tmp_path, steps=6, seconds=1.0, stream=stream)
        for folder, stream in (("memory", False), ("stream", True))
    }
    assert opened[:2] == [("shd", half, tmp_path, False) for half in ("train", "test")]
    assert {r.channels for r in results.values()} == {16}
    assert {r.samples for r in results.values()} == {(24, 8)}
    assert results["stream"].files == tuple(str(tmp_path / "stream" / h) for h in halves)
    trained = {folder: learned(tmp_path, folder) for folder in results}
    for one, other in zip(trained["memory"], trained["stream"], strict=True):
        assert torch.equal(one, other)


def learned(tmp_path, folder, steps=6):
    """What an epoch on the binned recordings of a folder makes of the weights."""
    table = preset_table("coincidence")
    table["data"] |= {"dataset": "arrays", "encoder": "spikes", "steps": steps}
    classes = load_split("arrays", "train", tmp_path / folder).classes
    table["network"]["layers"] = [4 * classes]
    table["network"]["layer_defaults"]["column_size"] = 2
    table["schedule"] |= {"epochs": 1, "batch_size": 8}
    out = tmp_path / f"run-{folder}"
    toml = tmp_path / f"{folder}.toml"
    toml.write_text(config_text(make_config(table, folder)))
    train(out, config=toml, data=tmp_path / folder)
    return list(load_model(out).weights().values())


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


@pytest.mark.parametrize("name", EVENT_SETS)
def test_files_of_every_format_train_streamed(name, tmp_path):
    pytest.importorskip("tonic")
    WRITERS[name](tmp_path)
    fetch_data(name, tmp_path / "out", source=tmp_path, steps=4, pool=2, stream=True)
    before = load_split("arrays", "train", tmp_path / "out")
    assert before.images[np.arange(len(before))].any()
    assert all(weight.isfinite().all() for weight in learned(tmp_path, "out", steps=4))


@pytest.mark.parametrize("name", EVENT_SETS)
def test_nothing_is_fetched_unasked_and_damage_is_named(name, tmp_path, monkeypatch):
    tonic = pytest.importorskip("tonic")
    reached = []
    monkeypatch.setattr(tonic.dataset.Dataset, "download", lambda self: reached.append(self))
    with pytest.raises(DataError, match="--download"):
        open_recordings(name, "train", tmp_path)
    assert not reached
    WRITERS[name](tmp_path)
    for path in tmp_path.rglob(f"*{EVENT_SETS[name].ending}"):
        path.write_bytes(b"\x93NUMPY" + bytes(range(250)))
    with pytest.raises(DataError):
        fetch_data(name, tmp_path / "out", source=tmp_path, steps=4)
    assert not (tmp_path / "out").exists()


HDF5_LABELS = {
    "one number": 0,
    "a link": h5py.SoftLink("/labels"),
    "a file elsewhere": h5py.ExternalLink("/etc/hostname", "/"),
}


@pytest.mark.parametrize("kind", HDF5_LABELS)
def test_labels_of_another_form_are_named(kind, tmp_path):
    pytest.importorskip("tonic")
    write_shd(tmp_path)
    with h5py.File(tmp_path / "SHD" / "shd_train.h5", "r+") as file:
        del file["labels"]
        file["labels"] = HDF5_LABELS[kind]
    with pytest.raises(
        DataError, match="counted" if kind == "one number" else "'labels' is a link"
    ):
        fetch_data("shd", tmp_path / "out", source=tmp_path, steps=4)


@pytest.mark.parametrize("row", [[65536, 0, 0, 1], [0, 65537, 0, 1], [0, 0, 2, 1], [0, -1, 0, 1]])
def test_places_are_looked_at_before_tonic_narrows_them(row, tmp_path):
    pytest.importorskip("tonic")
    write_gestures(tmp_path)
    for path in (tmp_path / "DVSGesture").rglob("*.npy"):
        np.save(path, np.array([row], np.int64))
    with pytest.raises(DataError, match=r"recording 0: [xyp] from .*; the sensor has"):
        fetch_data("dvs-gesture", tmp_path / "out", source=tmp_path, steps=4)


class Narrowing:
    """As tonic's: opens files of its own, in types that are too small."""

    sensor_size = (128, 128, 2)
    data: tuple = ()

    def __getitem__(self, index):
        return np.array([(0, 0, 0, 0)], EVENTS), 0


@pytest.mark.parametrize(
    "row", [[65536, 0, 0, 1], [0, 0, 2, 1], [0, np.nan, 0, 1], [127, 127, 1, 9]]
)
def test_stored_places_lie_on_the_sensor(row, tmp_path):
    np.save(tmp_path / "0.npy", np.array([row]))
    recordings = _on_its_sensor(Narrowing)()
    recordings.data = (tmp_path / "0.npy",)
    if row[:3] == [127, 127, 1]:
        assert recordings[0][1] == 0
    else:
        with pytest.raises(DataError, match=r"recording 0: [xyp] "):
            recordings[0]


def test_recordings_that_cannot_be_counted_are_named():
    uncounted = type("Uncounted", (InMemory,), {"__len__": lambda self: len(None)})
    with pytest.raises(DataError, match="cannot be counted"):
        split_from_events(uncounted(([], 0)), Bins(4, 1.0), 2)


def test_links_of_hdf5_are_not_followed(tmp_path):
    write_shd(tmp_path)
    path = tmp_path / "SHD" / "shd_test.h5"
    require_no_links(path)
    with h5py.File(path, "r+") as file:
        file["extra/more"] = h5py.SoftLink("/labels")
    with pytest.raises(DataError, match="'more' is a link"):
        require_no_links(path)
    with h5py.File(path, "r+") as file:
        del file["extra/more"]
        file["extra/again"] = file["extra"]
    with pytest.raises(DataError, match="more than 4 groups"):
        require_no_links(path)
    path.write_bytes(b"nothing")
    with pytest.raises(DataError, match="not readable as HDF5"):
        require_no_links(path)


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
