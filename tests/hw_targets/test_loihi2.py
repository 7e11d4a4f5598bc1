"""The board's path with stand-ins for what only Intel's extension has."""

import sys
import types
from dataclasses import replace

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from hw_targets.lava import cpu as lava_cpu
from hw_targets.loihi2 import board as loihi2
from hw_targets.loihi2 import settings as board_settings
from hw_targets.registry import get_target
from hw_targets.target import TargetRun
from lava_export.quantize.quantize import quantize
from spikeff.errors import TargetUnavailableError
from spikeff.ir.bounds import self_inhibition_weight
from spikeff.ir.connectivity import ONE_TO_ONE, Connection
from spikeff.ir.roles import SELF_INHIBITION
from spikeff.ir.trace import SpikeTrace, compare_traces
from tests.networks import description


@pytest.fixture
def stand_ins(monkeypatch):
    """Adapters that relay, profilers that report, a run configuration that simulates."""
    from lava.magma.core import run_configs
    from lava.utils import loihi

    from tests.hw_targets import board_stand_ins

    spike = types.SimpleNamespace(
        PyToNxAdapter=board_stand_ins.Relay, NxToPyAdapter=board_stand_ins.Relay
    )
    embedded_io = types.ModuleType("lava.proc.embedded_io")
    embedded_io.spike = spike
    profiler = types.ModuleType("lava.utils.loihi2_profiler")
    profiler.Loihi2Power = lambda num_steps: types.SimpleNamespace(
        total_power=np.full(num_steps, 0.5)
    )
    profiler.Loihi2ExecutionTime = lambda: types.SimpleNamespace(time_per_step=np.array([3.0, 5.0]))
    import lava.proc
    import lava.utils

    monkeypatch.setitem(sys.modules, "lava.proc.embedded_io", embedded_io)
    monkeypatch.setattr(lava.proc, "embedded_io", embedded_io, raising=False)
    monkeypatch.setitem(sys.modules, "lava.utils.loihi2_profiler", profiler)
    monkeypatch.setattr(lava.utils, "loihi2_profiler", profiler, raising=False)
    reached = []
    monkeypatch.setattr(loihi, "use_slurm_host", lambda *a: reached.append(("slurm", *a)))
    monkeypatch.setattr(loihi, "use_ethernet_host", lambda *a: reached.append(("ethernet", *a)))

    def simulated(callback_fxs):
        reached.append(len(callback_fxs))
        return run_configs.Loihi2SimCfg(select_tag="fixed_pt")

    monkeypatch.setattr(run_configs, "Loihi2HwCfg", simulated)
    return spike, reached


def network():
    """One spike per neuron and sample, so that blanking and streams are used too."""
    base = description(seed=8)
    limited = replace(base, populations=(replace(base.populations[0], spike_limit=1),))
    brake = np.full(20, -self_inhibition_weight(limited, "layer1"))
    once = Connection("layer1", "layer1", ONE_TO_ONE, brake, delay=1, role=SELF_INHIBITION)
    return quantize(replace(limited, connections=(*limited.connections, once)))


def inputs_of(made):
    rng = np.random.default_rng(1)
    once = np.zeros((made.steps, 2, made.input_size), bool)
    np.put_along_axis(once, rng.integers(0, made.steps, (1, 2, made.input_size)), True, axis=0)
    return once


@pytest.mark.slow
@pytest.mark.lava
def test_a_run_over_the_border_is_the_emulators_and_its_latency_is_made_good(stand_ins):
    """The way in takes a step more than Lava's own wiring, the way out none."""
    from tests.hw_targets.board_stand_ins import LateRelay

    spike, reached = stand_ins
    spike.PyToNxAdapter = LateRelay
    made = network()
    inputs = inputs_of(made)
    settings = replace(
        board_settings.from_environment(), partition="oheogulch", host=None, input_latency=1
    )
    run = loihi2.run_integer(made, inputs, settings)
    assert compare_traces(emulator.run(made, inputs).trace, run.trace).equal
    assert run.measured == {"total power / W": 0.5, "time per step / us": 4.0}
    assert reached[0][:3] == ("slurm", "oheogulch", None)
    assert reached[1] == 2


def test_a_host_is_reached_by_ethernet(stand_ins, monkeypatch):
    _, reached = stand_ins
    ran = TargetRun(SpikeTrace("loihi2", {}), 0.0)
    monkeypatch.setattr(lava_cpu, "run_graph", lambda *_: ran)
    made = network()
    loihi2.run_integer(
        made, inputs_of(made), replace(board_settings.from_environment(), host="10.0.0.1")
    )
    assert reached[0][:2] == ("ethernet", "10.0.0.1")


def test_what_is_missing_is_named_in_order(monkeypatch):
    missing = board_settings.missing()
    assert "lava.utils.loihi2_profiler" in missing
    assert "INRC" in missing
    monkeypatch.setattr(board_settings.importlib.util, "find_spec", lambda name: True)
    monkeypatch.setattr(board_settings.shutil, "which", lambda name: None)
    assert "neither Slurm nor an Ethernet host" in board_settings.missing()
    with pytest.raises(TargetUnavailableError, match="neither Slurm nor an Ethernet host"):
        get_target("loihi2")
    monkeypatch.setenv("NXSDKHOST", "10.0.0.1")
    monkeypatch.setenv("LOIHI_GEN", "N9")
    assert "N9" in board_settings.missing()
    monkeypatch.setenv("LOIHI_GEN", "N3C1")
    assert board_settings.missing() is None


def test_an_unreachable_board_is_an_error_of_ours(monkeypatch):
    with pytest.raises(TargetUnavailableError, match="no Loihi 2 board can be reached"):
        loihi2.run_integer(network(), inputs_of(network()), board_settings.from_environment())
