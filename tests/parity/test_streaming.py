"""Blanking and timing: what lets samples follow each other in Lava."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from hw_targets import registry
from hw_targets.lava import cpu as lava_cpu
from hw_targets.lava.probe.process import SpikeRecorder
from lava_export.integers.timing import timing_of
from lava_export.quantize.blanking import with_blanking
from spikeff.errors import (
    DescriptionError,
    LimitError,
    SpikeffError,
    TargetUnavailableError,
    UnknownNameError,
)
from spikeff.ir.bounds import worst_currents
from spikeff.ir.connectivity import DENSE, Connection
from spikeff.ir.network import BLANK
from spikeff.ir.roles import BLANKING
from spikeff.references import norse as norse_reference
from tests.networks import (
    random_description,
    random_inputs,
    with_self_inhibition,
)
from tests.parity.conftest import Lava


def test_a_network_without_delays_is_left_as_it_is() -> None:
    description = random_description(np.random.default_rng(0))
    assert with_blanking(description) is description


def test_idle_steps_are_the_longest_delay_and_blanking_is_made_once() -> None:
    description = with_self_inhibition(random_description(np.random.default_rng(0)))
    late = Connection("layer0", "layer1", DENSE, np.ones((9, 12)), delay=3)
    description = replace(description, connections=(*description.connections, late))
    blanked = with_blanking(description)
    assert blanked.idle_steps == 3
    assert blanked.period == description.steps + 3
    blanking = [c for c in blanked.connections if c.source == BLANK]
    assert [(c.target, c.weights.shape) for c in blanking] == [
        ("layer0", (12, 1)),
        ("layer1", (9, 1)),
    ]
    assert with_blanking(blanked) is blanked


def test_blanking_outweighs_the_worst_current() -> None:
    blanked = random_description(np.random.default_rng(1), one_spike=True, bias=2.0)
    for population in blanked.populations:
        highest, _ = worst_currents(blanked, population.name, blanked.period)
        strength = -next(
            c for c in blanked.incoming(population.name) if c.source == BLANK
        ).weights.max()
        assert (highest - strength <= -population.v_leak).all()


def test_blanked_populations_are_silent_whatever_the_input(lava: Lava) -> None:
    rng = np.random.default_rng(2)
    blanked = random_description(rng, (12, 9), one_spike=True, bias=2.0)
    inputs = random_inputs(rng, blanked.steps, samples=3)
    inputs[-1] = True
    spikes = lava.run_float(blanked, inputs).trace.spikes
    for name, record in spikes.items():
        assert record[: blanked.steps].any(), name
        assert not record[blanked.steps :].any(), name
        assert record.sum(axis=0).max() == 1


def test_connections_that_lava_cannot_time_are_refused() -> None:
    description = random_description(np.random.default_rng(0))
    back = Connection("layer1", "layer0", DENSE, np.ones((12, 9)), delay=1)
    timing = timing_of(description, 1)
    with pytest.raises(DescriptionError, match=r"layer1->layer0.*delay of at least 2"):
        timing.extra_delay(back)
    with pytest.raises(LimitError, match="wait 64 steps"):
        timing.extra_delay(replace(back, delay=66))
    blank = Connection(BLANK, "layer0", DENSE, -np.ones((12, 1)), delay=1, role=BLANKING)
    with pytest.raises(DescriptionError, match="blanking line must arrive at once"):
        timing_of(replace(description, connections=(*description.connections, blank)), 1)


@pytest.mark.slow
@pytest.mark.lava
def test_a_failed_run_says_why_and_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    made = SpikeRecorder.__init__

    def elsewhere(self: SpikeRecorder, *, size: int, steps: int, path: Path) -> None:
        made(self, size=size, steps=steps, path=Path("/nowhere/spikes"))

    monkeypatch.setattr(SpikeRecorder, "__init__", elsewhere)
    rng = np.random.default_rng(0)
    description = random_description(rng)
    inputs = random_inputs(rng, description.steps, samples=1)
    before = {p.pid for p in psutil.Process().children(recursive=True)}
    with pytest.raises(SpikeffError, match="No such file or directory: '/nowhere/spikes"):
        lava_cpu.run_float(description, inputs)
    after = psutil.Process().children(recursive=True)
    left = [p for p in after if p.pid not in before and "resource_tracker" not in str(p.cmdline())]
    assert not left
    monkeypatch.undo()
    lava = lava_cpu.run_float(description, inputs).trace
    norse = norse_reference.run(description, inputs)
    for name, spikes in norse.spikes.items():
        np.testing.assert_array_equal(spikes, lava.spikes[name])


def test_targets_are_found_by_name() -> None:
    assert registry.get_target("emulator").missing() is None
    assert registry.get_target("lava").name == "lava"
    with pytest.raises(UnknownNameError, match="Did you mean 'emulator'"):
        registry.get_target("emulater")
    with pytest.raises(TargetUnavailableError, match="Neuromorphic Research Community"):
        registry.get_target("loihi2")
