"""The neurons of a readout: emulator and Lava bit for bit, over sample boundaries."""

from __future__ import annotations

import numpy as np
import pytest

from hw_targets.decode_answer import chip_answers
from hw_targets.emulator import run as emulator
from hw_targets.lava import cpu as lava_cpu
from lava_export.quantize.blanking import with_power_of_two_period
from spikeff.ir.codes import ALL_LABELS, CLASS_COLUMNS
from spikeff.ir.readout_codes import answers
from spikeff.ir.trace import compare_traces
from tests.networks import Layer, on_chip, relays
from tests.parity.conftest import Lava, once_in_the_runtime

CASES = {
    "pairs, class columns": ("pairs", CLASS_COLUMNS, [Layer(24, 4), Layer(30, 5)]),
    "synchrony, class columns": ("synchrony", CLASS_COLUMNS, [Layer(24, 4, limit=1)]),
    "synchrony, signs": ("synchrony", ALL_LABELS, [Layer(24, 4, 2), Layer(15, 5, limit=2)]),
    "excess, class columns": ("excess", CLASS_COLUMNS, [Layer(24, 4, limit=1)]),
    "excess, signs": ("excess", ALL_LABELS, [Layer(24, 4, 2), Layer(15, 5, limit=3)]),
    "excess, period of 16": ("excess", CLASS_COLUMNS, [Layer(24, 4, limit=1)]),
    "rate, one spike": ("rate", CLASS_COLUMNS, [Layer(24, 4, limit=1)]),
}

PADDED = ("excess, period of 16",)


@pytest.mark.parametrize(("case", "lava"), once_in_the_runtime(CASES, *CASES))
def test_the_readout_agrees_in_lava(case: str, lava: Lava) -> None:
    goodness, kind, layers = CASES[case]
    description = relays(layers, 6, goodness, kind=kind)
    if case in PADDED:
        description = with_power_of_two_period(description, idle_steps=3)
    network = on_chip(description)
    assert network.period == (16 if case in PADDED else 6 + network.idle_steps)
    rng = np.random.default_rng(sorted(CASES).index(case))
    inputs = rng.random((6, 12, network.input_size)) < 0.5
    inputs[:, 5] = True
    ours = emulator.run(network, inputs, record_states=True)
    theirs = lava.run_integer(network, inputs)
    comparison = compare_traces(ours.trace, theirs.trace)
    assert comparison.equal, comparison.first_divergence
    assert comparison.state_mismatches == 0
    spikes = ours.trace.window(network.steps).spikes
    host = answers(spikes, network.readout, network.populations)
    np.testing.assert_array_equal(chip_answers(network, theirs), host)
    assert len(set(host.tolist())) > 1


@pytest.mark.slow
@pytest.mark.lava
def test_states_of_named_populations_only() -> None:
    network = on_chip(relays([Layer(24, 4)], 6, "pairs", kind=ALL_LABELS))
    inputs = np.random.default_rng(0).random((6, 3, 24)) < 0.5
    for run in (emulator.run, lava_cpu.run_integer):
        trace = run(network, inputs, ("readout.goodness",)).trace
        assert list(trace.u) == list(trace.v) == ["readout.goodness"]
        whole = emulator.run(network, inputs, record_states=True).trace
        np.testing.assert_array_equal(trace.v["readout.goodness"], whole.v["readout.goodness"])
