"""Synaptic operations by the format of their synapses."""

from dataclasses import replace

import numpy as np
import pytest

from hw_targets.cost.by_format import costs_by_format, formats_of
from hw_targets.cost.counts import count_run
from hw_targets.cost.placement import place
from hw_targets.cost.table_registry import bundled_tables, cost_table
from hw_targets.emulator import run as emulator
from spikeff.ir.connectivity import Conv2d
from tests.networks import integers


@pytest.fixture(scope="module")
def three_kinds():
    """A convolution, a full matrix behind it, and a sparse one behind that, with their counts."""
    rng = np.random.default_rng(2)
    sparse = np.zeros((70, 20), int)
    sparse[rng.permutation(70)[:20], np.arange(20)] = 8
    network = integers(
        np.full((36, 36), 2), vth=2, steps=5, depth_weights=[np.full((20, 36), 2), sparse]
    )
    kind = Conv2d((1, 6, 6), 1, (3, 3), padding=(1, 1))
    first, *others = network.connections
    kernel = 2 * rng.integers(1, 9, (1, 1, 3, 3))
    network = replace(
        network, connections=(replace(first, connectivity=kind, weights=kernel), *others)
    )
    inputs = rng.random((5, 4, 36)) < 0.3
    return network, inputs, count_run(network, inputs, emulator.run(network, inputs).trace)


def test_each_connection_at_the_price_of_its_format(three_kinds):
    network, _, counts = three_kinds
    table = cost_table("loihi1-fitted")
    found = costs_by_format(network, place(network).capacity, counts.synops, table)
    assert [cost.format for cost in found] == ["shared", "dense", "sparse"]
    for cost, picojoules in zip(found, (24.0, 35.5, 33.6), strict=True):
        synops = counts.synops[cost.connection].mean()
        assert cost.synops == synops > 0
        assert cost.priced_joules == pytest.approx(synops * 35.5e-12)
        assert cost.joules_low == pytest.approx(synops * picojoules * (1 - 0.117) * 1e-12)
        assert cost.joules_high == pytest.approx(synops * picojoules * (1 + 0.117) * 1e-12)
        assert cost.kind == "estimated"
        assert "arch/loihi.yaml" in cost.source


def test_two_formats_are_the_lower_and_the_higher_price(three_kinds):
    network, _, counts = three_kinds
    capacity = place(network).capacity
    mixed = replace(capacity[1], formats=dict.fromkeys(capacity[1].formats, "dense and sparse"))
    found = costs_by_format(
        network, (capacity[0], mixed, capacity[2]), counts.synops, cost_table("loihi1-fitted")
    )[1]
    assert found.format == "dense and sparse"
    assert found.joules_low == pytest.approx(found.synops * 33.6 * (1 - 0.117) * 1e-12)
    assert found.joules_high == pytest.approx(found.synops * 35.5 * (1 + 0.117) * 1e-12)
    assert formats_of(network, (mixed,)) == {"layer1->layer2": {"dense", "sparse"}}


def test_a_table_of_one_format_and_a_network_without_cores_have_none(three_kinds):
    network, _, counts = three_kinds
    capacity = place(network).capacity
    assert costs_by_format(network, capacity, counts.synops, cost_table("loihi1")) == ()
    assert costs_by_format(network, (), counts.synops, cost_table("loihi1-fitted")) == ()
    several = [t for t in bundled_tables().values() if "synaptic_operation_sparse_pj" in t.rows]
    assert several, "a table that knows several formats"
