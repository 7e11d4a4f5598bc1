"""Small files that ask for much memory or time are refused before either is taken."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lava_export.integers.file import KIND as INTEGERS
from lava_export.integers.file import load_integer_network
from lava_export.integers.serialise import VERSION, pack_integers
from spikeff.data.idx import read_idx
from spikeff.errors import ConfigError, DataError, DescriptionError, FileFormatError
from spikeff.ir.io.npz import read_arrays
from spikeff.ir.io.sealed import METADATA_KEY, load_sealed, sealed_bytes
from spikeff.ir.io.text import MAX_JSON_DEPTH, MAX_KEY_PARTS, MAX_TOML_BYTES, parse_json, parse_toml
from spikeff.training.config.files import config_table, preset_table
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import make_config
from tests.hostile_files.examples import integers

MEGABYTES = 24


@contextlib.contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MEGABYTES * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("matrices", "targets", "sources"), [(1, 2**15, 2**15), (3, 2**13, 2**13), (64, 2**24, 1)]
)
def test_weights_are_counted_before_room_is_made(
    matrices: int, targets: int, sources: int, tmp_path: Path
) -> None:
    """All matrices together: nothing is stored of weights that are zero."""
    table, arrays = pack_integers(integers())
    table["connections"] = table["connections"] * matrices
    del arrays["connection0.weights"]
    for k in range(matrices):
        arrays[f"connection{k}.grid_steps"] = np.zeros((targets, 0), np.int8)
        arrays[f"connection{k}.grid_sources"] = np.zeros(sources, bool)
    path = tmp_path / "network"
    path.write_bytes(sealed_bytes(INTEGERS, VERSION, table, arrays))
    with little_memory(), pytest.raises(FileFormatError, match="synapses; at most"):
        load_integer_network(path)


@pytest.mark.parametrize("depth", [2**53, 10**6, 10**4])
def test_a_deep_pipeline_is_no_long_run(depth: int, tmp_path: Path) -> None:
    table, arrays = pack_integers(integers())
    table["populations"][0]["depth"] = depth
    path = tmp_path / "network"
    path.write_bytes(sealed_bytes(INTEGERS, VERSION, table, arrays))
    with pytest.raises(DescriptionError, match="depth = "):
        load_integer_network(path)


JSON = {
    "an unclosed string of quotes": '"' + '\\"' * 2**19,
    "unclosed strings": '["' * 2**19,
    "backslashes": '"' + "\\" * 2**20,
    "nested": "[" * 2**20,
    "nested tables": '{"a":' * 2**19,
    "nested and closed": "[" * (MAX_JSON_DEPTH + 1) + "]" * (MAX_JSON_DEPTH + 1),
    "one long number": "9" * 2**20,
}


@pytest.mark.parametrize("name", JSON)
def test_json_is_read_in_one_pass(name: str, tmp_path: Path) -> None:
    """By the square of its length this would take hours."""
    with pytest.raises(ValueError):  # noqa: PT011
        parse_json(JSON[name])
    raw = json.dumps({"__metadata__": {METADATA_KEY: JSON[name][: 2**18]}}).encode()
    path = tmp_path / "file"
    path.write_bytes(struct.pack("<Q", len(raw)) + raw)
    with pytest.raises(FileFormatError, match="no readable thing header"):
        load_sealed(path, "thing", 1)


def test_json_within_its_limits_is_read() -> None:
    deepest = "[" * MAX_JSON_DEPTH + "]" * MAX_JSON_DEPTH
    assert parse_json(deepest)
    assert parse_json('{"a": "[[[[", "b": [1, "\\"]"]}') == {"a": "[[[[", "b": [1, '"]']}


TOML = {
    "dots": "a." * 40_000 + "b = 1",
    "dots with spaces": "a . " * 40_000 + "b = 1",
    "dots in a table's name": "[" + "a." * 40_000 + "b]",
    "dots in an inline table": "x = {" + "a." * 40_000 + "b = 1}",
    "dots between strings": '"a".' * 20_000 + "b = 1",
    "dots after long strings": "s = '''a'''''\nt = \"\"\"b\\\"\"\"\"\"\n" + "a." * 99 + "b = 1",
    "dots after short strings": "s = '\\'\nt = \"\\\"'\" # '\n" + "a." * 99 + "b = 1",
    "dots after a comment": "# '''\n" + "a." * 40_000 + "b = 1",
}  # fmt: skip


@pytest.mark.parametrize("name", TOML)
def test_toml_keys_have_few_parts(name: str) -> None:
    with little_memory(), pytest.raises(ConfigError, match=f"a key of more than {MAX_KEY_PARTS}"):
        parse_toml(TOML[name], "here")


def test_toml_within_its_limits_is_read() -> None:
    key = ".".join("a" * MAX_KEY_PARTS)
    for text in (f"{key} = 1", f"[{key}]", f"x = {{{key} = 1}}"):
        assert parse_toml(text, "here")
    values = 'a = "' + "." * 99 + '" # ' + "." * 99 + "\nb = '''\n" + ".'" * 99 + "'''\nc = 1.5\n"
    assert parse_toml(values, "here")["c"] == 1.5


def test_many_short_toml_keys_take_little_memory() -> None:
    """Each part of a key becomes a table; the size of a file bounds how many there are."""
    line = ".".join("abcdefghijklmno") + ".k{} = 1\n"
    text = "".join(line.format(k).replace("a.", f"a{k}.", 1) for k in range(10**4))
    assert len(text) > MAX_TOML_BYTES
    with pytest.raises(ConfigError, match="are the most read"):
        parse_toml(text, "here")


def test_unknown_fields_are_counted_and_the_first_are_named(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("".join(f"k{k} = 1\n" for k in range(9_000)))
    with pytest.raises(ConfigError, match=r"and \d{4} more") as caught:
        make_config(config_table(path), str(path))
    assert len(str(caught.value)) < 10**4
    assert str(caught.value).count("is unknown") >= 10


def npz(path: Path, entry: bytes, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("spikes.npy", entry)
    return path


def npy(header: bytes, version: bytes = b"\1\0") -> bytes:
    length = struct.pack("<H" if version == b"\1\0" else "<I", len(header))
    return b"\x93NUMPY" + version + length + header + bytes(160)


PLAIN = b"{'descr': '|b1', 'fortran_order': False, 'shape': (5,8,4), }"
HEADERS = {
    "unclosed": b"{'descr': '|b1'",
    "unhashable": b"{[]: 1}",
    "mixed keys": b"{1: 2, 'a': 3}",
    "no type": PLAIN.replace(b"'|b1'", b"()"),
    "indented": b"\tx\n y",
    "a backslash": b"{\\",
    "nothing": b"",
    "nested": b"(" * 4000,
    "negative": PLAIN.replace(b"5", b"-5"),
    "floats": PLAIN.replace(b"5", b"5.0"),
    "no numbers": PLAIN.replace(b"(5,8,4)", b"'a'"),
    "zeros": b"\0" * 99,
    "objects": PLAIN.replace(b"|b1", b"|O"),
    "records": PLAIN.replace(b"'|b1'", b"[('a','<i4')]"),
    "huge": PLAIN.replace(b"5", b"9" * 999),
    "no length": PLAIN.replace(b"|b1", b"|S0"),
}


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("version", [b"\1\0", b"\2\0", b"\3\0", b"\xff\xff"])
def test_any_npy_header_is_one_error(name: str, version: bytes, tmp_path: Path) -> None:
    path = npz(tmp_path / "file.npz", npy(HEADERS[name], version))
    with pytest.raises(DataError, match="array 'spikes'"):
        read_arrays(path)
    assert read_arrays(npz(path, npy(PLAIN)))["spikes"].shape == (5, 8, 4)


def test_a_long_npy_header_is_not_decoded(tmp_path: Path) -> None:
    path = npz(tmp_path / "file.npz", npy(b" " * 2**26, b"\2\0"))
    assert path.stat().st_size < 2**17
    with little_memory(), pytest.raises(DataError, match="a header of 67108864 bytes"):
        read_arrays(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_only_numpy_s_compression_is_read(method: int, tmp_path: Path) -> None:
    path = npz(tmp_path / "file.npz", npy(PLAIN), method)
    with pytest.raises(DataError, match="compressed by method"):
        read_arrays(path)


@pytest.mark.parametrize("sizes", [(0, 2**32 - 1, 2**32 - 1), (2**32 - 1, 0), (0,)])
def test_an_idx_file_of_nothing(sizes: tuple[int, ...], tmp_path: Path) -> None:
    path = tmp_path / "idx"
    path.write_bytes(struct.pack(f">4B{len(sizes)}I", 0, 0, 8, len(sizes), *sizes))
    with pytest.raises(DataError, match="holds nothing"):
        read_idx(path)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("data.steps", ["16", 16.0, True, 0, 256, [16]]),
        ("data.shift", [10**9, 10**30, -1]),
        ("schedule.batch_size", [10**30, 0, 64.0]),
        ("schedule.epochs", [10**30, "3"]),
        ("network.layers", [["800"], [800.0], [True]]),
        ("network.labels.steps", [["3"], [3.0], 3]),
        ("network.labels.gain", [float("inf"), "3", True]),
        ("learning.learning_rate", [float("inf"), float("nan"), "1", True]),
        ("learning.weight_decay", [float("inf"), -1.0]),
        ("objective.theta", [float("inf"), float("nan"), "4"]),
        ("network.layer_defaults.goodness.scale", [float("inf"), "1"]),
        ("network.layer_defaults.neuron.tau_mem", [float("inf"), "0.1"]),
        ("learning.balanced", [1, "yes", "true"]),
        ("seed", [2**63, -1, 1.0, "0"]),
    ],
)
def test_configurations_take_numbers_for_numbers(field: str, values: list[object]) -> None:
    for value in values:
        with pytest.raises(ConfigError, match=field.replace("layer_defaults", r"layer\w+")):
            make_config(with_fields(preset_table("digits"), {field: value}), "test")


def test_configurations_take_numpy_s_numbers() -> None:
    fields = {
        "data.steps": np.int64(8),
        "network.layers": [np.int32(80)],
        "network.layer_defaults.spike_limit": np.int64(2),
        "learning.learning_rate": np.float32(0.5),
        "learning.balanced": np.bool_(False),
        "network.labels.steps": np.array([1, 2]).tolist(),
        "seed": np.uint64(3),
    }
    config = make_config(with_fields(preset_table("digits"), fields), "test")
    assert (config.layers[0].neurons, config.layers[0].spike_limit, config.seed) == (80, 2, 3)
    assert type(config.data.steps) is int
    assert config.learning.learning_rate == 0.5


def test_buffers_hold_what_they_say() -> None:
    """The helper that writes .npy by hand writes what numpy does."""
    buffer = io.BytesIO(npy(PLAIN))
    assert np.load(buffer).shape == (5, 8, 4)
