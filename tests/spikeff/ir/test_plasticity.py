"""Plasticity as a value: what is read, what is refused by name, and that files bring it back."""

from dataclasses import replace

import numpy as np
import pytest

from lava_export.integers.file import load_integer_network, save_integer_network
from spikeff.errors import FileFormatError, LimitError
from spikeff.ir.connectivity import ONE_TO_ONE, Connection
from spikeff.ir.io.description import load_description, save_description
from spikeff.ir.io.sealed import load_sealed, load_versioned, save_sealed
from spikeff.ir.plasticity import Factor, Plasticity, Product, parse_rule
from tests.networks import description, integers

RULE = Plasticity(
    dw="2^-3 * u4 * (d - 128)",
    dt="2^-2 * y0 * x1 * y1 - u4 * t",
    x1_impulse=64.5,
    x1_tau=4.0,
    third_factors=True,
    weight_step=2,
    rounding="per_synapse",
)


@pytest.mark.parametrize(
    ("text", "products"),
    [
        ("x0*y1", [Product("x0", 0, 1, 0, (Factor("y1"),))]),
        ("-3*2^-2 * u7 * w", [Product("u", 7, -3, -2, (Factor("w"),))]),
        (
            "2^+1*y0*(4 - x2) - 16*x0*y0*sgn(t+1)",
            [
                Product("y0", 0, -1, 1, (Factor("x2", -4),)),
                Product("x0", 0, -4, 2, (Factor("y0"), Factor("t", 1, sign=True))),
            ],
        ),
    ],
)
def test_sums_of_products_are_read(text, products):
    assert list(parse_rule("dw", text)) == products


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "all empty"),
        ({"dw": "x1 * y1"}, "no spike factor"),
        ({"dw": "2^-8 * x0 * y1"}, r"exponent = -8 exceeds \[-7, 8\]"),
        ({"dw": "2^9 * x0 * y1"}, "exponent = 9"),
        ({"dw": "9 * x0 * y1"}, "mantissa = 9"),
        ({"dw": "x0 * x1 * x2 * y1 * w"}, "34 bits together, wider than the 31"),
        ({"dw": "x0 * (y1 + 300)"}, "constant 300"),
        ({"dw": "u2 * w", "dt": "u3 * t"}, "decimations u2, u3"),
        ({"dw": "u2 * x0"}, None),
        ({"dw": "x0 * u2"}, "both 'x0' and a decimation"),
        ({"dw": "x0 * z"}, "'z' is not read"),
        ({"dw": "x0 y1"}, "where '\\*' was expected"),
        ({"dw": "x0 * (y1"}, "ends too early"),
        ({"dw": "x0 * sgn(y1)"}, "sgn\\(\\) is of w, d or t"),
        ({"dw": "x0", "epoch": 64}, "epoch = 64"),
        ({"dw": "x0", "x1_impulse": 128}, "x1_impulse = 128"),
        ({"dw": "x0", "y2_tau": 2.0, "third_factors": True}, "y2_tau = 2.0 beside third_factors"),
        ({"dw": "x0", "weight_step": 3}, "weight_step = 3"),
        ({"dw": "x0", "rounding": "none"}, "rounding = 'none'"),
    ],
)
def test_rules_that_no_engine_computes_are_refused_by_name(fields, message):
    if message is None:
        assert Plasticity(**fields).decimation == 2
        return
    with pytest.raises(LimitError, match=message):
        Plasticity(**fields)


def test_plastic_synapses_have_a_weight_each():
    with pytest.raises(LimitError, match="plasticity with connectivity 'one_to_one'"):
        Connection("a", "b", ONE_TO_ONE, np.ones(3), plasticity=RULE)
    plain = description().connections[0]
    with pytest.raises(LimitError, match="plasticity dd = 'u4' beside delay = 1"):
        replace(plain, delay=1, plasticity=replace(RULE, dd="u4"))


def plastic(network):
    first, *others = network.connections
    return replace(network, connections=(replace(first, plasticity=RULE), *others))


def test_files_bring_plasticity_back_and_are_of_the_old_version_without_it(tmp_path):
    path = tmp_path / "n.safetensors"
    for network, save, load, kind, newest in (
        (description(), save_description, load_description, "spikeff-description", 3),
        (
            integers(np.eye(3) * 2),
            save_integer_network,
            load_integer_network,
            "spikeff-integer-network",
            4,
        ),
    ):
        save(path, plastic(network))
        assert load(path).connections[0].plasticity == RULE
        assert load_versioned(path, kind, newest)[0] == newest
        save(path, network)
        assert load_versioned(path, kind, newest)[0] == newest - 1
        assert all(c.plasticity is None for c in load(path).connections)


def test_files_cannot_hold_rules_that_code_refuses(tmp_path):
    path = tmp_path / "n.safetensors"
    save_integer_network(path, plastic(integers(np.eye(3) * 2)))
    kind = "spikeff-integer-network"
    for field, value, error in (
        ("dw", "x1 * y1", LimitError),
        ("epoch", "often", FileFormatError),
        ("more", 1, FileFormatError),
    ):
        table, arrays = load_sealed(path, kind, 4)
        table["connections"][0]["plasticity"][field] = value
        odd = tmp_path / "odd.safetensors"
        save_sealed(odd, kind, 4, table, arrays)
        with pytest.raises(error):
            load_integer_network(odd)


def test_lines_tell_the_rule():
    text = "\n".join(RULE.lines())
    assert "dt = 2^-2 * y0 * x1 * y1 - u4 * t" in text
    assert "x1: impulse 64.5, tau 4" in text
    assert "weights in steps of 2" in text
