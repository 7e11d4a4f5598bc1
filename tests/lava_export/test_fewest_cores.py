"""The fewest cores, against every way to cut small populations and against bounds by hand."""

from dataclasses import replace
from itertools import combinations, pairwise, product

import numpy as np
import pytest

from lava_export.chips.catalogue import CHIPS
from lava_export.mapping.capacity import chip_capacity, cores_of
from lava_export.mapping.layout import Layout
from lava_export.mapping.packing import axon_bits
from lava_export.mapping.runs import fewest_runs
from spikeff.errors import LimitError
from spikeff.ir.connectivity import Conv2d
from tests.networks import integers

WORD = 64


def small_chip(**limits):
    return replace(CHIPS["loihi1"], **limits)


def cuts(neurons):
    """Every way to cut neurons into consecutive runs, as runs."""
    for count in range(neurons):
        for inner in combinations(range(1, neurons), count):
            ends = (0, *inner, neurons)
            yield list(pairwise(ends))


def bits_by_hand(weights, start, stop):
    """Synaptic memory of 8-bit synapses of one matrix in one core, from the definition."""
    counts = [int(n) for n in np.count_nonzero(weights[start:stop], axis=0) if n]
    size = stop - start
    index = 0 if size == 1 else 6
    dense = sum(int(axon_bits(size, 8)) for _ in counts)
    return min(dense, sum(int(axon_bits(n, 8 + index)) for n in counts))


def fits_by_hand(chip, weights, axons_out, start, stop):
    return (
        stop - start <= chip.neurons
        and bits_by_hand(weights, start, stop) <= chip.synapse_bits
        and np.count_nonzero(weights[start:stop].any(axis=0)) <= chip.input_axons
        and axons_out[start:stop].sum() <= chip.output_axons
    )


def fewest_by_hand(chip, weights, axons_out):
    return min(
        len(runs)
        for runs in cuts(len(weights))
        if all(fits_by_hand(chip, weights, axons_out, *run) for run in runs)
    )


