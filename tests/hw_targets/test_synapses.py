"""Synaptic sums are carried by floats that hold them exactly."""

import numpy as np
import pytest

from hw_targets.emulator import synapses
from lava_export.integers.network import IntegerConnection
from spikeff.errors import LimitError
from spikeff.ir.connectivity import DENSE, SumPool2d


def row(weight, channels, exponent=0):
    weights = np.full((1, channels), weight)
    return IntegerConnection("input", "p", DENSE, weights, 8, exponent, "excitatory")


@pytest.mark.parametrize("channels", [2**24 // 255 - 1, 2**24 // 255 + 2])
def test_a_row_beyond_24_bits_is_summed_in_float64(channels):
    (prepared,) = synapses.prepare([row(255, channels)])
    u = np.zeros((1, 1))
    prepared.add_to(u, np.ones((1, channels), bool))
    assert u[0, 0] == 64 * 255 * channels
    wide = 255 * channels >= 2**24
    assert prepared.dense.dtype == (np.float64 if wide else np.float32)
    assert prepared.worst == 64 * 255 * channels


def test_a_shared_weight_counts_for_each_of_its_synapses():
    pool = SumPool2d((1, 6, 6), (3, 2), (3, 2))
    connection = IntegerConnection("input", "p", pool, np.array([-255]), 8, 1, "inhibitory")
    (prepared,) = synapses.prepare([connection])
    assert prepared.worst == 64 * 255 * 2 * 6


def test_a_row_beyond_53_bits_is_refused(monkeypatch):
    monkeypatch.setattr(synapses, "FLOAT64_INTEGERS", 2**20)
    with pytest.raises(LimitError, match=r"input->p: a row of weights sums to 25500 << 13"):
        synapses.prepare([row(255, 100, exponent=7)])


def test_few_and_many_active_channels_give_the_same_sum():
    rng = np.random.default_rng(0)
    weights = rng.integers(-128, 127, (5, 40)) * 2
    connection = IntegerConnection("input", "p", DENSE, weights, 8, 0, "mixed")
    (prepared,) = synapses.prepare([connection])
    for density in (0.0, 0.1, 0.9, 1.0):
        spikes = rng.random((3, 40)) < density
        u = np.zeros((3, 5))
        prepared.add_to(u, spikes)
        np.testing.assert_array_equal(u, spikes @ weights.T * 64)


@pytest.mark.parametrize("wide", [False, True])
def test_matrices_of_several_exponents_are_one_sum(wide):
    rng = np.random.default_rng(1)
    channels = 2**24 // 255 // 4 if wide else 40
    parts = [
        IntegerConnection("input", "p", DENSE, weights, 8, exponent, "mixed")
        for weights, exponent in (
            (rng.integers(-100, 127, (3, channels)) * 2, 0),
            (rng.integers(-100, 127, (3, channels)) * 2, 4),
        )
    ]
    later = IntegerConnection("input", "p", DENSE, parts[0].weights, 8, 0, "mixed", 1)
    prepared = synapses.prepare([parts[0], later, parts[1]])
    now = [s for s in prepared if s.delay == 0]
    assert len(now) == (2 if wide else 1)  # together they would need float64
    assert len(prepared) == len(now) + 1
    spikes = rng.random((4, channels)) < 0.5
    u = np.zeros((4, 3))
    for each in now:
        each.add_to(u, spikes)
    first, second = (c.weights.astype(np.int64).T for c in parts)
    expected = spikes @ first * 64 + spikes @ second * 1024
    np.testing.assert_array_equal(u, expected)
