"""Work on a cluster gives what one process gives: on a stand-in for Ray, and on Ray where it is."""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from spikeff.errors import ConfigError, DataError, TargetUnavailableError
from spikeff.pipeline import cluster as clusters
from spikeff.pipeline.cluster import LOCAL, RETRIES, cluster
from spikeff.pipeline.run.run import run
from spikeff.pipeline.search.tune import tune
from spikeff.plugins import load_plugins

with_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="the package ray is not installed"
)
SPACE = "learning.learning_rate = {low = 1e-4, high = 1e-2, log = true}\n"
CONFIG = """
preset = "digits"
network.layers = [20]
network.layer_defaults.column_size = 10
schedule.epochs = 1
schedule.batch_size = 32
"""
# A data set whose first loading in a process of the cluster ends that process.
FRAGILE = """
import os, signal
from pathlib import Path
from spikeff.data.registry import load_split, register_dataset
LOADED, HERE = Path({folder!r}) / "loaded", {here}

def load(split, directory):
    if os.getpid() != HERE:
        first = not LOADED.exists()
        with LOADED.open("a") as file:
            print(os.getpid(), file=file)
        if first:
            os.kill(os.getpid(), signal.SIGKILL)
    return load_split("digits", split, None).head(60)

def register():
    register_dataset("fragile", load, 10)
"""


class StandIn:
    """What is used of Ray, in this process: the last piece of work that was begun is done first."""

    def __init__(self) -> None:
        self.started: list[dict] = []
        self.exceptions = SimpleNamespace(RayTaskError=TaskError, RayError=LostError)
        self.at_once = 0

    def init(self, **how) -> None:
        if how["address"] == "nowhere":
            raise ConnectionError("nobody answers\nat all")
        self.started.append(how | {"folder": os.getcwd(), "path": os.environ["PYTHONPATH"]})

    def shutdown(self) -> None:
        self.started[-1]["ended"] = True

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 3.0}

    def remote(self, **how):
        assert how == {"num_cpus": 1, "max_retries": RETRIES}
        return lambda work: SimpleNamespace(remote=lambda item: Begun(work, item))

    def wait(self, begun, num_returns):
        self.at_once = max(self.at_once, len(begun))
        return [begun[-1]], begun[:-1]

    def get(self, begun):
        try:
            return begun.work(begun.item)
        except Exception as error:
            raise TaskError(error) from error


class Begun(SimpleNamespace):
    def __init__(self, work, item) -> None:
        super().__init__(work=work, item=item)

    __hash__ = object.__hash__


class LostError(Exception):
    pass


class TaskError(LostError):
    def __init__(self, cause) -> None:
        self.cause = cause


@pytest.fixture
def stand_in(monkeypatch):
    made = StandIn()
    monkeypatch.setattr(clusters, "require_extra", lambda package: made)
    return made


def same_answers(address: str) -> None:
    """A run in shards of odd sizes tells what a run in one process tells."""
    expected = vars(run("zoo:digits", samples=25))
    found = vars(run("zoo:digits", samples=25, ray=address))
    del expected["seconds"], found["seconds"]
    assert found == expected


def test_shards_answer_as_one_process(stand_in) -> None:
    same_answers(LOCAL)
    assert stand_in.at_once == 3


def test_a_long_run_is_no_longer_than_its_parts(stand_in, monkeypatch) -> None:
    monkeypatch.setattr("spikeff.pipeline.presentations.CHUNK_BYTES", 2**16)
    same_answers("10.0.0.1:6379")
    assert stand_in.at_once == 6
    assert stand_in.started[-1]["address"] == "10.0.0.1:6379"
    assert "num_cpus" not in stand_in.started[-1]


def search(folder: Path, trials: int, **how):
    (folder / "c.toml").write_text(CONFIG)
    (folder / "s.toml").write_text(SPACE)
    config = {} if how.get("resume") else {"config": folder / "c.toml", "space": folder / "s.toml"}
    few = {} if how.get("resume") else {"samples": 60}
    return tune(folder / "out", trials=trials, **config, **few, **how)


