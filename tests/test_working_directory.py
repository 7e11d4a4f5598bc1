"""No code that lies in the working directory is executed, by us or by a process that we start."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from multiprocessing import resource_tracker
from pathlib import Path

import pytest

from hw_targets import child_python
from hw_targets.beside import sanafe_run
from spikeff.__main__ import leave_working_directory
from spikeff.provenance import git_state
from tests.paths import ROOT

MARK = "executed"


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, where each module and file that may be looked for leaves a mark."""
    for name in (*sys.stdlib_module_names, "numpy", "yaml", "sanafe", "hw_targets", "lava_export"):
        (tmp_path / f"{name}.py").write_text(f"open({name!r} + '.{MARK}', 'w')\n")
    (tmp_path / "brian_preferences").write_text(
        f"codegen.target = open('brian.{MARK}', 'w') and 'numpy'\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def executed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob(f"*.{MARK}"))


def environment(**more: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)} | more


def test_a_child_finds_our_packages_where_its_own_path_lacks_them(tmp_path: Path) -> None:
    assert Path(child_python.PACKAGES) == ROOT
    assert child_python.command("m", "a")[-2:] == [str(ROOT), "a"]


def test_sanafe_is_started_so(hostile: Path) -> None:
    """Its files are not there: what matters is what was imported until it says so."""
    command = child_python.command(sanafe_run.__name__, "nowhere", "1")
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert done.returncode != 0
    assert executed(hostile) == []


def test_pythons_tracker_of_shared_memory(hostile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker = resource_tracker.ResourceTracker()
    monkeypatch.setattr(resource_tracker, "ensure_running", tracker.ensure_running)
    child_python.start_resource_tracker()
    tracker.register("not there", "noop")  # it is under way
    tracker._stop()  # type: ignore[attr-defined]
    assert executed(hostile) == []


@pytest.mark.slow
def test_brian2_evaluates_no_preferences_of_the_directory(hostile: Path) -> None:
    code = "import sys; del sys.path[0]; from spikeff.references import brian2_common as b\n"
    code += "assert b.brian2().prefs.codegen.target == 'auto'"
    subprocess.run([sys.executable, "-c", code], check=True, env=environment())
    assert executed(hostile) == []


def test_python_dash_m_leaves_the_directory_but_a_source_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Python itself imports to start a module with -m is not ours to choose."""
    for first, kept in ((str(tmp_path), False), ("", False), (str(ROOT), True)):
        monkeypatch.setattr(sys, "path", [first, "others"])
        leave_working_directory()
        assert sys.path == ([first, "others"] if kept else ["others"])


def test_git_of_another_tree_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As where a hook of git trains a network."""
    of_our_tree = git_state(ROOT / "spikeff")
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    assert git_state(ROOT / "spikeff") == of_our_tree


def test_git_takes_no_lock_and_starts_no_monitor(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    git = partial(subprocess.run, cwd=tree, check=True, capture_output=True)
    tree.mkdir()
    (tree / "file").write_text("x")
    git(["git", "init"])
    git(["git", "add", "file"])
    named = ("-c", "user.name=a", "-c", "user.email=b")
    git(["git", *named, "commit", "-m", "one"])
    git(["git", "config", "core.fsmonitor", f"touch {tmp_path}/monitor; false"])
    os.utime(tree / "file", (1, 1))  # as changed, so that a status would rewrite the index
    before = (tree / ".git/index").read_bytes()
    state = git_state(tree)
    assert state is not None
    assert state["changed"] is False
    assert (tree / ".git/index").read_bytes() == before
    assert not (tmp_path / "monitor").exists()
