"""Files from strangers: a loader answers with its typed error, or with what the file says.

Bytes are drawn at random, whole files are cut and changed, and sealed again with odd content, so
that checksums hide nothing. A changed file that still loads must hold what the whole one held; odd
content under a right checksum must be refused or taken as it stands. Fixed seeds: the same files in
every run.
"""

import copy
import gzip
import io
import json
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hw_targets.cost.table import cost_table
from lava_export.integers.file import KIND as INTEGERS
from lava_export.integers.file import integer_network_bytes, load_integer_network
from lava_export.integers.quantization import Quantization, Scaling
from lava_export.integers.serialise import pack_integers
from lava_export.nir.export import integer_graph
from lava_export.nir.file import KEY, read_nir, write_nir
from lava_export.nir.importer import import_description
from lava_export.nir.integers import import_integers
from lava_export.nir.limits import MAX_DEPTH
from spikeff.data.arrays import read_split
from spikeff.data.idx import read_idx
from spikeff.data.spike_trains import load_spike_file
from spikeff.errors import (
    ConfigError,
    DataError,
    DescriptionError,
    FileFormatError,
    LimitError,
    UnknownNameError,
)
from spikeff.ir.io import npz as array_file
from spikeff.ir.io.description import KIND as FLOATS
from spikeff.ir.io.description import load_description
from spikeff.ir.io.npz import read_arrays
from spikeff.ir.io.sealed import MAX_HEADER_BYTES, load_sealed, sealed_bytes
from spikeff.ir.io.serialise import pack_network
from spikeff.ir.io.text import MAX_JSON_DEPTH, MAX_TOML_BYTES, parse_json, parse_toml
from spikeff.ir.network import INPUT
from spikeff.settings.tables import field_names
from spikeff.training.config.files import config_table, preset_table
from spikeff.training.config.lift import PATHS
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import TrainConfig, make_config
from tests import networks

NETWORK_ERRORS = (FileFormatError, DescriptionError, LimitError)
FEW = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def description():
    return networks.description(neurons=4, pixels=3, column_size=2)


def integers():
    how = Quantization(8, {"layer1": Scaling(64.0, 4095, 4095)})
    return replace(networks.integers(np.full((4, 3), 8)), quantization=how)


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def nir_bytes(folder):
    write_nir(folder / "whole.nir", integer_graph(integers())[0])
    return (folder / "whole.nir").read_bytes()


def load_nir(path):
    graph = read_nir(path)
    return import_description(graph, dt=1e-3, steps=4), import_integers(graph)


def load_table(path):
    return make_config(config_table(path), str(path))


SPIKES = npz(spikes=np.ones((2, 3, 4), bool), labels=np.array([0, 1]))
WHOLE = {  # loader -> (a whole file, how it is loaded, its errors)
    "description": (
        lambda folder: sealed_bytes(FLOATS, 2, *pack_network(description())),
        load_description,
        NETWORK_ERRORS,
    ),
    "integers": (
        lambda folder: integer_network_bytes(integers()),
        load_integer_network,
        NETWORK_ERRORS,
    ),
    "nir": (nir_bytes, load_nir, NETWORK_ERRORS),
    "spikes": (lambda folder: SPIKES, lambda path: load_spike_file(path, 2), (DataError,)),
    "arrays": (lambda folder: SPIKES, read_split, (DataError,)),
    "idx": (
        lambda folder: gzip.compress(struct.pack(">4B2I", 0, 0, 8, 2, 2, 3) + bytes(6)),
        read_idx,
        (DataError,),
    ),
    "config": (
        lambda folder: b'preset = "digits"\n[network]\nlayers = [80, {neurons = 40}]\nmore = 1\n',
        load_table,
        (ConfigError, UnknownNameError),
    ),
    "flat config": (
        lambda folder: b'preset = "digits"\nlayers = [80]\nsteps = 8\nmore = {a = 1}\n',
        load_table,
        (ConfigError, UnknownNameError),
    ),
    "cost table": (
        lambda folder: b'[x]\ntitle = "t"\nrows.spike_pj = {value = 1.5e1, source = "s"}\n',
        lambda path: cost_table(str(path)),
        (ConfigError, UnknownNameError),
    ),
}
CHANGES = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 2), st.binary(min_size=1, max_size=9)),
    min_size=1,
    max_size=4,
)


