"""The folder of a search: one writer, its own data, and nothing of the user's is lost in it."""

import os
from dataclasses import replace

import numpy as np
import pytest

from spikeff.data.arrays import write_split
from spikeff.data.dataset import Split
from spikeff.errors import DataError, OutputError
from spikeff.ir.io.text import read_toml
from spikeff.pipeline.search import files as search_files
from spikeff.pipeline.search import tune as search
from spikeff.pipeline.search import work
from spikeff.pipeline.search.trial import Judgement
from spikeff.training.folder_lock import sole_writer

pytest.importorskip("optuna")
BASE = """
preset = "digits"
data.dataset = "arrays"
network.layers = [20]
network.layer_defaults.column_size = 10
"""


@pytest.fixture
def data(tmp_path):
    for name, offset in (("data", 0), ("other", 1)):
        images = (np.arange(24 * 36).reshape(24, 36) + offset).astype(np.uint8)
        write_split(tmp_path / name / "train.npz", Split(images, np.arange(24) % 3, (6, 6), 3))
    return tmp_path / "data"


@pytest.fixture
def tune(data, tmp_path, monkeypatch):
    """Searches whose trials are judged without training, and whose front is not drawn."""
    judged = []

    def judge(config, learn, held, *_):
        judged.append(config)
        return Judgement(0.5, 100.0 * len(judged), 0.5, 0.25)

    monkeypatch.setattr(work, "judge", judge)
    monkeypatch.setattr(search_files, "plot_front", lambda points, base: b"drawn")
    (tmp_path / "base.toml").write_text(BASE)

    def call(out, **how):
        config = {} if how.get("resume") else {"config": tmp_path / "base.toml"}
        return search.tune(out, **({"data": data, "trials": 2} | config | how))

    return call


def contents(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_search_goes_on_with_its_own_data_only(tune, data, tmp_path):
    out = tmp_path / "search"
    tune(out)
    before = contents(out)
    with pytest.raises(DataError, match=r"cannot go on with other data.*24 samples of 3 classes"):
        tune(out, resume=True, trials=3, data=tmp_path / "other")
    assert contents(out) == before
    assert tune(out, resume=True, trials=3).trials == 3
    assert read_toml(out / "search.toml", "search")["data"]["samples"] == 24


def test_the_samples_that_are_used_are_those_that_count(tune, data, tmp_path):
    """What comes behind the first N is not read, so it may change."""
    tune(tmp_path / "search", samples=9)
    with np.load(data / "train.npz") as whole:
        images, labels = whole["images"], whole["labels"]
    images[9:] = 0
    write_split(data / "train.npz", Split(images.reshape(24, 36), labels, (6, 6), 3))
    assert tune(tmp_path / "search", resume=True, trials=3).trials == 3


def test_searches_of_old_kept_no_fingerprint(tune, tmp_path):
    out = tmp_path / "search"
    tune(out)
    settings = replace(search_files.read_settings(out), data=None)
    (out / "search.toml").write_bytes(search_files._settings_text(settings))
    assert search_files.read_settings(out).data is None
    assert tune(out, resume=True, trials=3).trials == 3


@pytest.mark.parametrize("how", [{"resume": True}, {"overwrite": True}])
def test_of_two_searches_in_one_folder_one_is_refused(how, tune, tmp_path):
    out = tmp_path / "search"
    tune(out)
    before = contents(out)
    with sole_writer(out), pytest.raises(OutputError, match="another training or search"):
        tune(out, **how)
    assert contents(out) == before


@pytest.mark.parametrize("how", [{"resume": True, "trials": 3}, {"overwrite": True}])
def test_a_lock_that_a_kill_left_in_the_journal_holds_nobody_up(how, tune, tmp_path, monkeypatch):
    """Optuna's lock is a link that leads to the journal; by a relative path it leads nowhere."""
    monkeypatch.chdir(tmp_path)
    tune("search")
    os.symlink("search/journal.log", "search/journal.log.lock")
    tune("search", **how)
    assert not os.path.lexists("search/journal.log.lock")


def test_the_journal_is_given_by_its_whole_path(tune, tmp_path, monkeypatch):
    """So that Optuna finds what its own lock leads to."""
    from optuna.storages.journal import JournalFileBackend

    paths, plain = [], JournalFileBackend.__init__

    def opened(self, path, *rest):
        paths.append(path)
        plain(self, path, *rest)

    monkeypatch.setattr(JournalFileBackend, "__init__", opened)
    monkeypatch.chdir(tmp_path)
    tune("search")
    assert paths == [str(tmp_path / "search" / "journal.log")]


@pytest.mark.parametrize("name", ["journal.log", "trials.csv", "front.png", "front/trial-1.toml"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_files_of_somebody_else_are_not_deleted(name, overwrite, tune, tmp_path):
    out = tmp_path / "mine"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text("mine")
    with pytest.raises(OutputError, match=f"no search, but {name}"):
        tune(out, overwrite=overwrite)
    assert contents(out) == {(out / name).relative_to(out): b"mine"}


def test_a_new_search_in_place_of_one_leaves_what_is_not_a_searchs(tune, tmp_path):
    out = tmp_path / "search"
    tune(out, trials=3)
    others = {"notes.txt", "front/trial-mine.toml", "front/other.toml"}
    for name in others:
        (out / name).write_text("mine")
    (out / "front" / "trial-99.toml").write_text("of a front of before")
    tune(out, trials=1, overwrite=True)
    left = {str(path) for path in contents(out)}
    own = {"search.toml", "journal.log", "trials.csv", "front.png", "front/trial-0.toml"}
    assert left == own | others
    assert (out / "trials.csv").read_text().count("\n") == 2


def test_a_search_that_fails_before_it_begins_leaves_no_folder(tune, tmp_path):
    with pytest.raises(DataError):
        tune(tmp_path / "search", data=tmp_path / "none")
    assert not (tmp_path / "search").exists()
