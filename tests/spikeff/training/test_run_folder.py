"""A run directory belongs to one training at a time, and holds the files of one."""

import contextlib
import json
import os
import threading

import numpy as np
import pytest
import torch

from spikeff import provenance
from spikeff.data.arrays import write_split
from spikeff.data.dataset import Split
from spikeff.errors import ConfigError, FileFormatError, OutputError
from spikeff.ir.io import whole_file
from spikeff.pipeline import beginning
from spikeff.pipeline import train as pipeline
from spikeff.pipeline.train import train as step
from spikeff.training.checkpoint import load_trainer, read_config, start_run
from spikeff.training.config.files import parse_config
from spikeff.training.folder_lock import LOCK, sole_writer
from spikeff.training.run_folder import PICTURE

pytestmark = pytest.mark.usefixtures("few_digits")

CPU = torch.device("cpu")
TINY = """
preset = "digits"
data.dataset = "arrays"
network.layers = [20]
network.layer_defaults.column_size = 10
schedule.epochs = 1
"""


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    """Trains on a few random pictures; by a small configuration, but where it resumes."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    labels = np.arange(30) % 3
    pictures = rng.integers(0, 256, (30, 36), dtype=np.uint8)
    write_split(folder / "train.npz", Split(pictures, labels, (6, 6), 3))
    (folder / "tiny.toml").write_text(TINY)

    def call(out, **how):
        config = {} if how.get("resume") else {"config": folder / "tiny.toml"}
        return step(out, data=folder, **config, **how)

    call.data = folder
    return call


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Without what takes longer than the training: git, and a picture."""
    monkeypatch.setattr(provenance, "git_state", lambda: None)
    monkeypatch.setattr(pipeline, "plot_training", lambda run, log: (run / PICTURE).touch())


class Killed(BaseException):
    """Ends a training where a kill would."""


def killed_at_rename(monkeypatch, number):
    """The process ends after the ``number``-th renaming, 0 for before the first."""
    rename, done = os.replace, []

    def replace(source, target):
        if len(done) == number:
            raise Killed
        done.append(target)
        rename(source, target)

    monkeypatch.setattr(whole_file.os, "replace", replace)


def seeds(run):
    """What each file of the run says, where it is there."""
    told = {"checkpoint": read_config(run).seed}
    if (run / "config.toml").exists():
        told["config"] = parse_config((run / "config.toml").read_text(), "config").seed
    if (run / "run.json").exists():
        told["record"] = json.loads((run / "run.json").read_text())["seed"]
    return told


def test_a_training_that_replaces_a_run_leaves_no_mixture_wherever_it_is_killed(
    train, tmp_path, monkeypatch
):
    out = tmp_path / "run"
    for seed in (1, 2):
        train(tmp_path / str(seed), seed=seed)
    one, two = (load_trainer(tmp_path / seed, train.data, CPU) for seed in "12")
    for number in range(4):
        start_run(out, one, [])
        for name in ("training.png", "best.safetensors"):
            (out / name).write_bytes(b"")
        with monkeypatch.context() as patch:
            killed_at_rename(patch, number)
            with pytest.raises(Killed):
                start_run(out, two, [])
        told = seeds(out)
        assert set(told.values()) == {1 if number == 0 else 2}
        assert not (out / "training.png").exists()
        assert not (out / "best.safetensors").exists()
        assert number < 2 or "record" in told  # the first of the others


def test_what_a_kill_left_out_is_there_after_a_resume(train, tmp_path):
    out = tmp_path / "run"
    train(out, seed=1)
    before = json.loads((out / "run.json").read_text())
    history = (out / "history.json").read_bytes()
    for name in ("run.json", "config.toml", "history.json"):
        (out / name).unlink()
    train(out, resume=True)
    assert seeds(out) == {"checkpoint": 1, "config": 1, "record": 1}
    after = json.loads((out / "run.json").read_text())
    for name in ("seed", "dataset", "samples", "classes", "data"):
        assert after[name] == before[name]
    assert (out / "history.json").read_bytes() == history


def test_a_replacing_training_that_cannot_be_written_costs_nothing(train, tmp_path, monkeypatch):
    out = tmp_path / "run"
    train(out, seed=1)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    flush, calls = os.fsync, []

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        flush(descriptor)

    monkeypatch.setattr(whole_file.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        train(out, seed=2, overwrite=True)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before


def test_of_two_trainings_that_begin_together_one_is_refused(train, tmp_path, monkeypatch):
    out, meet, plain, ended = tmp_path / "run", threading.Barrier(2), beginning.load_split, {}

    def held(*arguments):
        with contextlib.suppress(threading.BrokenBarrierError):  # the other one was refused before
            meet.wait(timeout=10)
        return plain(*arguments)

    def work(seed):
        try:
            train(out, seed=seed)
            ended[seed] = "done"
        except OutputError as error:
            meet.abort()
            ended[seed] = str(error)

    monkeypatch.setattr(beginning, "load_split", held)
    threads = [threading.Thread(target=work, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (won,) = (seed for seed, end in ended.items() if end == "done")
    assert "another training" in ended[3 - won]
    assert set(seeds(out).values()) == {won}


@pytest.mark.parametrize("how", [{"resume": True}, {"overwrite": True}])
def test_a_folder_that_is_written_to_is_refused(how, train, tmp_path):
    out = tmp_path / "run"
    train(out)
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    with sole_writer(out), pytest.raises(OutputError, match="another training or search"):
        train(out, **how)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    train(out, **how)
    assert not (out / LOCK).exists()


def test_the_lock_goes_with_what_made_it_and_takes_empty_folders_along(tmp_path):
    with sole_writer(tmp_path / "a" / "b"):
        assert os.listdir(tmp_path / "a" / "b") == [LOCK]
    assert list(tmp_path.iterdir()) == []
    with sole_writer(tmp_path / "a" / "b"):
        (tmp_path / "a" / "b" / "file").touch()
    assert os.listdir(tmp_path / "a" / "b") == ["file"]
    with pytest.raises(OutputError, match="is a file"), sole_writer(tmp_path / "a" / "b" / "file"):
        pass


@pytest.mark.parametrize("name", ["config.toml", "history.json", "run.json", "training.png"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_files_of_somebody_else_are_not_replaced(name, overwrite, train, tmp_path):
    """A user's own config.toml, say, beside which --out . is given."""
    (tmp_path / name).write_text("mine = 1\n")
    with pytest.raises(OutputError, match=f"no run, but {name}"):
        train(tmp_path, overwrite=overwrite)
    assert (tmp_path / name).read_text() == "mine = 1\n"


def test_what_a_training_left_before_its_checkpoint_can_be_replaced(train, tmp_path):
    out = tmp_path / "run"
    train(out, seed=1)
    (out / "checkpoint.safetensors").unlink()
    with pytest.raises(ConfigError, match="already holds a run"):
        train(out, seed=2)
    train(out, seed=2, overwrite=True)
    assert set(seeds(out).values()) == {2}


def test_a_run_that_is_not_there_is_not_made_by_asking_for_it(train, tmp_path):
    with pytest.raises(FileFormatError, match="is not a run directory"):
        train(tmp_path / "none", resume=True)
    assert list(tmp_path.iterdir()) == []
