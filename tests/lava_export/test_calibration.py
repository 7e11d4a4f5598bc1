from dataclasses import replace

import numpy as np
import pytest

from lava_export.quantize.calibration import MULTIPLES, calibrate, up_to
from lava_export.quantize.quantize import default_scalings, quantize
from lava_export.quantize.scaling import rounded_weights
from spikeff.ir.connectivity import DENSE, Connection
from spikeff.pipeline.compile.calibrated import Reference, quantize_on
from tests.networks import description


def two_layers(seed=0, neurons=20):
    first = description(neurons=neurons, seed=seed)
    second = replace(first.populations[0], name="layer2", depth=1)
    weights = np.random.default_rng(seed + 1).normal(0, 0.4, (neurons, neurons))
    return replace(
        first,
        populations=(*first.populations, second),
        connections=(*first.connections, Connection("layer1", "layer2", DENSE, weights)),
    )


def inputs_of(network, seed, samples=200):
    rng = np.random.default_rng(seed)
    return rng.random((network.steps, samples, network.input_size)) < 0.3


def test_populations_are_chosen_in_order_and_keep_what_helps():
    network = two_layers()
    seen = []

    def measure(integers, name):
        """Pretends that only the largest threshold of layer1 helps."""
        seen.append((name, len(integers.populations)))
        return 1.0 / integers.populations[0].vth if name == "layer1" else 1.0

    chosen, steps = calibrate(network, 4, measure)
    names = [name for name, _ in seen]
    assert names == sorted(names)
    assert set(seen) == {("layer1", 1), ("layer2", 2)}
    assert chosen["layer1"].threshold > 1
    assert chosen["layer2"] == default_scalings(network, 4)["layer2"]
    assert steps[0].loss < steps[0].loss_by_weights
    assert steps[1].loss == steps[1].loss_by_weights


def test_weights_on_a_grid_stay_on_it_at_finer_membranes():
    network = description(neurons=20)
    steps = np.random.default_rng(3).integers(-120, 121, network.connections[0].weights.shape)
    coarse = replace(network.connections[0], weights=steps * 0.0125)
    network = replace(network, connections=(coarse, *network.connections[1:]))

    def kept(scaling):
        rounded = rounded_weights(coarse, scaling.scale, 8, scaling.by_source)
        return np.allclose(rounded, coarse.weights, rtol=1e-9)

    def measure(integers, name):
        """The larger the threshold the better, as long as no weight changes."""
        scaling = integers.quantization.scalings[name]
        return 1.0 / integers.populations[0].vth if kept(scaling) else 2.0

    start = default_scalings(network, 8)["layer1"]
    chosen, _ = calibrate(network, 8, measure)
    assert kept(start)
    assert kept(chosen["layer1"])
    assert chosen["layer1"].scale == start.scale * MULTIPLES[-1]


def test_decays_between_two_integers_are_tried():
    network = replace(
        two_layers(),
        populations=tuple(replace(p, tau_mem=0.61) for p in two_layers().populations),
    )

    def measure(integers, name):
        return -float(integers.populations[-1].dv)

    chosen, _ = calibrate(network, 8, measure)
    # 1e-3 / 0.61 * 4096 = 6.71: 7 is nearest, 6 the other side; the loss prefers 7.
    assert chosen["layer1"].dv == 7
    chosen, _ = calibrate(network, 8, lambda integers, name: float(integers.populations[-1].dv))
    assert chosen["layer1"].dv == 6


def test_feedback_is_never_cut():
    network = two_layers()
    back = Connection("layer2", "layer1", DENSE, np.eye(20), delay=1)
    looped = replace(network, connections=(*network.connections, back))
    assert up_to(looped, "layer1") is looped
    assert [p.name for p in up_to(network, "layer1").populations] == ["layer1"]


@pytest.mark.parametrize("bits", [2, 4])
def test_data_choose_better_than_weights(bits):
    """On spikes that played no part in the choice."""
    network = two_layers(seed=3)
    made, report = quantize_on(network, bits, inputs_of(network, 1))
    judge = Reference(network, inputs_of(network, 2, samples=400))
    assert judge.judge(made)[0] < judge.judge(quantize(network, bits))[0]
    assert report.kept == "calibrated"
    assert report.loss_calibrated < report.loss_by_weights


def test_the_loss_is_zero_for_what_the_floats_do():
    network = two_layers()
    reference = Reference(network, inputs_of(network, 1))
    assert reference._loss_of(reference.spikes, "layer1") == 0
    assert reference.judge(quantize(network, 9))[0] < 0.1


def test_a_linear_readout_is_calibrated_on_what_it_reads():
    """All that layer2 adds to the readout, and nothing that the readout ignores."""
    network = two_layers()
    weights = np.zeros((2, 40))
    weights[0, 20:25] = 1.0
    readout = replace(
        network.readout, kind="softmax", populations=("layer1", "layer2"), softmax_weights=weights
    )
    reference = Reference(replace(network, readout=readout), inputs_of(network, 1, samples=20))
    counts = reference.spikes["layer2"].sum(axis=0)[:, :5].sum(axis=1)
    contrast = reference._contrast(reference.spikes, "layer2")
    np.testing.assert_allclose(contrast, np.stack([counts, -counts], 1) / 2)
    assert not reference._contrast(reference.spikes, "layer1").any()
