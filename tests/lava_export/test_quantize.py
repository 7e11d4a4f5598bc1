from dataclasses import replace

import numpy as np
import pytest

from hw_targets.emulator import run as emulator
from hw_targets.lava import cpu as lava_cpu
from lava_export.chips import limits
from lava_export.integers.headroom import headroom
from lava_export.quantize.quantize import default_scalings, quantize
from lava_export.quantize.report import quantization_report
from lava_export.quantize.weight_grid import from_grid, source_exponents, to_grid, weight_grid
from spikeff.errors import LimitError
from spikeff.ir.bounds import self_inhibition_weight
from spikeff.ir.codes import InputCode
from spikeff.ir.connectivity import ONE_TO_ONE, Connection
from spikeff.ir.roles import SELF_INHIBITION
from spikeff.ir.trace import compare_traces
from spikeff.references import norse as norse_reference
from tests.networks import description, spikes_in


@pytest.mark.parametrize("bits", range(1, 10))
def test_weights_lie_on_the_grid_and_near_their_value(bits):
    weights = np.random.default_rng(bits).normal(0, 30, (40, 50))
    grid = weight_grid(bits)
    rounded = to_grid(weights, 1.0, bits)
    assert (rounded % grid.step == 0).all()
    assert rounded.min() >= grid.low >= -256
    assert rounded.max() <= grid.high <= 255
    inside = (weights > grid.low) & (weights < grid.high)
    assert np.abs(rounded - weights)[inside].max() <= grid.step / 2
    assert len(np.unique(to_grid(np.linspace(-300, 300, 4000), 1.0, bits))) == {
        1: 3,
        9: 511,
    }.get(bits, 2**bits)


@pytest.mark.parametrize("bits", [1, 4, 9])
def test_connections_hold_the_weights_in_sign_modes_and_exponents(bits):
    """Parts add up to the rounded weights; strong sources get a coarser grid than weak ones."""
    weights = np.random.default_rng(1).normal(0, 0.1, (20, 19))
    weights[:, 15:] *= 6
    network = description(weights=weights)
    scaling = default_scalings(network, bits)["layer1"]
    wide = replace(scaling, scale=3 * weight_grid(bits).high, by_source=True)
    made = quantize(network, bits, {"layer1": wide})
    modes = {c.sign_mode for c in made.connections}
    assert modes == ({"mixed"} if bits == 4 else {"excitatory", "inhibitory"})
    total = sum(np.ldexp(c.weights, c.weight_exp) for c in made.connections) / wide.scale
    grid = weight_grid(bits)
    exponents = source_exponents(weights, wide.scale, bits)
    assert exponents[:15].max() < exponents[15:].min()
    unit = 2.0**exponents / wide.scale
    clipped = np.clip(weights, grid.low * unit, grid.high * unit)
    assert (np.abs(total - clipped) <= grid.step * unit / 2 + 1e-6).all()


@pytest.mark.parametrize("bits", [3, 4, 8])
def test_exponents_have_the_least_error_of_their_neighbours(bits):
    """Heavy tails: a source's few large weights are clipped where that serves the many small."""
    rng = np.random.default_rng(bits)
    weights = rng.standard_t(2.5, (200, 30)) * rng.uniform(0.1, 3, 30)
    scale = 3 * weight_grid(bits).high / np.abs(weights).max()
    chosen = source_exponents(weights, scale, bits)
    lowest = limits.least_exponent(weight_grid(bits).step)

    def errors(exponents):
        made = from_grid(to_grid(weights, scale, bits, exponents), scale, exponents)
        return ((made - weights) ** 2).sum(axis=0)

    assert (errors(chosen) <= errors(np.maximum(chosen - 1, lowest)) + 1e-12).all()
    whole = np.abs(weights).max(axis=0) * scale / 2.0**chosen <= weight_grid(bits).high
    assert whole.all() == (bits == 8)


