from dataclasses import replace

import numpy as np
import pytest

from lava_export.integers.file import load_integer_network, save_integer_network
from lava_export.quantize.quantize import quantize
from spikeff.errors import DescriptionError, FileFormatError, LimitError, UnknownNameError
from spikeff.ir.io.description import load_description, save_description
from tests.networks import description, integers


@pytest.fixture
def network():
    return quantize(description(seed=1))


def test_files_bring_back_every_number(network, tmp_path):
    path = tmp_path / "n.safetensors"
    save_integer_network(path, network)
    loaded = load_integer_network(path)
    assert loaded.input == network.input
    assert loaded.labels == network.labels
    for a, b in zip(loaded.connections, network.connections, strict=True):
        np.testing.assert_array_equal(a.weights, b.weights)
        assert (a.weight_exp, a.delay, a.sign_mode) == (b.weight_exp, b.delay, b.sign_mode)
    assert replace(loaded.populations[0], bias_mant=network.populations[0].bias_mant).vth
    save_integer_network(tmp_path / "again", loaded)
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_description_files_bring_back_every_number(tmp_path):
    path = tmp_path / "d.safetensors"
    original = description(seed=2)
    save_description(path, original)
    loaded = load_description(path)
    np.testing.assert_array_equal(loaded.connections[0].weights, original.connections[0].weights)
    assert loaded.populations[0].tau_syn == np.inf
    with pytest.raises(FileFormatError, match="'spikeff-description', not a 'spikeff-integer"):
        load_integer_network(path)


def test_a_file_cannot_hold_what_code_refuses(network, tmp_path):
    from lava_export.integers.file import KIND, VERSION
    from spikeff.ir.io.sealed import save_sealed
    from spikeff.ir.io.serialise import pack_network

    path = tmp_path / "n.safetensors"
    table, arrays = pack_network(network)
    table["populations"][0]["vth"] = 2**17
    save_sealed(path, KIND, VERSION, table, arrays)
    with pytest.raises(LimitError, match="vth = 131072 exceeds"):
        load_integer_network(path)
    table["populations"][0]["vth"] = "high"
    save_sealed(path, KIND, VERSION, table, arrays)
    with pytest.raises(FileFormatError, match="wrong type"):
        load_integer_network(path)
    del table["populations"][0]["vth"]
    save_sealed(path, KIND, VERSION, table, arrays)
    with pytest.raises(FileFormatError, match=r"foreign fields \['vth'\]"):
        load_integer_network(path)
    del table["populations"]
    save_sealed(path, KIND, VERSION, table, arrays)
    with pytest.raises(FileFormatError, match="missing or malformed"):
        load_integer_network(path)


@pytest.mark.parametrize(
    ("field", "value", "error", "message"),
    [
        ("weights", np.full((2, 3), 300), LimitError, r"weight = 300 exceeds \[-256, 255\]"),
        ("weights", np.full((2, 3), 3), LimitError, "not multiples of 2"),
        ("weight_exp", 8, LimitError, r"weight_exp = 8 exceeds \[-6, 7\]"),
        ("weight_exp", -7, LimitError, r"weight_exp = -7 exceeds \[-6, 7\]"),
        ("weight_exp", -2, LimitError, "weight_exp = -2 would round 6 weights, .* multiples of 4"),
        ("weight_bits", 9, LimitError, "weight_bits = 9"),
        ("sign_mode", "both", UnknownNameError, "excitatory, inhibitory, mixed"),
    ],
)
def test_connections_check_themselves(field, value, error, message):
    good = integers(np.full((2, 3), 2)).connections[0]
    with pytest.raises(error, match=message):
        replace(good, **{field: value})


def test_wiring_is_checked():
    network = integers(np.full((2, 3), 2))
    wide = replace(network.connections[0], weights=np.full((2, 4), 2))
    with pytest.raises(DescriptionError, match="do not fit 3 -> 2"):
        replace(network, connections=(wide,))
    lost = replace(network.connections[0], source="nobody")
    with pytest.raises(DescriptionError, match="an end does not exist"):
        replace(network, connections=(lost,))