def changed(whole, changes):
    """Overwrite, insert or cut at some places."""
    for place, how, piece in changes:
        at = place % (len(whole) + 1)
        if how == 2:
            whole = whole[:at]
        else:
            whole = whole[:at] + piece + whole[at + (len(piece) if how == 0 else 0) :]
    return whole


def tried(load, path, errors):
    """What the loader makes of it; None where it answers with one of its errors."""
    try:
        return load(path)
    except errors:
        return None


def content(value):
    """Every name and number in what was loaded."""
    if isinstance(value, tuple | list):
        return [content(item) for item in value]
    if hasattr(value, "__dict__"):
        return {name: content(item) for name, item in vars(value).items()}
    return value


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_are_read(name, tmp_path):
    make, load, _ = WHOLE[name]
    path = tmp_path / "file.toml"
    path.write_bytes(make(tmp_path))
    if name in ("config", "flat config", "cost table"):
        with pytest.raises(ConfigError):  # each has one mistake
            load(path)
    else:
        load(path)


@pytest.mark.parametrize("name", WHOLE)
def test_changed_files_end_in_the_typed_error(name, tmp_path):
    make, load, errors = WHOLE[name]
    whole, path = make(tmp_path), tmp_path / "file.toml"
    path.write_bytes(whole)
    held = tried(load, path, errors)

    @FEW
    @given(CHANGES, st.binary(max_size=60))
    def attempt(changes, noise):
        path.write_bytes(changed(whole, changes))
        found = tried(load, path, errors)
        if found is not None:
            np.testing.assert_equal(content(found), content(held))
        path.write_bytes(noise)
        assert tried(load, path, errors) is None

    attempt()


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.sampled_from(["", "a", INPUT, "dense", 1, 2, -1, 10**9]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
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


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("steps", 10**6, "steps and delays"),
        ("steps", True, "steps = True is no int"),
        ("dt", "x", "dt = x is no float"),
        ("populations", {}, "populations: no list"),
        ("provenance", [], "is no dict"),
    ],
)
def test_limits_of_networks(name, value, message, tmp_path):
    table, arrays = pack_network(description())
    path = tmp_path / "file"
    path.write_bytes(sealed_bytes(FLOATS, 1, table | {name: value}, arrays))
    with pytest.raises(FileFormatError, match=message):
        load_description(path)


def test_a_chip_is_given_integers_only(tmp_path):
    table, arrays = pack_network(integers())
    path = tmp_path / "file"
    floats = arrays | {"connection0.weights": arrays["connection0.weights"] * 1.0}
    path.write_bytes(sealed_bytes(INTEGERS, 1, table, floats))
    with pytest.raises(FileFormatError, match="a chip is given integers"):
        load_integer_network(path)


def test_headers_and_nesting_have_limits(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(struct.pack("<Q", MAX_HEADER_BYTES + 1) + b"{}")
    with pytest.raises(FileFormatError, match="with a header of"):
        load_sealed(path, "thing", 1)
    assert parse_json('["' + "[" * 100 + '"]') == ["[" * 100]
    deep = "[" * (MAX_JSON_DEPTH + 1) + "]" * (MAX_JSON_DEPTH + 1)
    with pytest.raises(ValueError, match="nested more than"):
        parse_json(deep)
    nested = []
    for _ in range(MAX_JSON_DEPTH):
        nested = [nested]
    path.write_bytes(sealed_bytes("thing", 1, {"a": nested}, {}))
    with pytest.raises(FileFormatError, match="no readable thing header"):
        load_sealed(path, "thing", 1)
    path.write_bytes(sealed_bytes("thing", 1, {}, {"a": np.zeros((1,) * 9)}))
    with pytest.raises(FileFormatError, match="9 dimensions"):
        load_sealed(path, "thing", 1)


def test_archives_are_measured_before_they_are_unpacked(tmp_path, monkeypatch):
    path = tmp_path / "file.npz"
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (2**40,)}
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("spikes.npy", header.getvalue() + b"12")
    with pytest.raises(DataError, match="is not what its entry holds"):
        read_arrays(path)
    with zipfile.ZipFile(path, "w") as archive:
        for k in range(17):
            archive.writestr(f"{k}.npy", header.getvalue())
    with pytest.raises(DataError, match="holds 17 entries"):
        read_arrays(path)
    np.savez(path, spikes=np.array([{}], dtype=object))
    with pytest.raises(DataError, match="dtype object"):
        read_arrays(path)
    path.write_bytes(SPIKES)
    monkeypatch.setattr(array_file, "MAX_ARCHIVE_BYTES", 100)
    with pytest.raises(DataError, match="bytes unpacked; at most 16 of 100 bytes"):
        read_arrays(path)