def test_nine_bits_run_on_lava_as_on_the_emulator():
    network = description(seed=4)
    scaling = replace(default_scalings(network, 9)["layer1"], by_source=True)
    made = quantize(network, 9, {"layer1": replace(scaling, scale=3 * scaling.scale)})
    assert len(made.connections) > 2
    inputs = spikes_in(network, 5, samples=3)
    ours = emulator.run(made, inputs, record_states=True).trace
    assert compare_traces(ours, lava_cpu.run_integer(made, inputs, True).trace).equal


def test_weights_on_a_grid_already_are_kept():
    rng = np.random.default_rng(3)
    steps = np.where(np.arange(19) < 15, 0.07, 0.28)
    weights = rng.integers(-8, 8, (20, 19)) * steps
    made = quantize(description(weights=weights), 4)
    scale = made.populations[0].current_scale / 64
    total = sum(c.weights.astype(int) << c.weight_exp for c in made.connections) / scale
    np.testing.assert_allclose(total, weights, rtol=1e-12)


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


@pytest.mark.parametrize(("bits", "lowest"), [(1, -6), (2, -6), (4, -5), (6, -3), (8, -1), (9, 0)])
def test_small_sources_take_negative_exponents_as_far_as_nothing_is_rounded(bits, lowest):
    """Sources so much smaller than others are resolved so much more finely."""
    weights = np.random.default_rng(0).normal(0, 1.0, (40, 25))
    weights[:, :10] *= 2.0 ** (lowest - 1)
    base = description(neurons=40, pixels=25, weights=weights, labels=None)
    scaling = replace(default_scalings(base, bits)["layer1"], by_source=True)
    made = [c for c in quantize(base, bits, {"layer1": scaling}).connections if c.source == "input"]
    assert min(c.weight_exp for c in made) == lowest
    total = sum(np.ldexp(c.weights, c.weight_exp) for c in made)
    assert (total == np.rint(total)).all()
    expected = weights * scaling.scale
    step = weight_grid(bits).step * 2.0 ** (lowest + 1)  # of the widest of them
    assert np.abs(total - expected)[:, :10].max() <= step / 2


def test_trained_grids_survive_where_the_current_is_short_of_room():
    """4-bit weights whose worst case passes 2^17 at exponent 0 go below it, exactly."""
    multiples = np.random.default_rng(0).integers(-8, 8, (20, 3000)).astype(float)
    base = description(pixels=3000, weights=0.01 * multiples, labels=None)
    network = quantize(base, 4)
    made = [c for c in network.connections if c.source == "input"]
    assert max(c.weight_exp for c in made) < 0
    total = sum(np.ldexp(c.weights, c.weight_exp) for c in made)
    scale = network.populations[0].current_scale / 64
    np.testing.assert_allclose(total, 0.01 * multiples * scale, rtol=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_trained_grids_in_single_precision_are_kept(seed):
    """Weights at the end of the grid, but for the last bit of float32, take no coarser exponent."""
    rng = np.random.default_rng(seed)
    multiples = rng.integers(-8, 8, (20, 300)) * 2.0 ** rng.integers(0, 4, 300)
    spacing = np.float32(rng.uniform(0.01, 0.05))
    weights = (multiples.astype(np.float32) * spacing).astype(np.float64)
    network = quantize(description(pixels=300, weights=weights, labels=None), 4)
    made = [c for c in network.connections if c.source == "input"]
    total = sum(np.ldexp(c.weights, c.weight_exp) for c in made)
    scale = network.populations[0].current_scale / 64
    np.testing.assert_allclose(total, weights * scale, rtol=1e-5)


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_rounding_up_never_refuses_a_network(bits):
    """Weights that are nearly all rounded up: their worst case grows, the scale makes room."""
    rng = np.random.default_rng(bits)
    weights = rng.uniform(0.55, 0.6, (20, 3000)) * weight_grid(bits).step / weight_grid(bits).high
    weights[:, 0] = 1.0
    network = quantize(description(pixels=3000, weights=weights, labels=None), bits)
    (bound,) = headroom(network)
    assert bound.highest_u < limits.STATE_MAX


def brake_of(weights):
    role = SELF_INHIBITION
    return Connection("layer1", "layer1", ONE_TO_ONE, weights, delay=1, role=role)


def test_brakes_are_never_rounded_down():
    free = description(seed=7)
    free = replace(free, populations=(replace(free.populations[0], spike_limit=1),))
    brake = brake_of(np.full(20, -13.37))
    network = quantize(replace(free, connections=(*free.connections, brake)))
    scale = network.populations[0].current_scale / 64
    made = network.connections[1]
    assert made.sign_mode == "inhibitory"
    strength = -int(made.weights[0]) << made.weight_exp
    assert 13.37 * scale <= strength <= 13.37 * scale * 1.02 + 1
    assert [c.source for c in network.connections].count("blank") == 1


def test_a_brake_at_its_ceiling_still_fits():
    """Where inhibition limits the scale, rounding must not carry it past the last exponent."""
    base = description(seed=9)
    limited = replace(base, populations=(replace(base.populations[0], spike_limit=1),))
    for strength in np.random.default_rng(3).uniform(500, 5000, 40):
        brake = brake_of(np.full(20, -strength))
        network = replace(limited, connections=(*limited.connections, brake))
        scaling = default_scalings(network, 9)["layer1"]
        assert scaling.limited_by == "inhibition"
        made = quantize(network, 9).connections
        assert max(c.weight_exp for c in made) == limits.WEIGHT_EXP_MAX


def test_self_inhibition_holds_in_integers_under_the_worst_input():
    base = description(seed=8, steps=9)
    limited = replace(base, populations=(replace(base.populations[0], spike_limit=1),))
    brake = np.full(20, -self_inhibition_weight(limited, "layer1"))
    once = brake_of(brake)
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
        ({}, 0, "1 to 9"),
        ({}, 10, "1 to 9"),
        ({"v_th": 1e-9}, 8, "'layer1'.*limited by current; it must be at least 1"),
        ({"v_leak": 1e7}, 8, "'layer1'.*limited by bias; it must be at least 1"),
    ],
)
def test_what_does_not_fit_is_refused(fields, bits, message):
    with pytest.raises(LimitError, match=message):
        quantize(description(**fields), bits)


