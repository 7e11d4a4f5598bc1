import numpy as np
import pytest

from lava_export.capacity import axon_bits, chip_capacity
from spikeff.errors import LimitError
from tests.builders import integers


def cores(*shapes):
    first, *rest = (np.full(shape, 2) for shape in shapes)
    return [part.cores for part in chip_capacity(integers(first, depth_weights=rest))]


def test_packing_of_one_axon():
    assert axon_bits(1, 8) == 64
    assert axon_bits(64, 8) == 576
    assert axon_bits(65, 8) == 640


def test_known_layers_take_the_published_number_of_cores():
    """nengo-loihi's packing: 784x500 about 4 cores, 500x500 about 3, 2000x2000 about 33."""
    assert cores((500, 784)) == [4]
    assert cores((500, 500)) == [3]
    assert 31 <= cores((2000, 2000))[0] <= 35


def test_neurons_alone_can_bind():
    network = integers(np.full((1500, 4), 2))
    (part,) = chip_capacity(network)
    assert (part.cores, part.binding) == (2, "neurons")


def test_a_chip_too_small_is_refused_by_name():
    shapes = [(2000, 784), *[(2000, 2000)] * 4]
    with pytest.raises(LimitError, match=r"needs \d+ cores, a Loihi 1 chip has 128.*'layer2'"):
        cores(*shapes)


def test_too_many_axons_are_refused_by_name():
    with pytest.raises(LimitError, match=r"'layer1'.*5000 input axons"):
        cores((10, 5000))