def test_archives_keep_their_own_sums(tmp_path):
    path = tmp_path / "file.npz"
    np.savez(path, spikes=np.zeros(1000))
    whole = bytearray(path.read_bytes())
    whole[1000] ^= 1
    path.write_bytes(bytes(whole))
    with pytest.raises(DataError, match="is not a readable"):
        read_arrays(path)


def h5(path, build):
    with h5py.File(path, "w") as file:
        file["version"] = "1.0"
        build(file)
    return path


def linked(file):
    file["node"] = h5py.ExternalLink("/etc/hostname", "/")


def soft(file):
    file["node"] = h5py.SoftLink("/version")


def looping(file):
    file["node"] = file["/"]


def huge(file):
    file.create_dataset("node", (2**20, 2**20), "f8", chunks=(64, 64))


def elsewhere(file):
    file.create_dataset("node", (4,), "u1", external=[("/etc/hostname", 0, 4)])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (linked, "links are not followed"),
        (soft, "links are not followed"),
        (looping, f"nested more than {MAX_DEPTH} deep"),
        (huge, "bytes together"),
        (elsewhere, "lies in another file"),
        (lambda file: file.create_dataset("node", (2,), h5py.vlen_dtype("f4")), "numbers and"),
        (lambda file: file.create_dataset("node", (1,) * 9, "f4"), "9 dimensions"),
        (lambda file: file.create_dataset("node", data=h5py.Empty("f4")), "without a shape"),
    ],
)
def test_hdf5_is_looked_at_before_it_is_read(build, message, tmp_path):
    with pytest.raises(FileFormatError, match=message):
        read_nir(h5(tmp_path / "file.nir", build))


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 100_000, "a = " + "9" * 10_000, "a = 1979-99-99", "a = 1\n" * 2],
    ids=["nested", "long", "date", "twice"],
)
def test_toml_of_any_kind_is_one_error(text):
    with pytest.raises(ConfigError, match="is not readable TOML"):
        parse_toml(text, "here")
    with pytest.raises(ConfigError, match="are the most read"):
        parse_toml(" " * (MAX_TOML_BYTES + 1), "here")


@pytest.mark.parametrize("preset", [["digits"], {}, 3, True])
def test_a_preset_is_a_name(preset):
    with pytest.raises(UnknownNameError, match="preset"):
        preset_table(preset)


def test_a_configuration_takes_any_value_for_any_field():
    fields = field_names(TrainConfig)

    def load(table):
        make_config(with_fields(preset_table("digits"), table), "test")

    @settings(FEW, max_examples=60)
    @given(st.dictionaries(st.sampled_from([*fields, *PATHS]), JSON))
    def attempt(table):
        tried(load, table, (ConfigError,))

    attempt()


def test_paths_are_not_followed_out_of_a_file(tmp_path):
    """Names in archives are names only: nothing is written or opened by them."""
    path = tmp_path / "file.npz"
    with zipfile.ZipFile(path, "w") as archive:
        buffer = io.BytesIO()
        np.save(buffer, np.zeros(3))
        archive.writestr("../../escape.npy", buffer.getvalue())
    assert list(read_arrays(path)) == ["../../escape"]
    assert sorted(p.name for p in Path(tmp_path).iterdir()) == ["file.npz"]
