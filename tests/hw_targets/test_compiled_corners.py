"""Corners that only some networks reach, through the emulator's compiled loops as plain Python."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.emulator import compiled_kernels, synapses, tables
from hw_targets.emulator import run as emulator
from hw_targets.emulator.lif import FixedPointLIF
from hw_targets.target import TargetRun
from lava_export.integers.network import IntegerConnection, IntegerNetwork
from spikeff.data.labels import present_all_labels
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE
from spikeff.ir.network import BLANK, INPUT
from spikeff.ir.trace import compare_traces
from tests.hw_targets.interpreted import interpret, taken
from tests.hw_targets.plain_emulator import LABELS, images, labelled, plain
from tests.networks import integer_network, integer_population, silencing

EDGE = 2**23


@pytest.fixture(autouse=True)
def _interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    interpret(monkeypatch)


def assert_plain(network: IntegerNetwork, inputs: Array) -> TargetRun:
    ours = emulator.run(network, inputs, record_states=True)
    reference = plain(network, inputs)
    assert compare_traces(reference.trace, ours.trace).equal
    assert ours.saturation == reference.saturation
    return ours


def driven(
    weights: Array, sign: str, exponent: int = 0, *more: IntegerConnection
) -> IntegerNetwork:
    """One population of these weights (neurons, channels), with ``more`` connections."""
    neurons, channels = weights.shape
    population = integer_population(
        np.random.default_rng(0), "p0", neurons, 0, du=1000, dv=300, vth=9000
    )
    heard = IntegerConnection(INPUT, "p0", DENSE, weights, 8, exponent, sign)
    return integer_network([population], [heard, *more], 6, 1, channels - LABELS.channels)


def test_neurons_at_the_ends_of_their_registers() -> None:
    """As the witness has them, which the parity tests hold against Lava."""
    edges = np.array([sign * EDGE + near for sign in (1, -1) for near in (-1, 0, 1)], float)
    arriving, threshold = np.concatenate([edges, [64.0, 65.0, 63.0]]), 64.0
    n = len(arriving)
    plainly = FixedPointLIF(0.5, 0.5, np.zeros(n), False, threshold, False, True, True)
    u, v, spikes = arriving.copy(), np.zeros(n), np.zeros(n, bool)
    counted = plainly.fold_current(u), plainly.fire(u, v, spikes)
    ours = np.zeros(n), np.zeros(n), np.zeros(n, np.uint8)
    found = compiled_kernels.step_neurons(
        ours[0], ours[1], arriving, np.zeros(n), 0.5, 0.5, threshold, ours[2]
    )
    assert tuple(map(int, found)) == counted
    assert min(counted) > 0
    for mine, theirs in zip(ours, (u, v, spikes), strict=True):
        np.testing.assert_array_equal(mine, theirs)


@pytest.mark.parametrize("far", ["u", "v", "neither"])
def test_registers_are_checked_where_one_comes_to_its_end(far: str) -> None:
    """Else the step is the checked one, with bias, decay and reset."""
    rng = np.random.default_rng(0)
    n = 64
    u, v, arriving, bias = (rng.integers(-500, 500, n).astype(float) for _ in range(4))
    v[7] = bias[7] = arriving[7] = 0.0
    u[7], arriving[7] = {"u": (EDGE, 0.0), "v": (0.0, 0.0), "neither": (128.0, 0.0)}[far]
    bias[7] = {"u": -1000.0, "v": -EDGE, "neither": 0.0}[far]  # v is not far where u is
    spikes, wide, after = np.zeros(n, np.uint8), np.zeros(n, np.uint8), np.zeros((2, n))
    beyond = compiled_kernels.step_unguarded(
        u, v, arriving, bias, 1.0, 0.7, 64.0, spikes, after[0], after[1]
    )
    assert beyond == (far != "neither")
    counted = compiled_kernels.step_neurons(u, v, arriving, bias, 1.0, 0.7, 64.0, wide)
    assert any(counted) <= beyond
    if not beyond:
        assert 10 < spikes.sum() < n - 10
        for mine, theirs in zip((after[0], after[1], spikes), (u, v, wide), strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_more_rows_than_int16_sums() -> None:
    network = driven(np.full((8, 300), 255), "excitatory")
    inputs = np.random.default_rng(0).random((6, 2, network.input_size)) < 0.9
    assert taken(network)
    assert_plain(network, inputs)


def test_lists_of_synapses_that_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synapses, "SPARSE_SIZE", 0)
    monkeypatch.setattr(synapses, "SPARSE_SHARE", 2.0)
    network = labelled(seed=5)
    kept = tuple(c for c in network.connections if (c.source, c.target) != ("p1", "p0"))
    network = replace(network, connections=kept)
    inputs = present_all_labels(images(network, "burst", samples=2), LABELS)
    assert taken(network)
    assert_plain(network, inputs)


@pytest.mark.parametrize("dense", [False, True])
def test_own_spikes_in_blocks(monkeypatch: pytest.MonkeyPatch, dense: bool) -> None:
    """A block takes its own neurons' spikes; where it would need others', there is but one."""
    monkeypatch.setattr(tables, "FEWEST_TARGETS", 8)
    monkeypatch.setattr(tables, "BLOCK_BYTES", 1)
    rng = np.random.default_rng(0)
    back = silencing("p0", 24, "p0", delay=1)
    if dense:
        weights = 2 * rng.integers(-60, 60, (24, 24))
        back = IntegerConnection("p0", "p0", DENSE, weights, 8, 0, "mixed", delay=1)
    weights, ends = 2 * rng.integers(-60, 100, (24, 30)), silencing("p0", 24, BLANK)
    network = driven(weights, "mixed", 3, back, ends)
    inputs = rng.random((6, 3, network.input_size)) < 0.5
    assert taken(network)
    assert assert_plain(network, inputs).trace.spikes["p0"].any()


def test_sums_that_may_leave_32_bits_stay_with_the_witness(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of u, and, which no network here is large enough for, of one connection."""
    assert not taken(driven(np.full((2, 1100), 254), "mixed", 7))
    few = driven(np.full((2, 50), 2), "mixed")
    assert taken(few)
    monkeypatch.setattr(tables, "INT32_MAX", 49)
    assert not taken(driven(np.full((2, 50), 2), "mixed"))
