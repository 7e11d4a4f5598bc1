"""Rounding of biases, the bound of the blanking line, and the choice that is kept."""

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from lava_export.chips import limits
from lava_export.integers.headroom import headroom
from lava_export.quantize import calibration
from lava_export.quantize.quantize import default_scalings, quantize
from lava_export.quantize.rounding import quantize_inhibition, quantize_reset
from spikeff.ir.codes import LabelCode
from spikeff.ir.connectivity import ONE_TO_ONE, Connection
from spikeff.ir.roles import SOFT_RESET
from spikeff.pipeline.compile.calibrated import Reference, quantize_on
from tests.networks import (
    INPUT_SIZE,
    description,
    integer_connection,
    integer_network,
    integer_population,
    silencing,
)


@pytest.mark.parametrize("largest", [0.3, 30.0])
def test_every_bias_becomes_the_nearest_integer(largest):
    """Of both signs, and the same for v_leak and its negative."""
    free = description(seed=1)
    leak = np.linspace(-largest, largest, 20)
    leak[10] = 0.0
    network = quantize(replace(free, populations=(replace(free.populations[0], v_leak=leak),)))
    (made,) = network.populations
    exact = leak * made.current_scale / 2**made.bias_exp
    off = made.bias_mant - exact
    assert np.abs(off).max() <= 0.5
    assert (off > 0.1).any()
    assert (off < -0.1).any()
    half = np.abs(exact) > 2**-10
    assert (made.bias_mant[half] == np.rint(exact[half])).all()
    doubled = np.rint(2 * exact)
    fits = doubled.min() >= limits.BIAS_MIN and doubled.max() <= limits.BIAS_MAX
    assert made.bias_exp == 0 or not fits  # the smallest exponent that holds them


@pytest.mark.parametrize(("idle_steps", "du"), [(1, 300), (3, 300), (3, 0), (5, 4095)])
def test_the_blanking_line_spikes_in_every_idle_step(idle_steps, du):
    """Its bound is the current that it really reaches, up to Lava's rounding towards zero."""
    population = integer_population(np.random.default_rng(0), "p", 4, du=du)
    network = integer_network([population], [silencing("p", 4, "blank")], 3, idle_steps)
    (bound,) = headroom(network)
    spikes = np.zeros((3, 1, network.input_size), bool)
    u = emulator.run(network, spikes, record_states=True).trace.u["p"]
    pulse = (256 << limits.WEIGHT_EXP_MAX) << limits.ACTIVATION_SHIFT
    assert u.min() <= -0.9 * pulse * (idle_steps if du == 0 else 1)
    assert bound.lowest_u <= u.min()
    assert bound.lowest_u == pytest.approx(u.min(), rel=1e-3)
    assert bound.highest_u == 0


def test_labels_of_several_steps_drive_as_often_as_the_bound_says():
    weights = np.zeros((20, 15 + 2))
    weights[:, 15:] = np.linspace(0.1, 0.4, 40).reshape(20, 2)
    code = LabelCode(2, 1, (0, 1, 3))
    network = quantize(description(weights=weights, labels=code, tau_syn=5e-3, v_th=50.0), 8)
    spikes = np.zeros((6, 1, 17), bool)
    spikes[[0, 1, 3], :, 15:] = True
    u = emulator.run(network, spikes, record_states=True).trace.u["layer1"]
    (bound,) = headroom(network)
    assert u.max() <= bound.highest_u
    assert u.max() > 0.8 * bound.highest_u


@pytest.mark.parametrize("exponent", [0, 3])
def test_the_bound_knows_exponents(exponent):
    rng = np.random.default_rng(1)
    population = integer_population(rng, "p", 4, du=4095)
    driven = integer_connection(rng, "input", "p", (4, INPUT_SIZE), weight_exp=exponent)
    (bound,) = headroom(integer_network([population], [driven]))
    most = np.maximum(driven.weights, 0).sum(axis=1).max()
    assert bound.highest_u == most << (exponent + limits.ACTIVATION_SHIFT)


@pytest.mark.parametrize("scale", [0.7, 3.33, 100.0, 700.0])
def test_inhibition_is_never_weaker_than_asked(scale):
    """By at most a step of the grid stronger, whatever the exponent."""
    wanted = np.linspace(0.31, 40.0, 97)
    made = quantize_inhibition(Connection("p", "p", ONE_TO_ONE, -wanted, delay=1), scale)
    got = -made.weights.astype(np.int64) << made.weight_exp
    assert (got >= wanted * scale).all()
    assert (got < wanted * scale + (1 << made.weight_exp) + 1).all()


def test_thresholds_become_the_nearest_integer():
    base = description(seed=3)
    for factor in (1.0, 1.37, 0.83):
        chosen = default_scalings(base, 8)
        (scaling,) = chosen.values()
        made = quantize(base, 8, {"layer1": replace(scaling, threshold=factor)})
        exact = factor * scaling.scale * base.populations[0].v_th * 2.0
        assert made.populations[0].vth == round(exact)
        assert abs(exact - int(exact)) > 0.01
    off = [round(f * scaling.scale * 2.0) > f * scaling.scale * 2.0 for f in (1.0, 1.37, 0.83)]
    assert any(off)


@pytest.mark.parametrize("worse", [True, False])
def test_the_calibrated_choice_is_kept_only_where_it_is_better(worse, monkeypatch):
    """Calibration that proposes thresholds three times too high, or the best there are."""
    network = description(seed=2)

    def proposed(given, bits, loss):
        chosen = default_scalings(given, bits)
        factor = 3.0 if worse else 1.0
        return {name: replace(s, threshold=s.threshold * factor) for name, s in chosen.items()}, ()

    monkeypatch.setattr(calibration, "calibrate", proposed)
    rng = np.random.default_rng(3)
    inputs = rng.random((network.steps, 40, network.input_size)) < 0.3
    made, report = quantize_on(network, 4, inputs)
    plain = quantize(network, 4)
    assert report.kept == ("by weights" if worse else "calibrated")
    assert (report.loss_calibrated > report.loss_by_weights) == worse
    assert made.populations[0].vth == plain.populations[0].vth
    # Judged on the second half, which has chosen nothing.
    loss, labels = Reference(network, inputs[:, 20:]).judge(plain)
    assert (report.loss_by_weights, report.labels_by_weights) == (loss, labels)


@pytest.mark.parametrize("taken", [7.0, 255.0, 256.0, 1000.4, 32_639.0])
def test_what_a_reset_takes_is_exact_to_the_unit(taken):
    reset = Connection("a", "a", ONE_TO_ONE, np.full(3, -taken), delay=1, role=SOFT_RESET)
    parts = quantize_reset(reset, 1.0)
    total = sum(c.weights.astype(np.int64) << c.weight_exp for c in parts)
    np.testing.assert_array_equal(total, np.full(3, -round(taken)))
    assert {c.role for c in parts} == {SOFT_RESET}
