from dataclasses import replace

import numpy as np
import pytest

from lava_export.chips.catalogue import CHIPS, get_chip
from lava_export.mapping.capacity import chip_capacity
from lava_export.mapping.packing import Synapses, axon_bits, even_sizes
from lava_export.mapping.what_fits import cropped
from spikeff.errors import LimitError, UnknownNameError
from spikeff.ir.connectivity import ONE_TO_ONE, Conv2d
from spikeff.ir.plasticity import Plasticity
from tests.networks import integers
from tests.networks.connectivities import KINDS


def network(*shapes):
    first, *rest = (np.full(shape, 2) for shape in shapes)
    return integers(first, depth_weights=rest)


def cores(*shapes, chip="loihi1"):
    return [part.cores for part in chip_capacity(network(*shapes), get_chip(chip))]


def packed(connection, delayed=False):
    """All targets in one core."""
    return Synapses(connection, delayed).packed(0, len(connection.weights))


def test_packing_of_one_axon():
    assert axon_bits(1, 8) == 64
    assert axon_bits(64, 8) == 576
    assert axon_bits(65, 8) == 640
    assert axon_bits(0, 8) == 0


def test_bits_of_cores_by_hand():
    """Three neurons in two cores (2 and 1); the second input reaches the last neuron alone."""
    synapses = Synapses(integers([[2, 0], [2, 0], [2, 2]]).connections[0], delayed=False)
    assert even_sizes(3, 2) == (2, 1)
    first, second = synapses.packed(0, 2), synapses.packed(2, 3)
    assert (first.axons, first.bits) == (1, 64)
    assert (second.axons, second.bits) == (2, 128)


def test_the_smaller_format_is_taken():
    weights = np.zeros((256, 40))
    weights[:8] = 2
    packing = packed(integers(weights).connections[0])
    assert packing.format == "sparse"
    assert packed(integers(weights + 2).connections[0]).format == "dense"
    # 8 synapses of 8 + 8 bits and the block's 10: 138, so 192 bits for each of 40 axons.
    assert packing.bits == 40 * 192


