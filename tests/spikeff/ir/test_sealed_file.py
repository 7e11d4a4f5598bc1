import numpy as np
import pytest

from spikeff.errors import FileFormatError
from spikeff.ir.io.sealed import load_sealed, save_sealed

META = {"name": "x", "numbers": [1, 2], "infinite": float("inf")}


@pytest.fixture
def sealed(tmp_path):
    path = tmp_path / "file.safetensors"
    arrays = {"a": np.arange(6, dtype=np.int16).reshape(2, 3), "b": np.ones(4)}
    save_sealed(path, "thing", 2, META, arrays)
    return path


def test_round_trip(sealed):
    meta, arrays = load_sealed(sealed, "thing", 2)
    assert meta == META
    np.testing.assert_array_equal(arrays["a"], np.arange(6).reshape(2, 3))
    assert arrays["a"].dtype == np.int16


def test_equal_content_gives_equal_bytes(sealed, tmp_path):
    other = tmp_path / "other.safetensors"
    save_sealed(other, "thing", 2, *load_sealed(sealed, "thing", 2))
    assert other.read_bytes() == sealed.read_bytes()


def test_every_flipped_byte_is_noticed(sealed):
    whole = sealed.read_bytes()
    for position in range(len(whole)):
        broken = bytearray(whole)
        broken[position] ^= 0x01
        sealed.write_bytes(bytes(broken))
        try:
            meta, arrays = load_sealed(sealed, "thing", 2)
        except FileFormatError:
            continue
        # Only bytes that mean nothing, such as JSON's optional spaces, may pass.
        assert meta == META
        assert arrays["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
        assert arrays["b"].tolist() == [1.0] * 4


def test_truncated_foreign_missing_and_newer(sealed, tmp_path):
    whole = sealed.read_bytes()
    for size in (0, 5, 40, len(whole) - 1):
        sealed.write_bytes(whole[:size])
        with pytest.raises(FileFormatError, match=r"file\.safetensors"):
            load_sealed(sealed, "thing", 2)
    sealed.write_bytes(whole)
    with pytest.raises(FileFormatError, match="version 2 is newer than 1"):
        load_sealed(sealed, "thing", 1)
    with pytest.raises(FileFormatError, match="holds a 'thing', not a 'network'"):
        load_sealed(sealed, "network", 2)
    with pytest.raises(FileFormatError, match="does not exist"):
        load_sealed(tmp_path / "none", "thing", 2)
    with pytest.raises(FileFormatError, match="is a directory"):
        load_sealed(tmp_path, "thing", 2)
    foreign = tmp_path / "foreign"
    from safetensors.numpy import save_file

    save_file({"a": np.ones(2)}, str(foreign))
    with pytest.raises(FileFormatError, match="not written by spikeff"):
        load_sealed(foreign, "thing", 2)
