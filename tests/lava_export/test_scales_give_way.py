"""Where a scale gives way: to biases, to one large weight, to thresholds of a few units."""

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from lava_export.chips import limits
from lava_export.quantize.quantize import default_scalings, quantize
from lava_export.quantize.report import quantization_report
from lava_export.quantize.weight_grid import weight_grid
from spikeff.references import norse as norse_reference
from tests.networks import description, spikes_in


def test_a_scale_bound_by_the_threshold_says_so():
    (found,) = quantization_report(
        description(v_th=50.0, tau_mem=0.4), quantize(description(v_th=50.0, tau_mem=0.4))
    )
    assert found.limited_by == "threshold"
    assert found.vth == limits.VTH_MAX


@pytest.mark.parametrize("weights", [0.0, 0.01, 1.0])
def test_the_scale_gives_way_to_a_bias(weights):
    """Neurons that a bias drives, with small weights or none: the same spikes as in floats."""
    rng = np.random.default_rng(0)
    network = description(weights=weights * rng.uniform(-1, 1, (20, 19)), v_leak=1.7)
    made = quantize(network)
    bias = made.populations[0].bias_mant.astype(int) << made.populations[0].bias_exp
    np.testing.assert_allclose(bias, 1.7 * made.populations[0].current_scale, rtol=1e-3)
    inputs = spikes_in(network, 1)
    floats = norse_reference.run(network, inputs).spikes["layer1"]
    ints = emulator.run(made, inputs).trace.spikes["layer1"]
    assert floats.sum() > 0
    assert (floats != ints).sum() <= 0.01 * floats.sum()


def outlying(outlier, rows=20):
    weights = np.random.default_rng(0).normal(0.1, 0.3, (rows, 19))
    weights[1, 3] = outlier
    return description(weights=weights, tau_syn=4e-3)


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("outlier", [60.0, 600.0])
def test_one_large_weight_does_not_empty_a_layer(outlier, bits):
    """Exponents by source keep the other weights; the scale of least squares alone would not."""
    network = outlying(outlier)
    inputs = spikes_in(network, 2)
    floats = norse_reference.run(network, inputs).spikes["layer1"]
    made = quantize(network, bits)
    chosen = made.quantization.of("layer1")
    ends_there = replace(chosen, scale=weight_grid(bits).high / outlier, by_source=False)
    emptied = quantize(network, bits, {"layer1": replace(ends_there, threshold=8.0)})
    (synapses,) = quantization_report(network, made)[0].connections
    (others,) = quantization_report(network, emptied)[0].connections
    assert chosen.by_source
    assert synapses.lost < 0.4 < 0.5 < others.lost
    ints = emulator.run(made, inputs).trace.spikes["layer1"]
    assert abs(ints.sum() - floats.sum()) < 0.25 * floats.sum()


def test_few_bits_alone_are_no_reason_for_exponents():
    network = description(seed=5)
    assert not default_scalings(network, 1)["layer1"].by_source


def test_the_report_says_how_many_weights_are_gone():
    """All sources have a large weight beside small ones, which no exponent helps."""
    weights = np.random.default_rng(0).normal(0, 0.1, (20, 19))
    weights[0] = 5000.0
    weights[2] = 0
    network = description(weights=weights)
    (synapses,) = quantization_report(network, quantize(network))[0].connections
    assert synapses.lost == pytest.approx(18 / 19)
    assert synapses.zeros == pytest.approx(19 / 20)


def test_weights_far_above_the_threshold_are_clipped():
    weights = np.random.default_rng(0).uniform(3000, 6000, (20, 19))
    network = description(weights=weights)
    made = quantize(network)
    assert made.populations[0].vth == 1
    inputs = spikes_in(network, 2, share=0.05)
    floats = norse_reference.run(network, inputs).spikes["layer1"]
    assert np.array_equal(emulator.run(made, inputs).trace.spikes["layer1"], floats)
