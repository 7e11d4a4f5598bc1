"""Devices that differ: what is drawn for them, and that runs repeat."""

from __future__ import annotations

import numpy as np
import pytest

from hw_targets.learning.device import Device
from hw_targets.registry import get_target
from lava_export.integers.file import load_integer_network
from spikeff.errors import ConfigError
from spikeff.ir.trace import compare_traces
from spikeff.zoo import network_path


@pytest.fixture(scope="module")
def network():
    return load_integer_network(network_path("zoo:digits"))


@pytest.fixture(scope="module")
def inputs(network):
    return np.random.default_rng(0).random((network.steps, 6, network.input_size)) < 0.06


def ran(network, inputs, **device):
    return get_target("device", device).run(network, inputs).trace


def test_an_exact_device_is_the_emulator(network, inputs):
    expected = get_target("emulator").run(network, inputs).trace
    assert compare_traces(expected, ran(network, inputs)).equal
    assert compare_traces(expected, get_target("device").run(network, inputs).trace).equal


def test_a_seed_is_a_device(network, inputs):
    one = ran(network, inputs, seed=1, mismatch=0.2).spikes["layer1"]
    again = ran(network, inputs, seed=1, mismatch=0.2).spikes["layer1"]
    other = ran(network, inputs, seed=2, mismatch=0.2).spikes["layer1"]
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
    assert (ran(network, inputs, seed=1, noise=0.1).spikes["layer1"] != one).any()


def test_neurons_are_silenced_between_samples_on_every_device(network):
    """Where they were not, a late spike would reach the next sample, which the emulator refuses."""
    many = np.random.default_rng(0).random((network.steps, 60, network.input_size)) < 0.06
    for seed in range(3):
        found = ran(network, many, seed=seed, mismatch=0.2, dead=0.02)
        assert not found.spikes["layer1"][-1].any()


def test_noise_does_not_depend_on_the_cores(network, monkeypatch):
    many = np.random.default_rng(0).random((network.steps, 600, network.input_size)) < 0.06
    found = []
    for count in (1, 4):
        monkeypatch.setattr("spikeff.parallel.cores", lambda count=count: count)
        found.append(ran(network, many, seed=1, noise=0.1).spikes["layer1"])
    np.testing.assert_array_equal(*found)


def test_mismatch_is_lognormal_and_dead_parts_are_as_many_as_said():
    device = Device(seed=3, mismatch=0.3, dead=0.1)
    gains = device.gains_of("a->b", 300, 200)
    alive = gains[gains > 0]
    assert np.mean(gains == 0) == pytest.approx(0.1, abs=0.01)
    assert np.log(alive).mean() == pytest.approx(0.0, abs=0.01)
    assert np.log(alive).std() == pytest.approx(0.3, abs=0.01)
    thresholds = device.thresholds("b", 4000, 1000.0)
    assert np.mean(np.isinf(thresholds)) == pytest.approx(0.1, abs=0.02)
    finite = thresholds[np.isfinite(thresholds)]
    assert np.log(finite / 1000.0).std() == pytest.approx(0.3, abs=0.02)


def test_drift_moves_gains_and_keeps_their_spread():
    before = np.log(Device(seed=3, mismatch=0.2).gains_of("a->b", 300, 200))
    little = np.log(Device(seed=3, mismatch=0.2, drift=0.1).gains_of("a->b", 300, 200))
    whole = np.log(Device(seed=3, mismatch=0.2, drift=1.0).gains_of("a->b", 300, 200))
    assert np.corrcoef(before.flat, little.flat)[0, 1] == pytest.approx(0.988, abs=0.005)
    assert abs(np.corrcoef(before.flat, whole.flat)[0, 1]) < 0.02
    assert little.std() == pytest.approx(before.std(), rel=0.02)


def test_numbers_out_of_range_and_targets_without_devices_are_refused():
    with pytest.raises(ConfigError, match=r"mismatch = 0\.5; it must lie in 0 to 0.4"):
        Device(mismatch=0.5)
    with pytest.raises(ConfigError, match=r"drift = 0\.2 without mismatch"):
        Device(dead=0.1, drift=0.2)
    with pytest.raises(ConfigError, match="target 'emulator' has no mismatch"):
        get_target("emulator", {"mismatch": 0.2})
