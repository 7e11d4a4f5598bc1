"""Connectivities in both file formats: there and back, from older files, and from strangers."""

from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lava_export.integers.file import KIND as INTEGERS
from lava_export.integers.file import (
    integer_network_bytes,
    load_integer_network,
    save_integer_network,
)
from lava_export.quantize.quantize import quantize
from spikeff.errors import DescriptionError, FileFormatError, LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE, Connection
from spikeff.ir.io.description import KIND, load_description, save_description
from spikeff.ir.io.sealed import load_sealed, sealed_bytes
from spikeff.ir.io.serialise import pack_network
from spikeff.ir.network import INPUT, NetworkDescription
from tests.networks import random_description
from tests.networks.connectivities import KINDS, weights_of

ERRORS = (FileFormatError, DescriptionError, LimitError)
MEGABYTES = 4


def described(name: str, seed: int = 0) -> NetworkDescription:
    """Input, a matrix, the kind."""
    rng = np.random.default_rng(seed)
    kind, shape = KINDS[name](rng)
    target, source = kind.ends(shape)
    chain = random_description(rng, (source, target))
    link = Connection("layer0", "layer1", kind, weights_of(rng, shape), delay=1)
    return replace(chain, connections=(chain.connections[0], link))


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_comes_back(name: str, tmp_path: Path) -> None:
    description, path = described(name), tmp_path / "network"
    save_description(path, description)
    integers = quantize(description)
    back = load_description(path)
    save_integer_network(path, integers)
    for made, found in (
        (description.connections, back.connections),
        (integers.connections, load_integer_network(path).connections),
    ):
        for ours, theirs in zip(made, found, strict=True):
            assert ours.connectivity == theirs.connectivity
            np.testing.assert_array_equal(ours.weights, theirs.weights)


@pytest.mark.parametrize("name", ["dense", "one_to_one"])
def test_older_files_named_the_kind_alone(name: str, tmp_path: Path) -> None:
    description = described(name)
    table, arrays = pack_network(description)
    for part in table["connections"]:
        part["kind"] = part.pop("connectivity")["kind"]
    (tmp_path / "old").write_bytes(sealed_bytes(KIND, 1, table, arrays))
    back = load_description(tmp_path / "old")
    assert [c.connectivity for c in back.connections] == [
        c.connectivity for c in description.connections
    ]


@contextlib.contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MEGABYTES * 2**20
    finally:
        tracemalloc.stop()


HUGE = 2**40
HOSTILE: list[tuple[str, dict[str, Any], str]] = [
    ("conv2d", {"source_shape": [1, HUGE, HUGE]}, "neurons; at most"),
    ("conv2d", {"source_shape": [1, -5, 5]}, "whole numbers of at least 1"),
    ("conv2d", {"source_shape": [5, 5]}, "3 whole numbers"),
    ("conv2d", {"out_channels": HUGE, "groups": 1}, "neurons; at most"),
    ("conv2d", {"kernel": [HUGE, HUGE]}, "a patch must fit"),
    ("conv2d", {"kernel": [HUGE, 1], "padding": [HUGE - 1, 0]}, "neurons; at most"),
    ("conv2d", {"stride": [0, 1]}, "stride"),
    ("conv2d", {"dilation": [-1, 1]}, "dilation"),
    ("conv2d", {"groups": 0}, "groups"),
    ("local_fields", {"out_channels": 2**20, "kernel": [3, 3]}, "at most"),
    ("local_fields", {"padding": [HUGE, HUGE]}, "a patch must fit"),
    ("sum_pool2d", {"source_shape": [HUGE, 3, 3], "padding": [0, 0]}, "neurons; at most"),
    ("avg_pool2d", {"kernel": [0, 1]}, "kernel"),
    ("avg_pool2d", {"kernel": "22"}, "kernel = 22 is not of type tuple"),
    ("sparse", {"target_size": HUGE}, "neurons; at most"),
    ("sparse", {"source_size": -1}, "among -1 neurons"),
    ("sparse", {"source_size": 1}, "pre from"),
    ("sparse", {"kind": "spares"}, "Did you mean 'sparse'"),
    ("sparse", {"kind": 3}, "names no connectivity"),
    ("dense", {"kind": "dense", "rows": 3}, "foreign fields"),
]


@pytest.mark.parametrize("case", range(len(HOSTILE)))
def test_hostile_values_are_refused_before_memory_is_taken(case: int, tmp_path: Path) -> None:
    name, values, message = HOSTILE[case]
    description = described(name)
    path = tmp_path / "hostile"
    network = quantize(description)
    integer_table, integer_arrays = pack_network(network)
    for kind, (table, arrays), load in (
        (KIND, pack_network(description), load_description),
        (INTEGERS, (integer_table, integer_arrays), load_integer_network),
    ):
        table["connections"][-1]["connectivity"] |= values
        path.write_bytes(sealed_bytes(kind, 1, table, arrays))
        with little_memory(), pytest.raises(ERRORS, match=message):
            load(path)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("name", "index", "message"),
    [
        ("post", np.array([-1]), "post from -1"),
        ("pre", np.array([2**62]), "pre from"),
        ("pre", np.array([[0]]), "shape"),
        ("post", np.zeros(2, np.int64), "2 targets for"),
        ("post", np.array([0.0]), "float64"),
    ],
)
def test_hostile_lists_are_refused(name: str, index: Array, message: str, tmp_path: Path) -> None:
    table, arrays = pack_network(described("sparse"))
    arrays[f"connection1.connectivity.{name}"] = index
    (tmp_path / "list").write_bytes(sealed_bytes(KIND, 1, table, arrays))
    with pytest.raises(DescriptionError, match=message):
        load_description(tmp_path / "list")


def test_ends_of_other_sizes_are_refused(tmp_path: Path) -> None:
    description = described("conv2d")
    wide = Connection(INPUT, "layer1", description.connections[1].connectivity, *_weights("conv2d"))
    with pytest.raises(DescriptionError, match="input->layer1: conv2d connects"):
        replace(description, connections=(*description.connections, wide))
    matrix = Connection("layer0", "layer1", DENSE, np.ones((2, 2)))
    with pytest.raises(DescriptionError, match="dense needs"):
        replace(description, connections=(description.connections[0], matrix))


def _weights(name: str) -> tuple[Array]:
    return (described(name).connections[1].weights,)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(-2, 9),
    st.lists(st.integers(-1, 2**40), max_size=3),
    st.lists(st.integers(0, 4), min_size=2, max_size=3),
    st.sampled_from([*KINDS, ""]),
)


@pytest.mark.parametrize("name", KINDS)
def test_odd_fields_end_in_a_typed_error(name: str, tmp_path: Path) -> None:
    path = tmp_path / "odd"
    path.write_bytes(integer_network_bytes(quantize(described(name))))
    table, arrays = load_sealed(path, INTEGERS, 99)
    fields = sorted(table["connections"][-1]["connectivity"])

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.sampled_from(fields), VALUES)
    def attempt(field: str, value: Any) -> None:
        before = table["connections"][-1]["connectivity"][field]
        table["connections"][-1]["connectivity"][field] = value
        path.write_bytes(sealed_bytes(INTEGERS, 3, table, arrays))
        table["connections"][-1]["connectivity"][field] = before
        with contextlib.suppress(*ERRORS):
            load_integer_network(path)

    attempt()
