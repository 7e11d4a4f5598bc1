"""Spikes of a bias before the first sample: every delay from their source counts."""

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from hw_targets.lava import direct as lava_direct
from lava_export.integers.network import IntegerConnection
from spikeff.errors import LimitError
from spikeff.ir.connectivity import DENSE
from spikeff.ir.network import INPUT
from tests.networks import INPUT_SIZE, integer_network, integer_population

STEPS = 3


def driven(delays, idle_steps=3, depth=0):
    """A neuron whose bias makes it spike every fourth step that nothing clears, and its synapses.

    It starts 1 + depth steps before the empty period, is cleared with that, and so spikes in the
    fourth step of six: three before the first sample. In samples the input holds it down.
    """
    population = integer_population(
        np.random.default_rng(0), "p", 1, depth=depth, du=4095, dv=0, vth=100, bias_exp=0
    )
    population = replace(population, bias_mant=np.array([2000]))
    held = IntegerConnection(INPUT, "p", DENSE, np.full((1, INPUT_SIZE), -254), 8, 0, "mixed")
    own = [
        IntegerConnection("p", "p", DENSE, np.array([[weight]]), 8, 0, "mixed", delay=delay)
        for delay, weight in delays
    ]
    return integer_network([population], [held, *own], steps=STEPS, idle_steps=idle_steps)


def inputs():
    spikes = np.zeros((STEPS, 2, INPUT_SIZE), bool)
    spikes[0] = True
    return spikes


@pytest.mark.parametrize("order", [(1, 3), (3, 1), (3,), (1, 2, 3)])
def test_the_longest_delay_from_a_source_is_what_counts(order):
    network = driven([(delay, 2 * delay) for delay in order])
    with pytest.raises(LimitError, match=r"spikes 3 steps before .* a connection is 3 steps late"):
        emulator.run(network, inputs())
    u = lava_direct.run_integer(network, inputs()).trace.u["p"]
    assert u[0, 0, 0] == u[0, 1, 0] + (6 << 6)  # what reaches the first sample, and no other


@pytest.mark.parametrize("order", [(1,), (2, 1)])
def test_a_spike_that_no_delay_carries_into_the_sample_is_allowed(order):
    network = driven([(delay, 2 * delay) for delay in order])
    ours = emulator.run(network, inputs(), record_states=True).trace
    theirs = lava_direct.run_integer(network, inputs()).trace
    np.testing.assert_array_equal(ours.u["p"], theirs.u["p"])
    assert not ours.spikes["p"].any()
