"""Lava starts processes, threads and shared memory: none may outlive a run, however it ends."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from hw_targets.lava import cpu as lava_cpu
from spikeff.errors import SpikeffError
from tests.networks import random_description, random_inputs
from tests.paths import ROOT

pytestmark = [pytest.mark.lava, pytest.mark.slow]
LONG = "1000000"
SHARED = Path("/dev/shm")


def run_once() -> int:
    rng = np.random.default_rng(0)
    description = random_description(rng)
    inputs = random_inputs(rng, description.steps, samples=1)
    trace = lava_cpu.run_float(description, inputs).trace
    return sum(int(z.sum()) for z in trace.spikes.values())


@pytest.fixture(scope="module")
def spikes() -> int:
    """What a run gives where nothing is odd about its caller."""
    return run_once()


def left_behind() -> dict[str, Any]:
    """What a clean run does not change. Python's own tracker of shared memory stays by design."""
    children = psutil.Process().children(recursive=True)
    return {
        "processes": [p.pid for p in children if "resource_tracker" not in str(p.cmdline())],
        "threads": threading.active_count(),
    }


def mapped_by(process: psutil.Process) -> set[str]:
    """Files of shared memory in a process's address space, those deleted since included."""
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied, OSError):
        maps = Path(f"/proc/{process.pid}/maps").read_text()
        return {line.split()[5] for line in maps.splitlines() if f" {SHARED}/psm_" in line}
    return set()


@contextlib.contextmanager
def shared_memory_of_own_family() -> Iterator[set[str]]:
    """Collects the segments that this process and its children map meanwhile, and no stranger's."""
    seen: set[str] = set()
    done = threading.Event()

    def watch() -> None:
        own = psutil.Process()
        while not done.wait(0.01):
            for process in (own, *own.children(recursive=True)):
                seen.update(mapped_by(process))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def test_runs_leave_nothing_behind_and_do_not_pile_up(spikes: int) -> None:
    before, descriptors = left_behind(), psutil.Process().num_fds()
    for _ in range(2):
        assert run_once() == spikes
    assert left_behind() == before
    assert psutil.Process().num_fds() <= descriptors


@pytest.mark.skipif(not SHARED.exists(), reason="shared memory is seen as files on Linux only")
def test_a_run_removes_its_shared_memory() -> None:
    with shared_memory_of_own_family() as seen:
        run_once()
    assert seen
    assert [name for name in seen if Path(name).exists()] == []


@pytest.mark.slow
def test_a_process_that_is_killed_ends_the_run_with_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = left_behind()
    parent = os.getpid()

    def die(*_: Any) -> None:
        assert os.getpid() != parent
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(np, "save", die)
    with pytest.raises(SpikeffError, match=r"a process ended with code .*-9"):
        run_once()
    assert left_behind()["processes"] == before["processes"]
    monkeypatch.undo()
    assert run_once() > 0


def started(child: subprocess.Popen[str]) -> list[psutil.Process]:
    """The processes of a run, once Lava has started them all and is under way."""
    deadline = time.monotonic() + 120
    found: list[psutil.Process] = []
    while time.monotonic() < deadline:
        now = psutil.Process(child.pid).children(recursive=True)
        if len(now) > 4 and len(now) == len(found):
            return now
        found = now
        time.sleep(0.5)
    raise AssertionError("Lava did not start")


def running(family: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; what has ended but was not waited for by its new parent does not."""

    def runs(process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):
            return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
        return False

    return [process for process in family if runs(process)]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
@pytest.mark.parametrize("end", ["interrupt", "interrupt group", "terminate", "kill"])
def test_no_process_outlives_its_run(end: str) -> None:
    """A run is interrupted alone or with its group, as a terminal does, ended, or killed."""
    command = [sys.executable, "-m", "tests.parity.lava_script", LONG]
    with subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as child:
        family = started(child)
        send: dict[str, Callable[[], None]] = {
            "interrupt": lambda: os.kill(child.pid, signal.SIGINT),
            "interrupt group": lambda: os.killpg(child.pid, signal.SIGINT),
            "terminate": lambda: os.kill(child.pid, signal.SIGTERM),
            "kill": lambda: os.kill(child.pid, signal.SIGKILL),
        }
        send[end]()
        assert child.wait(timeout=60) != 0
        deadline = time.monotonic() + 30
        while (alive := running(family)) and time.monotonic() < deadline:
            time.sleep(0.1)
        for process in alive:
            process.kill()
        assert not alive


@pytest.mark.slow
def test_from_a_worker_thread(spikes: int) -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(run_once).result(timeout=120) == spikes


@pytest.mark.slow
def test_inside_a_running_event_loop_as_in_a_notebook(spikes: int) -> None:
    """A notebook's cells run in the main thread, inside a loop, beside threads that serve it."""

    async def cell() -> int:
        serving = asyncio.create_task(asyncio.sleep(3600))
        other = asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.2)
        found = run_once()
        serving.cancel()
        await other
        return found

    assert asyncio.run(cell()) == spikes


@pytest.mark.slow
def test_in_a_jupyter_kernel(spikes: int) -> None:
    """The same in the real thing, where it is installed."""
    client = pytest.importorskip("jupyter_client.manager")
    pytest.importorskip("ipykernel")
    manager, kernel = client.start_new_kernel(cwd=str(ROOT), startup_timeout=120)
    try:
        code = "from tests.parity.lava_script import main; main(7)"
        heard: list[dict[str, Any]] = []
        reply = kernel.execute_interactive(code, timeout=300, output_hook=heard.append)
        assert reply["content"]["status"] == "ok"
        text = "".join(m["content"].get("text", "") for m in heard)
        assert text.strip() == str(spikes)
    finally:
        kernel.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.fixture(params=["spawn", None])
def chosen(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """How the caller's own processes start, if the caller said it."""
    before = multiprocessing.get_start_method(allow_none=True)
    multiprocessing.set_start_method(request.param, force=True)
    yield request.param
    multiprocessing.set_start_method(before, force=True)


def test_the_start_method_of_the_callers_processes_stays(chosen: str | None, spikes: int) -> None:
    assert run_once() == spikes
    assert multiprocessing.get_start_method(allow_none=True) == chosen
