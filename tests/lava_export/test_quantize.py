from dataclasses import replace

import numpy as np
import pytest

from hw_targets import emulator
from lava_export import loihi_limits as limits
from lava_export.quantize import quantize, to_grid
from spikeff import norse_reference
from spikeff.bounds import self_inhibition_weight
from spikeff.description import Connection
from spikeff.errors import LimitError
from tests.builders import description


def spikes_in(network, seed, share=0.3, samples=60):
    rng = np.random.default_rng(seed)
    return rng.random((network.steps, samples, network.input_size)) < share


@pytest.mark.parametrize("bits", range(1, 9))
def test_weights_lie_on_the_grid_and_near_their_value(bits):
    weights = np.random.default_rng(bits).normal(0, 30, (40, 50))
    grid = limits.weight_step(bits, "mixed")
    rounded = to_grid(weights, 1.0, bits)
    assert (rounded % grid == 0).all()
    assert rounded.min() >= -256
    assert rounded.max() <= 255
    inside = (weights > -256) & (weights < 256 - grid)
    assert np.abs(rounded - weights)[inside].max() <= grid / 2


def test_eight_bits_keep_nearly_every_spike():
    network = description(seed=3)
    inputs = spikes_in(network, 4)
    floats = norse_reference.run(network, inputs).spikes["layer1"]
    ints = emulator.run(quantize(network), inputs).trace.spikes["layer1"]
    assert floats.mean() > 0.05
    assert (floats != ints).mean() < 0.01


def test_fewer_bits_lose_more():
    network = description(seed=5, neurons=100)
    inputs = spikes_in(network, 6)
    floats = norse_reference.run(network, inputs).spikes["layer1"]
    lost = [
        (floats != emulator.run(quantize(network, b), inputs).trace.spikes["layer1"]).mean()
        for b in (8, 5, 2)
    ]
    assert lost[0] < lost[1] < lost[2]


def test_constants_in_chip_units():
    population = quantize(description(tau_syn=4e-3, tau_mem=10e-3)).populations[0]
    assert population.du == 1024 - limits.DS_OFFSET
    assert population.dv == round(0.1 * 4096)
    # vth : weights = v_th / dv : 1
    assert population.vth == round(population.current_scale / 64 * 1.0 / 0.1)


def test_bias_follows_the_leak_potential():
    population = quantize(description(v_leak=0.5)).populations[0]
    bias = population.bias_mant.astype(int) << population.bias_exp
    np.testing.assert_allclose(bias, 0.5 * population.current_scale, rtol=1e-3)


def test_worst_case_current_never_wraps():
    """All positive synapses driven at once stay below 2^23, at the largest scale."""
    weights = np.abs(np.random.default_rng(1).normal(0, 1, (4, 3004)))
    network = quantize(description(neurons=4, pixels=3000, weights=weights, column_size=2))
    highest = network.connections[0].weights.astype(np.int64).sum(axis=1).max() * 64
    assert highest < limits.STATE_MAX


def test_brakes_are_never_rounded_down():
    free = description(seed=7)
    free = replace(free, populations=(replace(free.populations[0], spike_limit=1),))
    brake = Connection("layer1", "layer1", "one_to_one", np.full(20, -13.37), delay=1)
    network = quantize(replace(free, connections=(*free.connections, brake)))
    scale = network.populations[0].current_scale / 64
    made = network.connections[1]
    assert made.sign_mode == "inhibitory"
    strength = -int(made.weights[0]) << made.weight_exp
    assert 13.37 * scale <= strength <= 13.37 * scale * 1.02 + 1
    assert [c.source for c in network.connections].count("blank") == 1


def test_self_inhibition_holds_in_integers_under_the_worst_input():
    base = description(seed=8, steps=9)
    limited = replace(base, populations=(replace(base.populations[0], spike_limit=1),))
    brake = np.full(20, -self_inhibition_weight(limited, "layer1"))
    once = Connection("layer1", "layer1", "one_to_one", brake, delay=1)
    network = quantize(replace(limited, connections=(*limited.connections, once)))
    rng = np.random.default_rng(2)
    # Each channel spikes at most once, as the code promises, all excitation late.
    inputs = np.zeros((9, 50, network.input_size), bool)
    steps = rng.integers(0, 9, (50, network.input_size))
    np.put_along_axis(inputs, steps[None], True, axis=0)
    counts = emulator.run(network, inputs).trace.spikes["layer1"].sum(axis=0)
    assert counts.max() == 1


@pytest.mark.parametrize(
    ("fields", "bits", "message"),
    [
        ({}, 0, "1 to 8"),
        ({}, 9, "1 to 8"),
        ({"v_th": 1e-6}, 8, "'layer1'.*must be at least 1"),
        ({"v_leak": 1e5}, 8, "'layer1': bias .* exceeds"),
    ],
)
def test_what_does_not_fit_is_refused(fields, bits, message):
    with pytest.raises(LimitError, match=message):
        quantize(description(**fields), bits)
