"""Ctrl-C on a terminal, at many moments of every command that takes a while.

The command runs in the foreground of a terminal of its own, so that its child processes get the
interrupt too. Moments are found by what the command has written or shown, not by the clock.
"""

import json
import multiprocessing
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hw_targets.lava.child_processes import ending_with_parent
from spikeff.references import brian2_common as brian2_network
from spikeff.references.brian2_common import code_generation
from spikeff.training.checkpoint import load_model
from spikeff.training.config.files import parse_config
from tests import forked
from tests.commands import TINY

INTERRUPT = b"\x03"
PATIENCE = 120.0  # s; reached by failures only
HIDDEN, SHOWN = "\x1b[?25l", "\x1b[?25h"


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class Terminal:
    """A command in a terminal of its own: what it showed, and who is left of it."""

    def __init__(self, folder, *arguments, fresh=False):
        self.folder = folder
        self.shown = ""
        self._file, side = pty.openpty()
        self._child = forked.start(folder, *arguments, output=os.ttyname(side), fresh=fresh)
        os.close(side)
        self.pid = self._child.pid

    def interrupt_when(self, ready):
        """Press Ctrl-C once ``ready(terminal)``; wait for the end. Returns the exit code."""
        deadline, sent = time.monotonic() + PATIENCE, False
        while self._read() and time.monotonic() < deadline:
            if not sent and ready(self):
                os.write(self._file, INTERRUPT)
                sent = True
        os.close(self._file)
        self._child.kill()  # where it did not end by itself
        assert sent, f"the moment never came: {self.shown}"
        return forked.exit_code(self._child)

    def _read(self):
        """Read what is there within a moment; False at the end."""
        if not select.select([self._file], [], [], 0.05)[0]:
            return True
        try:
            new = os.read(self._file, 65536)
        except OSError:  # so Linux tells that nobody has the terminal's other side
            time.sleep(0.01)
            return self._child.is_alive()
        self.shown += new.decode(errors="replace")
        return bool(new)

    def processes_left(self):
        """Command lines of the session's other processes."""
        for _ in range(100):
            listing = ["ps", "-eo", "sid=,stat=,args="]
            lines = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
            own = [x.split(None, 2) for x in lines.splitlines()]
            left = [x for x in own if int(x[0]) == self.pid and not x[1].startswith("Z")]
            if not left:
                return []
            time.sleep(0.05)
        return left


def interrupted(folder, ready, *arguments, fresh=False):
    """Run, interrupt when ``ready``, and hold what must hold for every command and moment."""
    terminal = Terminal(folder, *arguments, fresh=fresh)
    code = terminal.interrupt_when(ready)
    assert code == 130, terminal.shown
    for noise in ("Traceback", "Exception ignored", "KeyboardInterrupt", "Warning", "Process "):
        assert noise not in terminal.shown, terminal.shown
    assert terminal.shown.rfind(HIDDEN) <= terminal.shown.rfind(SHOWN)
    assert terminal.processes_left() == []
    hidden = [p for p in folder.rglob(".*") if p.is_file()]
    assert hidden == []  # a file half written
    return terminal.shown


def shows(text):
    return lambda terminal: re.search(text, terminal.shown)


def has_loaded(library):
    def ready(terminal):
        process = Path(f"/proc/{terminal.pid}")
        is_command = "spikeff" in (process / "cmdline").read_text().split("\0")
        return is_command and library in (process / "maps").read_text()

    return ready


def in_lava(terminal):
    children = Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children").read_text()
    return len(children.split()) > 3


@pytest.fixture
def folder(tmp_path, run_directory):
    shutil.copytree(run_directory, tmp_path / "run")
    return tmp_path


@pytest.mark.slow
def test_while_the_program_is_loaded(folder):
    interrupted(folder, has_loaded("libtorch_cpu"), "eval", "run", fresh=True)
    assert load_model(folder / "run").epochs_done == 4


@pytest.mark.slow
def test_train(folder):
    (folder / "c.toml").write_text(TINY.format(preset="digits", epochs=90))
    train = ("train", "--config", "c.toml", "--out", "new", "--tensorboard")
    err = interrupted(folder, shows("epoch 2 of 90"), *train)
    assert "go on with --resume" in err
    done = load_model(folder / "new").epochs_done
    history = json.loads((folder / "new" / "history.json").read_text())
    assert 1 <= len(history["epochs"]) == done < 90


@pytest.mark.slow
def test_tune(folder, session_json):
    (folder / "space.toml").write_text("network.layers = {choices = [[40], [80]]}\n")
    (folder / "c.toml").write_text(TINY.format(preset="digits", epochs=2))
    search = ("tune", "--config", "c.toml", "--space", "space.toml", "--samples", 500)
    interrupted(folder, shows("2 of 30, epoch"), *search, "--out", "search")
    out = folder / "search"
    assert (out / "trials.csv").read_text().count("\n") >= 2
    for path in (out / "front").iterdir():
        parse_config(path.read_text(), path.name)
    code, result = session_json("tune", "--out", out, "--resume", "--trials", 2)
    assert (code, result["trials"]) == (0, 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "moment"),
    [
        (("eval", "run"), "evaluate"),
        (("export", "run", "--out", "new"), "calibrate"),
        (("check", "run", "--samples", "20"), "brian2"),
    ],
)
def test_commands_on_a_run(arguments, moment, folder):
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    interrupted(folder, shows(moment), *arguments)
    assert before == {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.slow
@pytest.mark.lava
def test_lava_while_its_processes_run(tmp_path):
    interrupted(tmp_path, in_lava, "run", "zoo:digits", "--target", "lava", "--samples", 8)


@pytest.fixture
def foreground():
    """Ctrl-C as a program finds it that a terminal started."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("turned", [False, True])
def test_an_interrupt_that_a_library_loses_ends_the_command_all_the_same(
    turned, foreground, monkeypatch, run_directory, session_cli
):
    def lossy(trainer, split, seed, jitter, on_chunk, **how):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            if turned:
                raise ValueError("no longer an interrupt") from None
        on_chunk(1)
        raise AssertionError("went on")

    monkeypatch.setattr("spikeff.pipeline.evaluate.evaluate", lossy)
    code, out, err = session_cli("eval", run_directory)
    assert (code, out) == (130, "")
    assert "interrupted" in err


def test_a_simulation_is_never_cut_short_as_if_whole(foreground):
    import brian2

    # Brian2 puts such a handler in front of the program's own when it is imported.
    signal.signal(signal.SIGINT, brian2._InterruptHandler(signal.default_int_handler))
    operation = brian2.NetworkOperation(lambda: signal.raise_signal(signal.SIGINT))
    with code_generation("numpy"), pytest.raises(KeyboardInterrupt):
        brian2_network.run([operation], 0, 10, brian2.defaultclock)


def test_child_processes_leave_the_interrupt_to_their_parent(foreground):
    with ending_with_parent():
        child = multiprocessing.get_context("fork").Process(target=_exit_by_handler)
        child.start()
    child.join()
    assert child.exitcode == 1


def _exit_by_handler():
    os._exit(int(signal.getsignal(signal.SIGINT) is signal.SIG_IGN))
