"""Counter and gate of a spike budget in integers: at their edges, and refused beyond them."""

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from lava_export.quantize.quantize import quantize
from spikeff.errors import LimitError
from spikeff.ir.bounds import spikes_per_source
from spikeff.ir.circuits.spike_budget import is_counter, is_gate
from tests.builders import repeaters
from tests.parity.budget_networks import with_budget, within


def relays(steps, budget, neurons=40):
    return with_budget(repeaters(steps, neurons), budget)


def trains(steps, budget, neurons, rng):
    """One spike per step, the budget met at the last step and missed by one, all, and chance."""
    spikes = rng.random((steps, 8, neurons)) < rng.uniform(0.0, 0.6, (8, 1))
    spikes[:, :4] = False
    spikes[:, 0, 0] = True
    for sample, count in ((1, budget), (2, budget - 1)):
        step, neuron = np.divmod(rng.permutation((steps - 1) * neurons)[:count], neurons)
        spikes[step, sample, neuron] = True
        spikes[-1, sample] = True
    spikes[:, 3] = True
    return spikes


@pytest.mark.parametrize(
    ("steps", "budget"), [(8, 1), (8, 40), (8, 41), (8, 279), (64, 1000), (255, 2), (255, 4000)]
)
def test_exactly_the_budget_passes(steps, budget):
    network = quantize(relays(steps, budget))
    inputs = trains(steps, budget, 40, np.random.default_rng(steps + budget))
    spikes = emulator.run(network, inputs).trace.spikes
    np.testing.assert_array_equal(spikes["layer1"][:steps], inputs)
    np.testing.assert_array_equal(spikes["layer1.passed"][:steps], within(inputs, budget))
    assert not spikes["layer1.passed"][steps:].any()
    assert not spikes["layer1.passed"][steps - 1, 1].any()
    assert spikes["layer1.passed"][steps - 1, 2].all()


@pytest.mark.parametrize("bits", [1, 4, 8])
def test_the_budget_does_not_depend_on_the_bits_of_the_weights(bits):
    inputs = trains(24, 100, 40, np.random.default_rng(bits))
    spikes = emulator.run(quantize(relays(24, 100), bits), inputs).trace.spikes
    layer = spikes["layer1"]
    np.testing.assert_array_equal(spikes["layer1.passed"], within(layer, 100))


def test_a_counter_that_no_inhibition_can_stop_is_refused():
    """40 neurons x 656 steps, a quarter more for safety, exceed 255 << 7."""
    quantize(relays(650, 3))
    with pytest.raises(LimitError, match=r"'layer1.budget': .*inhibition of 32850 \(at most 32640"):
        quantize(relays(656, 3))


def test_more_steps_than_the_leak_allows_are_refused():
    with pytest.raises(LimitError, match=r"'layer1.passed': over 2001 steps.*use fewer steps"):
        quantize(relays(2000, 3, neurons=5))


def test_counter_and_gate_are_known_by_what_they_are():
    network = relays(8, 3)
    layer, counter, gate = network.populations
    assert is_counter(network, counter)
    assert is_gate(network, gate)
    assert not any(is_counter(network, p) for p in (layer, gate))
    assert not any(is_gate(network, p) for p in (layer, counter))
    heavier = tuple(
        replace(c, weights=1.5 * c.weights) if c.source == "layer1" else c
        for c in network.connections
    )
    learned = replace(network, connections=heavier)
    assert not is_counter(learned, counter)
    assert not is_gate(learned, gate)
    assert spikes_per_source(network, "layer1.budget", 8).tolist() == [1]
