"""Networks of many populations: Lava's models in one process instead of hundreds of processes."""

from random import Random

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from hw_targets.lava import choice, cpu
from hw_targets.registry import get_target
from lava_export.lava import compat as lava_compat
from lava_export.lava.graph import FLOATING, float_graph, integer_graph
from lava_export.quantize.blanking import with_blanking
from spikeff.errors import LimitError
from spikeff.ir.trace import compare_traces
from spikeff.pipeline.fidelity.simulators import Traces, run_floats
from tests.networks import random_case
from tests.networks.random_descriptions import calm_description, random_inputs


def started(graph, folder, recorded):
    """Processes that the runtime would start for a graph."""
    try:
        return [*graph.processes, *cpu._attach_recorders(graph, folder, recorded)]
    finally:
        cpu.forget(list(graph.processes))


@pytest.mark.parametrize("seed", [3, 5, 19])
@pytest.mark.parametrize("recorded", [True, False])
def test_the_number_is_that_of_the_processes_started(seed, recorded, tmp_path):
    case = random_case(Random(seed))
    with lava_compat.untouched_root_logger():
        graph = integer_graph(case.network, case.inputs)
        names = [p.name for p in case.network.populations] if recorded else []
        assert choice.processes(case.network, recorded) == len(started(graph, tmp_path, names))


def test_the_number_of_a_description(tmp_path):
    description = with_blanking(calm_description())
    inputs = random_inputs(np.random.default_rng(0), description.steps, samples=1)
    with lava_compat.untouched_root_logger():
        graph = float_graph(description, inputs)
        assert graph.tag == FLOATING
        assert choice.processes(description, False) == len(started(graph, tmp_path, []))


@pytest.fixture
def no_runtime(monkeypatch):
    """Fails where Lava's runtime would be started."""
    monkeypatch.setattr(cpu, "_execute", lambda *_: pytest.fail("Lava's runtime was started"))


def test_beyond_the_limit_integers_run_in_this_process(no_runtime, monkeypatch):
    case = random_case(Random(19))
    most = choice.processes(case.network, True)
    monkeypatch.setattr(choice, "MOST_PROCESSES", most - 1)
    ran = get_target("lava").run(case.network, case.inputs, record_states=True).trace
    ours = emulator.run(case.network, case.inputs, record_states=True).trace
    assert ran.simulator == "lava"
    assert compare_traces(ours, ran).equal
    assert set(ran.u) == set(ran.v) == set(ran.spikes)


def test_up_to_the_limit_the_runtime_is_asked(monkeypatch):
    case = random_case(Random(19))
    monkeypatch.setattr(choice, "MOST_PROCESSES", choice.processes(case.network, False))
    asked = []
    monkeypatch.setattr(cpu, "run_integer", lambda *given: asked.append(given))
    get_target("lava").run(case.network, case.inputs)
    assert asked == [(case.network, case.inputs, False)]


def test_states_are_those_that_were_asked_for(no_runtime, monkeypatch):
    case = random_case(Random(19))
    monkeypatch.setattr(choice, "MOST_PROCESSES", 0)
    name = case.network.populations[-1].name
    trace = choice.run_integer(case.network, case.inputs, [name]).trace
    assert set(trace.u) == set(trace.v) == {name}
    assert choice.run_integer(case.network, case.inputs).trace.u == {}


def refuse(*_, **__):
    raise LimitError("Brian2 is not asked here")


def test_checked_floats_run_in_this_process_too(no_runtime, monkeypatch):
    monkeypatch.setattr(choice, "MOST_PROCESSES", 0)
    description = calm_description()
    inputs = random_inputs(np.random.default_rng(0), description.steps, samples=2)
    traces = Traces()
    monkeypatch.setattr("spikeff.references.brian2.run", refuse)
    run_floats(description, inputs, traces, lambda *_: None)
    expected, ran = traces.reference.spikes, traces.floats["lava-float"].spikes
    assert sum(z.sum() for z in expected.values()) > 0
    assert all((ran[name] == z).all() for name, z in expected.items())
