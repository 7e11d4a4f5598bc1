import hashlib

import pytest

from spikeff.data import download as module
from spikeff.data.download import FILES, Source, download
from spikeff.errors import DataError, UnknownNameError


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A data set whose source is a folder."""
    folder = tmp_path / "source"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_bytes(name.encode())
    sums = tuple(hashlib.md5(name.encode()).hexdigest() for name in FILES)
    monkeypatch.setitem(module.SOURCES, "kmnist", Source(folder.as_uri() + "/", sums))
    return folder


def test_files_are_fetched_once(published, tmp_path):
    out, seen = tmp_path / "out", []
    assert [p.name for p in download("kmnist", out, seen.append)] == list(FILES)
    assert seen == list(FILES)
    assert (out / FILES[2]).read_bytes() == FILES[2].encode()
    assert download("kmnist", out) == []


def test_what_was_not_published_is_never_written(published, tmp_path, monkeypatch):
    (published / FILES[1]).write_bytes(b"other")
    out = tmp_path / "out"
    with pytest.raises(DataError, match="is not the published"):
        download("kmnist", out)
    assert [p.name for p in out.iterdir()] == [FILES[0]]
    (published / FILES[1]).unlink()
    with pytest.raises(DataError, match="cannot be fetched"):
        download("kmnist", out)
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 3)
    with pytest.raises(DataError, match="larger than 3 bytes"):
        download("kmnist", tmp_path / "other")


def test_a_foreign_file_is_kept(published, tmp_path):
    (tmp_path / FILES[0]).write_bytes(b"mine")
    with pytest.raises(DataError, match="is not kmnist's file"):
        download("kmnist", tmp_path)
    assert (tmp_path / FILES[0]).read_bytes() == b"mine"
    with pytest.raises(UnknownNameError, match="mnist"):
        download("mnits", tmp_path)
