"""Sizes, types and nesting have limits, looked at before anything is unpacked."""

import io
import re
import struct
import zipfile
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

from lava_export.integers.file import KIND as INTEGERS
from lava_export.integers.file import load_integer_network
from lava_export.netx.file import read_netx
from lava_export.nir import limits
from lava_export.nir.file import read_nir
from lava_export.nir.limits import MAX_DEPTH
from spikeff.errors import (
    DataError,
    FileFormatError,
)
from spikeff.ir.io import npz as array_file
from spikeff.ir.io.description import KIND as FLOATS
from spikeff.ir.io.description import load_description
from spikeff.ir.io.npz import read_arrays
from spikeff.ir.io.sealed import MAX_HEADER_BYTES, load_sealed, sealed_bytes
from spikeff.ir.io.serialise import pack_network
from spikeff.ir.io.text import MAX_JSON_DEPTH, parse_json
from tests.hostile_files.examples import SPIKES, description, integers


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("steps", 10**6, "steps and delays"),
        ("steps", True, "steps = True is not of type int"),
        ("dt", "x", "dt = x is not of type float"),
        ("populations", {}, "populations: not a list"),
        ("provenance", [], "is not of type dict"),
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


def test_a_list_of_arrays_that_ends_early_is_noticed(tmp_path):
    """The list of a zip archive has no sum: here the first entry's comment swallows the second."""
    path, whole = tmp_path / "file.npz", bytearray(SPIKES)
    first, second = (m.start() for m in re.finditer(rb"PK\x01\x02", whole))
    struct.pack_into("<H", whole, first + 32, whole.index(b"PK\x05\x06") - second)
    path.write_bytes(bytes(whole))
    assert zipfile.ZipFile(path).namelist() == ["spikes.npy"]
    with pytest.raises(DataError, match="says that it holds 2 arrays and lists 1"):
        read_arrays(path)


def test_paths_are_not_followed_out_of_a_file(tmp_path):
    """Names in archives are names only: nothing is written or opened by them."""
    path = tmp_path / "file.npz"
    with zipfile.ZipFile(path, "w") as archive:
        buffer = io.BytesIO()
        np.save(buffer, np.zeros(3))
        archive.writestr("../../escape.npy", buffer.getvalue())
    assert list(read_arrays(path)) == ["../../escape"]
    assert sorted(p.name for p in Path(tmp_path).iterdir()) == ["file.npz"]


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
        (huge, "of which 0 are stored"),
        (elsewhere, "lies in another file"),
        (lambda file: file.create_dataset("node", (2,), h5py.vlen_dtype("f4")), "numbers and"),
        (lambda file: file.create_dataset("node", (1,) * 9, "f4"), "9 dimensions"),
        (lambda file: file.create_dataset("node", data=h5py.Empty("f4")), "without a shape"),
    ],
)
def test_hdf5_is_looked_at_before_it_is_read(build, message, tmp_path):
    with pytest.raises(FileFormatError, match=message):
        read_nir(h5(tmp_path / "file.nir", build))


def test_arrays_are_counted_as_they_are_used(tmp_path, monkeypatch):
    """At 8 bytes a number, metadata included; what is squeezed as far as HDF5 can is read."""
    monkeypatch.setattr(limits, "MAX_ARRAY_BYTES", 8 * 2**21)

    def zeros(count):
        def build(file):
            file["node/metadata/spare"] = np.zeros(2**20, np.uint8)
            file.create_dataset("node/zeros", data=np.zeros(count, np.uint8), compression="gzip")

        return build

    limits.require_plain(h5(tmp_path / "most.nir", zeros(2**20 - 1)), "NIR")
    with pytest.raises(FileFormatError, match="bytes together, at 8 a number"):
        limits.require_plain(h5(tmp_path / "more.nir", zeros(2**20 + 1)), "NIR")


def squeezed(shape, most, chunks, content):
    """An array of bytes whose only chunk holds ``content``, squeezed."""

    def build(file):
        made = file.create_dataset("node", shape, "u1", maxshape=most, chunks=chunks, compression=9)
        made.id.write_direct_chunk((0,), zlib.compress(content))

    return build


def test_a_chunk_larger_than_its_array_counts_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_ARRAY_BYTES", 8 * 2**20)
    chunk = squeezed((3,), (None,), (2**21,), bytes(2**21))
    with pytest.raises(FileFormatError, match="bytes together"):
        limits.require_plain(h5(tmp_path / "file.nir", chunk), "NIR")


@pytest.mark.parametrize(("more", "refused"), [(0, False), (2**16, True)])
def test_a_chunk_may_not_unpack_to_more_than_it_announces(more, refused, tmp_path):
    path = h5(tmp_path / "file.nir", squeezed((64,), None, (64,), bytes(64 + more)))
    if not refused:
        limits.require_plain(path, "NIR")
        return
    with pytest.raises(FileFormatError, match="unpacks to more than the 68"):
        limits.require_plain(path, "NIR")


def test_other_compressions_are_refused_by_name(tmp_path):
    def build(file):
        file.create_dataset("node", data=np.zeros(64), compression="lzf")

    with pytest.raises(FileFormatError, match="by gzip, once"):
        limits.require_plain(h5(tmp_path / "file.nir", build), "NIR")


def test_many_texts_may_not_be_one_and_the_same(tmp_path, monkeypatch):
    """Texts of any length lie elsewhere in the file, where an array points to them."""
    monkeypatch.setattr(limits, "MAX_ARRAY_BYTES", 2**20)
    path, count, each = tmp_path / "file.nir", 500, 2**16

    def texts(file):
        made = file.create_dataset("node", (count,), h5py.string_dtype())
        made[0] = "x" * each

    with h5py.File(h5(path, texts), "r") as file:
        start = file["node"].id.get_offset()
    limits.require_plain(path, "NIR")
    whole = bytearray(path.read_bytes())
    whole[start : start + 16 * count] = whole[start : start + 16] * count
    path.write_bytes(bytes(whole))
    with pytest.raises(FileFormatError, match="texts of more than 1048576 bytes together"):
        limits.require_plain(path, "NIR")


def test_a_file_too_large_is_told_by_its_own_format(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 10)
    path = h5(tmp_path / "file", lambda file: None)
    for read, kind in ((read_nir, "NIR"), (read_netx, "netx")):
        with pytest.raises(FileFormatError, match=f"a {kind} file has at most 10"):
            read(path)


def test_names_in_a_file_are_quoted(tmp_path):
    def build(file):
        file["\x1b]0;owned\x07"] = h5py.SoftLink("/x")

    with pytest.raises(FileFormatError, match="links are not followed") as told:
        read_nir(h5(tmp_path / "file.nir", build))
    assert str(told.value).isprintable()
