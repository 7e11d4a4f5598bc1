"""Synaptic memory of the same synapses in every format."""

from dataclasses import replace

import numpy as np
import pytest

from lava_export.chips.catalogue import CHIPS
from lava_export.mapping.capacity import cores_of
from lava_export.mapping.formats import FORMATS, storage
from spikeff.ir.connectivity import Conv2d
from tests.networks import integers

LOIHI = CHIPS["loihi1"]


def words(bits):
    return -(-bits // 64) * 64


def only(network):
    (found,) = storage(network, LOIHI)
    return found


def banded(targets, sources, width=3):
    """Each source reaches ``width`` neighbouring targets and one that is far away."""
    weights = np.zeros((targets, sources), int)
    for source in range(sources):
        weights[source : source + width, source] = 2
        weights[-1, source] = 4
    return weights


def test_bits_of_each_format_by_hand():
    """20 sources of four synapses each on 40 targets: a run of three and one alone."""
    found = only(integers(banded(40, 20)))
    assert (found.synapses, found.weights, found.packed) == (80, 80, "sparse")
    index, weight, header = 6, 8, 10
    assert found.bits == {
        "dense": 20 * words(40 * weight + header),
        "sparse": 20 * words(4 * (weight + index) + header),
        "run-length": 20 * words(4 * weight + 2 * 2 * index + header),
    }


def test_a_full_matrix_is_one_run_a_source():
    found = only(integers(np.full((100, 5), 2)))
    assert found.packed == "dense"
    blocks = 2
    assert found.bits["dense"] == 5 * (words(64 * 8 + 10) + words(36 * 8 + 10))
    assert found.bits["run-length"] == 5 * words(100 * 8 + 2 * 7 + blocks * 10)


def along_a_line(neurons):
    """A kernel of three over as many inputs as neurons."""
    network = integers(np.full((neurons, neurons), 2))
    kind = Conv2d((1, 1, neurons), 1, (1, 3), padding=(0, 1))
    kernel = np.array([2, 4, 6]).reshape(1, 1, 1, 3)
    (c,) = network.connections
    return replace(network, connections=(replace(c, connectivity=kind, weights=kernel),))


@pytest.mark.parametrize("share", [0.02, 0.3, 1.0])
def test_what_is_packed_is_what_the_capacity_says(share):
    rng = np.random.default_rng(1)
    first = 2 * rng.integers(1, 9, (1500, 30)) * (rng.random((1500, 30)) < share)
    second = 2 * rng.integers(1, 9, (7, 1500)) * (rng.random((7, 1500)) < 0.1)
    first[0, 0] = second[0, 0] = 2
    network = integers(first, depth_weights=[second])
    for part, found in zip(cores_of(network, LOIHI), storage(network, LOIHI), strict=True):
        assert part.name == found.population
        if " and " not in found.packed:
            assert found.bits[found.packed] == part.synapse_bits
        assert found.packed in part.formats.values()


def test_shared_weights_are_stored_once_for_all_shifts():
    """A kernel of three along a line of 30: lists of the inside, of the ends, and of both bases."""
    found = only(along_a_line(30))
    assert found.synapses == 3 * 30 - 2
    assert found.weights == 3
    inside, end = words(3 * (8 + 6) + 10), words(2 * (8 + 6) + 10)
    assert found.bits["shared"] == inside + 2 * end
    assert found.bits["sparse"] == 28 * inside + 2 * end
    long = only(along_a_line(600))
    assert long.bits["shared"] == 3 * words(3 * (8 + 10) + 10) + 2 * words(2 * (8 + 10) + 10)


def test_every_format_says_how_its_bits_are_known():
    assert {kind for kind, _ in FORMATS.values()} == {"packed", "estimated"}
    assert all(source for _, source in FORMATS.values())