def judged(folder: Path) -> list[str]:
    return (folder / "out" / "trials.csv").read_text().splitlines()[1:]


@pytest.mark.slow
def test_trials_are_tried_side_by_side_and_none_twice(stand_in, tmp_path) -> None:
    """The stand-in ends them in another order; what is tried next is the same again."""
    for name, resumed in (("a", False), ("b", True)):
        (tmp_path / name).mkdir()
        search(tmp_path / name, 3 if resumed else 5, ray=LOCAL)
        if resumed:
            search(tmp_path / name, 5, ray=LOCAL, resume=True)
    rows = judged(tmp_path / "a")
    assert rows == judged(tmp_path / "b")
    assert len(rows) == len(set(rows)) == 5
    assert len({row.split(",", 1)[1] for row in rows}) == 5
    assert all(each["ended"] for each in stand_in.started)


def test_processes_import_nothing_of_the_working_directory(stand_in, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    before = dict(os.environ)
    with cluster(LOCAL) as processes:
        assert processes.cores == 3
        assert Path.cwd() == tmp_path
        assert not list(Path(stand_in.started[0]["folder"]).iterdir())
    how = stand_in.started[0]
    assert Path(how["folder"]) != tmp_path
    assert not Path(how["folder"]).exists()
    assert how["path"] == os.pathsep.join(p for p in sys.path if os.path.isabs(p))
    assert (Path.cwd(), dict(os.environ)) == (tmp_path, before)


def fails(error: Exception) -> None:
    raise error


def test_what_work_raises_is_raised_here(stand_in) -> None:
    with cluster(LOCAL) as processes:
        with pytest.raises(DataError, match="no samples"):
            list(processes.done(fails, [DataError("no samples")]))
        with pytest.raises(TaskError):
            list(processes.done(fails, [ValueError()]))
        stand_in.get = lambda begun: fails(LostError())
        with pytest.raises(TargetUnavailableError, match=f"lost {RETRIES + 1} processes"):
            list(processes.done(fails, [0]))
    assert stand_in.started[0]["ended"]


def test_what_is_not_there_is_named(stand_in, monkeypatch) -> None:
    with pytest.raises(TargetUnavailableError, match=r"no Ray cluster at 'nowhere' \(nobody ans"):
        run("zoo:digits", samples=1, ray="nowhere")
    with pytest.raises(ConfigError, match="leave out ray, or the shuffle"):
        run("zoo:digits", samples=1, ray=LOCAL, shuffle=True)
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(TargetUnavailableError, match=r"spikeff\[ray\]"):
        run("zoo:digits", samples=1, ray=LOCAL)


@with_ray
@pytest.mark.slow
def test_ray_answers_as_one_process() -> None:
    same_answers(LOCAL)


@with_ray
@pytest.mark.slow
def test_twenty_trials_survive_the_loss_of_processes(tmp_path) -> None:
    """One is lost in its first trial, another by a kill from outside after the third."""
    plugin = tmp_path / "fragile.py"
    plugin.write_text(FRAGILE.format(folder=str(tmp_path), here=os.getpid()))
    load_plugins([plugin])
    (tmp_path / "c.toml").write_text(CONFIG + 'data.dataset = "fragile"\n')
    (tmp_path / "s.toml").write_text(SPACE)
    how = {"config": tmp_path / "c.toml", "space": tmp_path / "s.toml", "samples": 60}
    told = []

    def kill_after_the_third(line: str) -> None:
        told.append(line)
        if len(told) == 3:
            os.kill(int((tmp_path / "loaded").read_text().split()[-1]), signal.SIGKILL)

    result = tune(tmp_path / "out", trials=20, ray=LOCAL, log=kill_after_the_third, **how)
    assert len((tmp_path / "loaded").read_text().split()) >= 3
    assert (result.trials, result.unusable) == (20, 0)
    assert sorted(int(row.split(",")[0]) for row in judged(tmp_path)) == list(range(20))
