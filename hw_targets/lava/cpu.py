"""Lava 0.10.0 on this processor: its own models, in fixed and in floating point.

Lava runs every process of the network in a process of the operating system and has no batch
dimension: samples are streamed one after the other, with ``LIFReset`` clearing the states.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import tempfile
import time
import warnings
from collections.abc import Iterator
from multiprocessing import connection
from pathlib import Path
from typing import Any

import numpy as np

from hw_targets.child_python import start_resource_tracker
from hw_targets.lava.child_processes import ending_with_parent
from hw_targets.lava.interrupts import put_off, raise_lost, remembering
from hw_targets.target import Recorded, TargetRun, recorded_names
from lava_export.integers.network import IntegerNetwork
from lava_export.lava import compat as lava_compat
from lava_export.lava.graph import FIXED, LavaGraph, float_graph, integer_graph
from spikeff.errors import DescriptionError, SpikeffError, TargetUnavailableError
from spikeff.ir.arrays import Array
from spikeff.ir.inputs import require_input_spikes
from spikeff.ir.network import NetworkDescription
from spikeff.ir.trace import SpikeTrace

# How often a run is looked at; how long its processes may take to report and to end.
POLL_SECONDS = 0.002
SETTLE_SECONDS = 0.2
GRACE_SECONDS = 2.0


def run_integer(
    network: IntegerNetwork, inputs: Array, record_states: Recorded = False
) -> TargetRun:
    """Run ``inputs`` in Lava's fixed point.

    Args:
        inputs: bool (steps, samples, input size).

    Returns:
        A trace of ``period`` steps in local time; u and v, of all populations or of those named in
        ``record_states``, are int32, as the emulator's.
    """
    require_input_spikes(network, inputs)
    with lava_compat.untouched_root_logger(), remembering():
        return run_graph("lava", integer_graph(network, inputs), record_states)


def run_float(
    description: NetworkDescription, inputs: Array, record_states: bool = False
) -> TargetRun:
    """Run ``inputs`` in Lava's floating point.

    Args:
        description: Blanked where it needs to be (``lava_export.quantize.blanking.with_blanking``).
        inputs: bool (steps, samples, input size).

    Returns:
        A trace of ``period`` steps in local time; v is in the units of the description.
    """
    require_input_spikes(description, inputs)
    with lava_compat.untouched_root_logger(), remembering():
        return run_graph("lava-float", float_graph(description, inputs), record_states)


def run_graph(
    simulator: str, graph: LavaGraph, record_states: Recorded, config: Any = None
) -> TargetRun:
    """Run a graph to the end and read what its recorders wrote.

    Args:
        config: Lava's run configuration; its simulation of Loihi 2 where left out.
    """
    with tempfile.TemporaryDirectory(prefix="spikeff-lava-") as name:
        folder = Path(name)
        recorded = recorded_names(graph.populations, record_states)
        recorders = _attach_recorders(graph, folder, recorded)
        try:
            seconds = _execute(graph, config)
        finally:
            forget([*graph.processes, *recorders])
        spikes = {name: _spikes(graph, folder, name) for name in graph.populations}
        states = {name: _states(graph, folder, name) for name in recorded}
    u = {name: pair[0] for name, pair in states.items()}
    v = {name: pair[1] for name, pair in states.items()}
    return TargetRun(SpikeTrace(simulator, spikes, u, v), seconds)


def _attach_recorders(graph: LavaGraph, folder: Path, recorded: list[str]) -> list[Any]:
    from hw_targets.lava.probe.process import SpikeRecorder, StateRecorder

    recorders: list[Any] = []
    for k, (name, neurons) in enumerate(graph.populations.items()):
        frame = {"size": neurons.u.shape[0], "steps": graph.timing.total}
        spikes = SpikeRecorder(path=folder / f"{k}-spikes.npy", **frame)
        graph.spikes[name].connect(spikes.s_in)
        recorders.append(spikes)
        if name in recorded:
            states = StateRecorder(path=folder / f"{k}-states.npy", **frame)
            states.u_ref.connect_var(neurons.u)
            states.v_ref.connect_var(neurons.v)
            recorders.append(states)
    return recorders


def _spikes(graph: LavaGraph, folder: Path, name: str) -> Array:
    return graph.timing.local(_load(graph, folder, name, "spikes"), name)


def _states(graph: LavaGraph, folder: Path, name: str) -> tuple[Array, Array]:
    u, v = (graph.timing.local(a, name) for a in _load(graph, folder, name, "states"))
    return u, v if graph.tag == FIXED else v * graph.units_of_v[name]


def _load(graph: LavaGraph, folder: Path, name: str, what: str) -> Array:
    path = folder / f"{list(graph.populations).index(name)}-{what}.npy"
    if not path.exists():
        raise DescriptionError(
            f"population {name!r} did not run in Lava, which runs what hangs together; connect it "
            f"to the others or export it alone."
        )
    record: Array = np.load(path, allow_pickle=False)
    return record


def _execute(graph: LavaGraph, config: Any) -> float:
    """Run all processes to the end and stop them; returns the seconds of the simulation."""
    if multiprocessing.current_process().daemon:
        raise TargetUnavailableError(
            "Lava starts processes, which a daemonic worker of multiprocessing may not; use a "
            "concurrent.futures.ProcessPoolExecutor, or the target 'emulator', which is bit-equal."
        )
    from lava.magma.core.run_conditions import RunSteps
    from lava.magma.core.run_configs import Loihi2SimCfg

    top = next(iter(graph.populations.values()))
    before = set(multiprocessing.active_children())
    start_resource_tracker()
    with ending_with_parent(), warnings.catch_warnings():
        # Python 3.12 warns of forking next to threads, which is how Lava works.
        warnings.filterwarnings("ignore", "This process.*is multi-threaded", DeprecationWarning)
        try:
            top.create_runtime(config or Loihi2SimCfg(select_tag=graph.tag))
            raise_lost()
            start = time.perf_counter()
            for steps, due in _stretches(graph):
                top.run(RunSteps(num_steps=steps, blocking=False))
                _wait(top.runtime)
                for name, mantissas in due.items():
                    graph.populations[name].bias_mant.set(mantissas)
            seconds = time.perf_counter() - start
            top.stop()
        except BaseException:
            with put_off():
                _abandon(top.runtime, before)
            raise
    return seconds


def _stretches(graph: LavaGraph) -> Iterator[tuple[int, dict[str, Array]]]:
    """Steps to run, and what is to be written to the biases behind them."""
    done, total = 0, graph.timing.total
    for step in range(2, total + 1):
        due = graph.due(step) if graph.biases else {}
        if due:
            yield step - 1 - done, due
            done = step - 1
    yield total - done, {}


def _wait(runtime: Any) -> None:
    """Wait for the run to end. Lava itself would wait for ever for a process that has died."""
    from lava.magma.runtime.mgmt_token_enums import MGMT_RESPONSE, enum_equal

    actors = runtime._messaging_infrastructure.actors
    sentinels = [actor.sentinel for actor in actors]
    answers = runtime.service_to_runtime
    while not all(port.probe() for port in answers):
        raise_lost()
        if connection.wait(sentinels, timeout=POLL_SECONDS):
            raise _failure(actors)
    if not all(enum_equal(port.peek(), MGMT_RESPONSE.DONE) for port in answers):
        raise _failure(actors)
    runtime.wait()


def _failure(actors: list[Any]) -> SpikeffError:
    time.sleep(SETTLE_SECONDS)  # the first to end is seldom the one that failed
    for actor in actors:
        if actor.exception:
            return SpikeffError(f"Lava failed in one of its processes:\n{actor.exception[1]}")
    codes = [actor.exitcode for actor in actors if not actor.is_alive()]
    return SpikeffError(
        f"Lava failed: a process ended with code {codes}; -9 means that memory ran out or that "
        f"someone ended it: run fewer samples at once."
    )


def _abandon(runtime: Any, before: set[Any]) -> None:
    """End the processes of a failed run. Lava's own stop waits for answers that will not come."""
    infrastructure = None if runtime is None else runtime._messaging_infrastructure
    if infrastructure is not None:
        runtime._is_started = runtime._is_running = False
        _end(infrastructure.actors)
        with contextlib.suppress(Exception):  # its shared memory may be half made
            infrastructure.stop()
    _end([p for p in multiprocessing.active_children() if p not in before])


def _end(processes: list[Any]) -> None:
    alive = [p for p in processes if p.is_alive()]
    for process in alive:
        process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for process in alive:
        connection.wait([process.sentinel], timeout=max(deadline - time.monotonic(), 0.0))
        if process.is_alive():
            process.kill()
        process.join()


def forget(processes: list[Any]) -> None:
    """Drop the processes from Lava's global register, which would keep their arrays for ever."""
    from lava.magma.core.process.process import ProcessServer

    ours = {id(p) for p in processes}
    server = ProcessServer()
    server.processes = [p for p in server.processes if id(p) not in ours]
