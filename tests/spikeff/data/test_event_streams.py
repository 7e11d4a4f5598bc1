"""Recordings of events are written a shard at a time, and train from shards as from memory."""

import numpy as np
import pytest
import torch

from spikeff.data.event_bins import Bins, shards_from_events, split_from_events
from spikeff.data.events import EVENT_SETS
from spikeff.data.registry import load_split
from spikeff.errors import DataError
from spikeff.pipeline.data import fetch_data
from spikeff.pipeline.train import train
from spikeff.training.checkpoint import load_model
from spikeff.training.config.files import config_text, preset_table
from spikeff.training.config.schema import make_config
from tests.spikeff.data.event_recordings import WRITERS, InMemory, recorded


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


@pytest.mark.parametrize("name", EVENT_SETS)
def test_files_of_every_format_train_streamed(name, tmp_path):
    pytest.importorskip("tonic")
    WRITERS[name](tmp_path)
    fetch_data(name, tmp_path / "out", source=tmp_path, steps=4, pool=2, stream=True)
    before = load_split("arrays", "train", tmp_path / "out")
    assert before.images[np.arange(len(before))].any()
    assert all(weight.isfinite().all() for weight in learned(tmp_path, "out", steps=4))
