"""The count of a gate under Lava's leak: at its edges, and refused beyond them."""

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from lava_export.quantize.quantize import quantize
from spikeff.errors import LimitError
from spikeff.ir.bounds import spikes_per_source, worst_currents
from tests.networks import first_spikes, repeaters, with_gates


def relays(steps, limit, neurons=40):
    return with_gates(repeaters(steps, neurons), limit)


def hard_trains(steps, limit, neurons, rng):
    """Counted spikes at their oldest and at their freshest, saturation, gaps, and chance."""
    trains = rng.random((steps, 1, neurons)) < rng.uniform(0.02, 1, neurons)
    trains[:, 0, :8] = False
    trains[:limit, 0, 0] = trains[-1, 0, 0] = True
    trains[-limit - 1 :, 0, 1] = True
    trains[:, 0, 2] = True
    trains[::2, 0, 3] = True
    trains[: limit - 1, 0, 4] = trains[-2:, 0, 4] = True
    trains[:limit, 0, 5] = trains[-2:, 0, 5] = True
    trains[-limit:, 0, 6] = True
    return trains


@pytest.mark.parametrize(
    ("steps", "limit"), [(8, 1), (8, 2), (8, 7), (64, 3), (64, 32), (127, 28), (255, 2), (255, 13)]
)
def test_exactly_the_first_spikes_pass(steps, limit):
    network = quantize(relays(steps, limit))
    inputs = hard_trains(steps, limit, 40, np.random.default_rng(steps + limit))
    spikes = emulator.run(network, inputs).trace.spikes
    np.testing.assert_array_equal(spikes["layer1.free"][:steps], inputs)
    np.testing.assert_array_equal(spikes["layer1"][:steps], first_spikes(inputs, limit))
    assert not spikes["layer1"][steps:].any()


def test_all_limits_are_exact_or_refused():
    """At 100 steps: exact up to 36 spikes; beyond, the leak outweighs one spike."""
    rng = np.random.default_rng(0)
    for limit in (35, 36):
        inputs = hard_trains(100, limit, 40, rng)
        spikes = emulator.run(quantize(relays(100, limit)), inputs).trace.spikes["layer1"]
        np.testing.assert_array_equal(spikes[:100], first_spikes(inputs, limit))
    with pytest.raises(LimitError, match=r"'layer1': spike_limit = 38.*use at most 36"):
        quantize(relays(100, 38))


@pytest.mark.parametrize("bits", [3, 4])
def test_the_gate_does_not_depend_on_the_bits_of_the_weights(bits):
    inputs = hard_trains(24, 3, 40, np.random.default_rng(bits))
    spikes = emulator.run(quantize(relays(24, 3), bits), inputs).trace.spikes
    free = spikes["layer1.free"]
    assert free.any()
    np.testing.assert_array_equal(spikes["layer1"], first_spikes(free, 3))


def test_bounds_know_what_a_gate_lets_pass():
    network = relays(24, 3)
    assert spikes_per_source(network, "layer1", 24).tolist() == [3] * 40
    assert spikes_per_source(network, "layer1.free", 24).tolist() == [24] * 40
    highest, _ = worst_currents(network, "layer1.free")
    np.testing.assert_allclose(highest, 2.0)


def test_a_broken_gate_is_refused_after_the_run():
    network = quantize(relays(8, 2))
    weaker = [
        replace(c, weights=c.weights // 2) if c.sign_mode == "inhibitory" and c.delay else c
        for c in network.connections
    ]
    broken = replace(network, connections=tuple(weaker))
    with pytest.raises(LimitError, match=r"'layer1': neuron 0 spiked \d times in sample 0"):
        emulator.run(broken, np.ones((8, 1, 40), bool))
