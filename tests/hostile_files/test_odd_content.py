"""Odd content under a right checksum is refused, or taken as it stands."""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lava_export.integers.file import KIND as INTEGERS
from lava_export.integers.file import load_integer_network
from lava_export.integers.serialise import pack_integers
from lava_export.nir.file import KEY, read_nir
from lava_export.nir.importer import import_description
from lava_export.nir.integers import import_integers
from spikeff.errors import (
    DescriptionError,
    UnknownNameError,
)
from spikeff.ir.io.description import KIND as FLOATS
from spikeff.ir.io.description import load_description
from spikeff.ir.io.sealed import sealed_bytes
from spikeff.ir.io.serialise import pack_network
from spikeff.ir.readout_codes import answers
from tests.hostile_files.examples import (
    FEW,
    JSON,
    NETWORK_ERRORS,
    WHOLE,
    description,
    integers,
    tried,
)
from tests.networks import Layer, relays

ARRAYS = st.sampled_from(
    [
        np.zeros(0),
        np.array(1.0),
        np.full((4, 3), np.nan),
        np.full(4, np.inf),
        np.ones((2, 3), np.float16),
        np.full((4, 3), 2**40),
        np.ones((3, 2), np.int8),
        np.zeros((4, 3), bool),
        np.full(4, 2**63, np.uint64),
        np.zeros((1,) * 9),
    ]
)


def places(tree, path=()):
    """Paths of all values in a tree of tables and lists."""
    yield path
    if not isinstance(tree, dict | list):
        return
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in inner:
        yield from places(value, (*path, key))


def put(tree, path, value):
    if not path:
        return value
    tree = copy.deepcopy(tree)
    at = tree
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return tree


NEWER = ("role", "quantization")  # what older files do not say, so that it is found


def without(table, names):
    """A table as JSON holds it, some names left out at every depth."""
    if isinstance(table, dict):
        return {key: without(value, names) for key, value in table.items() if key not in names}
    if isinstance(table, list | tuple):
        return [without(value, names) for value in table]
    return table


@pytest.mark.parametrize(
    ("network", "kind", "version", "pack", "load", "lifted"),
    [
        (description, FLOATS, 2, pack_network, load_description, ()),
        (description, FLOATS, 1, pack_network, load_description, NEWER),
        (integers, INTEGERS, 3, pack_integers, load_integer_network, ()),
        (integers, INTEGERS, 2, pack_integers, load_integer_network, NEWER),
    ],
    ids=["description", "description without roles", "integers", "integers without roles"],
)
def test_odd_content_under_a_right_checksum(network, kind, version, pack, load, lifted, tmp_path):
    table, arrays = pack(network())
    paths, path = [p for p in places(table) if p], tmp_path / "file"
    path.write_bytes(sealed_bytes(kind, version, table, arrays))
    load(path)

    @settings(FEW, max_examples=100)
    @given(st.sampled_from(paths), JSON, st.sampled_from([None, *arrays]), ARRAYS)
    def attempt(place, value, name, array):
        odd = arrays if name is None else arrays | {name: array}
        said = put(table, place, value)
        path.write_bytes(sealed_bytes(kind, version, said, odd))
        found = tried(load, path, NETWORK_ERRORS)
        if found is not None:
            made, held = pack(found)
            np.testing.assert_equal(without(made, lifted), without(said, lifted))
            np.testing.assert_equal(held, odd)

    attempt()


def test_odd_metadata_in_nir(tmp_path):
    make, _, _ = WHOLE["nir"]
    path = tmp_path / "file.nir"
    path.write_bytes(make(tmp_path))
    graph = read_nir(path)
    table = json.loads(graph.metadata[KEY])

    errors = (*NETWORK_ERRORS, UnknownNameError)
    whole = without(pack_network(import_description(graph, dt=1e-3, steps=4).description)[0], ())

    @settings(FEW, max_examples=100)
    @given(st.sampled_from([p for p in places(table) if p]), JSON)
    def attempt(place, value):
        said = put(table, place, value)
        graph.metadata[KEY] = json.dumps(said)
        integers = tried(import_integers, graph, errors)
        if integers is not None:
            packed = without(pack_integers(integers)[0], ())
            np.testing.assert_equal(
                packed, said["network"] | {"quantization": packed["quantization"]}
            )
        imported = tried(lambda g: import_description(g, dt=1e-3, steps=4), graph, errors)
        if imported is not None and said["network"]:
            found = without(pack_network(imported.description)[0], ())
            assert found["connections"] == whole["connections"]
            for part in ("input", "labels", "readout", "dataset"):
                np.testing.assert_equal(found[part], said["network"][part])
            for made, held in zip(found["populations"], whole["populations"], strict=True):
                given = next(p for p in said["network"]["populations"] if p["name"] == made["name"])
                np.testing.assert_equal(made, held | {name: given[name] for name in OUR_FIELDS})

    attempt()


OUR_FIELDS = ("depth", "column_size", "spike_limit", "constraint_columns")  # NIR has none of them


@pytest.mark.parametrize("classes", [4, 12])
def test_columns_that_classes_cannot_share_answer_nothing(classes):
    network = relays([Layer(24, 4)], 6, "pairs", classes=6)
    spikes = {"layer1": np.ones((6, 5, 24), bool)}
    assert answers(spikes, network.readout, network.populations).tolist() == [0] * 5
    none = {"softmax_weights": np.zeros((classes, 24)), "softmax_bias": np.zeros(classes)}
    odd = replace(network.readout, classes=classes, **none)
    with pytest.raises(DescriptionError, match=f"6 columns of 4 .* among {classes} classes"):
        answers(spikes, odd, network.populations)