@pytest.mark.parametrize("seed", range(40))
def test_no_cut_of_a_population_takes_fewer_cores(seed):
    rng = np.random.default_rng(seed)
    neurons, sources = int(rng.integers(2, 9)), int(rng.integers(1, 7))
    weights = rng.choice([0, 2, -4], (neurons, sources), p=[0.5, 0.3, 0.2])
    chip = small_chip(
        neurons=int(rng.integers(2, 6)),
        synapse_bits=WORD * int(rng.integers(sources, 2 * sources + 4)),
        input_axons=int(rng.integers(max(1, (weights != 0).sum(axis=1).max()), sources + 1)),
    )
    (part,) = cores_of(integers(weights), chip)
    assert part.cores == fewest_by_hand(chip, weights, np.zeros(neurons, int))
    assert sum(part.sizes) == neurons


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.slow
def test_no_cuts_of_two_dense_populations_take_fewer_cores_together(seed):
    """The first sends to every core of the second, so that each core there costs axons here."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 7, 3)
    first, second = np.full((sizes[1], sizes[0]), 2), np.full((sizes[2], sizes[1]), 2)
    chip = small_chip(
        neurons=int(rng.integers(2, 6)),
        synapse_bits=2**20,
        input_axons=64,
        output_axons=int(rng.integers(sizes[2], 2 * sizes[2] + 2)),
    )
    total = min(
        len(behind) + fewest_by_hand(chip, first, np.full(sizes[1], len(behind)))
        for behind in cuts(sizes[2])
        if all(fits_by_hand(chip, second, np.zeros(sizes[2], int), *run) for run in behind)
    )
    parts = cores_of(integers(first, depth_weights=[second]), chip)
    assert sum(part.cores for part in parts) == total


def test_every_core_keeps_every_limit():
    rng = np.random.default_rng(5)
    first, second = rng.choice([0, 2], (40, 30)), rng.choice([0, 0, -2], (25, 40))
    network = integers(first, depth_weights=[second])
    chip = small_chip(neurons=12, synapse_bits=WORD * 60, input_axons=30, output_axons=40)
    layout = Layout(network, chip)
    for name in layout.sizes:
        for run in layout.runs(name):
            use = layout.use(name, *run)
            assert all(use[limit] <= most for limit, most in layout.limits.items())


def test_output_axons_count_cores_that_hold_a_synapse():
    """Each neuron reaches one of the two cores behind it, and one reaches none."""
    second = np.zeros((4, 3), int)
    second[0, 0], second[3, 1] = 2, 2
    network = integers(np.full((3, 2), 2), depth_weights=[second])
    first, behind = cores_of(network, small_chip(neurons=2))
    assert behind.cores == 2
    assert (first.cores, first.sizes, first.output_axons) == (2, (2, 1), 2)


def test_spikes_that_come_back_take_an_axon_to_each_of_the_cores():
    base = integers(np.full((4, 2), 2))
    back = replace(base.connections[0], source="layer1", weights=np.full((4, 4), 2), delay=1)
    network = replace(base, connections=(*base.connections, back))
    (part,) = cores_of(network, small_chip(neurons=3, output_axons=4))
    assert (part.cores, part.output_axons) == (2, 4)
    # On k cores each of the 4 neurons has k axons: ceil(4 / k) k <= 3 for no k.
    with pytest.raises(LimitError, match=r"alone on a core takes 4 of output axons, 1\.33 times"):
        cores_of(network, small_chip(output_axons=3))


def test_a_dense_layer_of_127_cores_fits_one_chip():
    """30 neurons fill a core: 4000 axons of 30 x 8 + 10 bits, in words of 64, of 2^20 bits."""
    assert 4000 * int(axon_bits(30, 8)) <= 2**20 < 4000 * int(axon_bits(31, 8))
    (part,) = chip_capacity(integers(np.full((3800, 4000), 2)))
    assert part.cores == -(-3800 // 30) == 127
    assert part.binding == "synaptic memory"


def test_cores_are_shared_evenly_where_that_fits_and_else_filled():
    weights = np.zeros((6, 6), int)
    weights[:2] = 2  # two neurons with all inputs, four with one
    weights[2:, 0] = 2
    chip = small_chip(synapse_bits=WORD * 6, input_axons=6)
    (part,) = cores_of(integers(weights), chip)
    assert part.sizes == (6,)
    assert cores_of(integers(np.full((6, 2), 2)), small_chip(neurons=4))[0].sizes == (3, 3)
    uneven = np.zeros((6, 6), int)
    uneven[np.arange(6), [0, 0, 0, 0, 1, 2]] = 2
    made = cores_of(integers(uneven), small_chip(input_axons=1, neurons=5))[0]
    assert made.sizes == (4, 1, 1)


def test_many_targets_of_a_convolution_take_more_cores_than_an_index_tells_apart():
    """A core of 8192 neurons, of which an index of 12 bits tells 4096 apart."""
    kind = Conv2d((1, 80, 80), 1, (1, 1))
    base = integers(np.full((6400, 1), 2))
    shared = replace(base.connections[0], connectivity=kind, weights=np.full((1, 1, 1, 1), 2))
    network = replace(base, connections=(shared,), input=replace(base.input, pixels=6400))
    (part,) = cores_of(network, CHIPS["loihi2"])
    assert part.sizes == (3200, 3200)


def test_runs_start_from_any_guess():
    for guess, limit in product((1, 3, 50), (1, 2, 7, 20)):
        sizes = fewest_runs(20, guess, lambda a, b, most=limit: b - a <= most)
        assert len(sizes) == -(-20 // limit)
        assert sum(sizes) == 20


def test_a_neuron_that_no_core_holds_is_named():
    weights = np.zeros((3, 5), int)
    weights[:2, 0] = weights[2] = 2
    with pytest.raises(LimitError, match=r"'layer1': neuron 2 alone on a core takes 320 of syn"):
        cores_of(integers(weights), small_chip(synapse_bits=WORD * 4))