@pytest.mark.parametrize(
    ("rules", "delayed", "bits"),
    [
        ({"dw": "x0 * y1"}, False, 8),
        ({"dw": "x0 * y1"}, True, 8 + 6),
        ({"dw": "x0 * y1", "dt": "x0 * y1"}, False, 8 + 9),
        ({"dd": "x0 * y1"}, True, 8 + 9),
        ({"dt": "x0 * y1", "dd": "y0 * t"}, False, 8 + 9 + 9),
    ],
)
def test_plastic_synapses_store_what_their_rule_changes_and_zeros(rules, delayed, bits):
    weights = np.full((64, 10), 2)
    weights[::2] = 0
    static = integers(weights).connections[0]
    plastic = replace(static, plasticity=Plasticity(**rules))
    block = -(-(64 * bits + 10) // 64) * 64
    assert packed(plastic, delayed).bits == 10 * block
    assert packed(plastic, delayed).bits > packed(static, delayed).bits


def test_delays_take_six_bits_per_synapse():
    connection = integers(np.full((64, 10), 2)).connections[0]
    assert packed(connection, delayed=True).bits == 10 * (64 * 14 + 64)


def test_known_layers_take_the_published_number_of_cores():
    """nengo-loihi's packing: 784x500 about 4 cores, 500x500 about 3, 2000x2000 about 33."""
    assert cores((500, 784)) == [4]
    assert cores((500, 500)) == [3]
    assert 31 <= cores((2000, 2000))[0] <= 35


def test_fewer_bits_take_fewer_cores():
    dense = network((1000, 1000))
    coarse = replace(dense.connections[0], weights=np.full((1000, 1000), 32), weight_bits=4)
    (part,) = chip_capacity(replace(dense, connections=(coarse,)))
    assert part.cores < cores((1000, 1000))[0]


def test_neurons_alone_can_bind():
    (part,) = chip_capacity(network((1500, 4)))
    assert (part.cores, part.neurons_per_core, part.binding) == (2, 750, "neurons")
    assert part.fill["neurons"] == 750 / 1024
    (part,) = chip_capacity(network((1500, 4)), CHIPS["loihi2"])
    assert part.cores == 1
    assert part.fill["neurons"] == 1500 / 8192


def test_output_axons_split_a_population_with_many_targets():
    """Each of 200 neurons sends to every core of the large population behind it."""
    small, large = chip_capacity(network((200, 4), (3000, 200)))
    assert large.cores > 2
    assert small.output_axons == small.neurons_per_core * large.cores
    wide, far = chip_capacity(network((1000, 4), (2000, 1000)))
    assert wide.binding == "output axons"
    assert wide.neurons_per_core * far.cores <= 4096 < -(-1000 // (wide.cores - 1)) * far.cores


@pytest.mark.slow
def test_a_chip_too_small_is_refused_with_what_would_fit():
    small = replace(CHIPS["loihi1"], cores=8)
    with pytest.raises(LimitError, match=r"needs \d+ cores, a loihi1 chip has 8.*'layer3'"):
        chip_capacity(network((300, 200), (900, 300), (900, 900)), small)
    with pytest.raises(LimitError, match=r"What would fit: weights of \d bits or \d+ neurons"):
        chip_capacity(network((900, 1200)), small)
    with pytest.raises(LimitError, match=r"(\d+) neurons in 'layer1'") as caught:
        chip_capacity(network((3000, 600)), small)
    fits = int(str(caught.value).split(" neurons in 'layer1'")[0].split()[-1])
    (part,) = chip_capacity(network((fits, 600)), small)
    assert part.cores == 8


def test_too_many_axons_are_refused_by_name():
    with pytest.raises(LimitError, match=r"'layer1'.*5000 input axons.*has 4096"):
        cores((10, 5000))
    assert cores((10, 5000), chip="loihi2") == [1]


def test_too_many_formats_and_delays_are_refused():
    small = network((4, 4))
    many = tuple(
        replace(
            small.connections[0],
            weight_exp=k // 2,
            weight_bits=8 - k % 2,
            weights=np.full((4, 4), 4),
        )
        for k in range(9)
    )
    with pytest.raises(LimitError, match="9 formats, a core of loihi1 has 8"):
        chip_capacity(replace(small, connections=many))
    late = replace(small.connections[0], delay=63)
    with pytest.raises(LimitError, match="waits 63 steps; loihi1 delays a synapse by 62"):
        chip_capacity(replace(small, connections=(late,)))


def test_unknown_chips_are_named():
    with pytest.raises(UnknownNameError, match="loihi1, loihi2"):
        get_chip("loihi3")


def on_grid(kind, weights):
    """A population behind a grid of inputs, by one connection of integers."""
    targets, sources = kind.ends(weights.shape)
    base = integers(np.full((targets, sources), 2))
    made = replace(base.connections[0], connectivity=kind, weights=weights)
    return replace(base, connections=(made,))


def test_shared_weights_are_packed_once_for_each_synapse():
    kind = Conv2d((1, 4, 4), 2, (2, 2), (2, 2))
    network = on_grid(kind, np.full((2, 1, 2, 2), 2))
    (connection,) = network.connections
    packings = [Synapses(connection, False).packed(*run) for run in ((0, 4), (4, 8))]
    # Each of 16 inputs reaches one place of each channel; the channels are on a core each, whose
    # 4 neurons take an index of 6 bits: 8 + 6 + 10 bits are one word.
    assert [p.format for p in packings] == ["sparse", "sparse"]
    assert [p.axons for p in packings] == [16, 16]
    assert [p.bits for p in packings] == [16 * 64, 16 * 64]
    assert [part.cores for part in chip_capacity(network)] == [1]


@pytest.mark.parametrize("name", KINDS)
def test_smaller_networks_keep_the_synapses_of_their_neurons(name):
    rng = np.random.default_rng(4)
    kind, shape = KINDS[name](rng)
    network = on_grid(kind, rng.choice([-4, 0, 2], shape))
    matrix = kind.matrix(network.connections[0].weights)
    kept = max(len(matrix) // 2, 1)
    (made,) = cropped(network, "layer1", kept).connections
    assert np.array_equal(made.connectivity.matrix(made.weights), matrix[:kept])


def test_a_gate_is_cropped_with_its_layer_or_alone():
    pairs = np.full(6, 2)
    base = integers(np.full((6, 3), 2), depth_weights=[np.full((6, 6), 2)])
    gate = replace(base.connections[1], connectivity=ONE_TO_ONE, weights=pairs)
    network = replace(base, connections=(base.connections[0], gate))
    for name in ("layer1", "layer2"):
        assert cropped(network, name, 4).sizes[name] == 4
