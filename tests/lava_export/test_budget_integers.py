"""Counter and gate of a spike budget in integers: at their edges, and refused beyond them."""

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from lava_export.quantize.quantize import quantize
from spikeff.errors import DescriptionError, LimitError
from spikeff.ir.bounds import spikes_per_source
from spikeff.ir.roles import LAYER
from tests.networks import repeaters, with_budget, within


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
    """105 neurons x 251 steps, a quarter more for safety, exceed 255 << 7."""
    quantize(relays(250, 3, neurons=100))
    with pytest.raises(LimitError, match=r"'layer1.budget': .*inhibition of \d+ \(at most 32640"):
        quantize(relays(250, 3, neurons=105))


def test_more_steps_than_the_leak_allows_are_refused():
    with pytest.raises(LimitError, match=r"'layer1.passed': over 2001 steps.*use fewer steps"):
        quantize(relays(2000, 3, neurons=5))


def test_counter_and_gate_are_known_by_their_roles_whatever_their_names():
    network = relays(8, 3)
    names = {"layer1": "a", "layer1.budget": "b", "layer1.passed": "c"}
    renamed = replace(
        network,
        populations=tuple(replace(p, name=names[p.name]) for p in network.populations),
        connections=tuple(
            replace(c, source=names.get(c.source, c.source), target=names[c.target])
            for c in network.connections
        ),
        readout=replace(network.readout, populations=("a",)),
    )
    for ours, theirs in zip(
        quantize(renamed).populations, quantize(network).populations, strict=True
    ):
        assert (ours.du, ours.dv, ours.vth) == (theirs.du, theirs.dv, theirs.vth)
        assert ours.role == theirs.role
    assert spikes_per_source(network, "layer1.budget", 8).tolist() == [1]


def test_weights_that_count_no_spikes_are_refused():
    network = relays(8, 3)
    heavier = tuple(
        replace(c, weights=1.5 * c.weights) if c.source == "layer1" else c
        for c in network.connections
    )
    with pytest.raises(DescriptionError, match=r"layer1->layer1.budget: .* one whole number"):
        quantize(replace(network, connections=heavier))


def test_learned_weights_of_the_same_constants_are_a_layer():
    """What a counter is made of, but learned: it is rounded as any layer is."""
    network = relays(8, 3)
    counter = replace(network.populations[1], role=LAYER)
    learned = replace(
        network, populations=(network.populations[0], counter, *network.populations[2:])
    )
    assert quantize(learned).populations[1].du == 0
    assert quantize(network).populations[1].du == 4095