def test_headroom_bounds_are_reached_and_never_passed():
    """Excitation at every step drives u to the bound; random inputs stay within."""
    weights = np.abs(np.random.default_rng(1).normal(0, 0.2, (20, 15)))
    made = quantize(
        replace(
            description(weights=weights, tau_syn=5e-3, labels=None),
            input=InputCode("burst", 15, 0.1, 6),
        )
    )
    (bound,) = headroom(made)
    everything = np.ones((6, 1, 15), bool)
    u = emulator.run(made, everything, record_states=True).trace.u["layer1"]
    assert 0.999 * bound.highest_u < u.max() <= bound.highest_u
    assert bound.lowest_u == 0
    assert 0 < bound.u_margin < 1


def test_integers_that_could_wrap_are_refused():
    network = description(weights=np.full((20, 19), 1.0))
    scaling = default_scalings(network, 8)["layer1"]
    strong = replace(scaling, scale=250 * 2**7, by_source=True)
    with pytest.raises(LimitError, match=r"'layer1': its current may reach \d+, beyond 8388607"):
        quantize(network, 8, {"layer1": strong})


def test_the_report_says_what_was_lost():
    weights = np.random.default_rng(2).normal(0, 0.2, (20, 19))
    weights[0, 0] = 6.0
    network = description(weights=weights, tau_syn=np.inf, tau_mem=70.3e-3)
    made = quantize(network, 6)
    (found,) = quantization_report(network, made)
    (synapses,) = found.connections
    assert synapses.name == "input->layer1"
    scale = made.populations[0].current_scale / 64
    assert synapses.grid == (8 / scale,)
    error = made.connections[0].weights / scale - weights
    assert synapses.error == pytest.approx((error**2).mean() ** 0.5 / (weights**2).mean() ** 0.5)
    assert synapses.clipped in (0.0, 1 / 380)
    assert synapses.zeros == pytest.approx((made.connections[0].weights == 0).mean())
    assert found.tau_syn_made == pytest.approx(4.096)
    assert found.tau_mem_made == pytest.approx(70.3e-3, rel=0.01)
    assert found.tau_mem_made != found.tau_mem
