"""Event data in their own file formats, written here; read by tonic where it is installed."""

import sys

import h5py
import numpy as np
import pytest

from spikeff.data.events import EVENT_SETS, _on_its_sensor, open_recordings
from spikeff.data.links import require_no_links
from spikeff.data.registry import load_split
from spikeff.errors import ConfigError, DataError, TargetUnavailableError
from spikeff.pipeline.data import fetch_data
from tests.spikeff.data.event_recordings import EVENTS, WRITERS, write_gestures, write_shd


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
