"""A file is written whole or not at all, in its own place, and nothing else is lost by it."""

import errno
import os
import resource
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from spikeff.errors import OutputError
from spikeff.ir.io import whole_file
from spikeff.ir.io.whole_file import require_place, write_bytes_whole, write_together

OLD, NEW = b"old", b"new"
KILLED = """
import os, signal, sys
from pathlib import Path
from spikeff.ir.io.whole_file import write_bytes_whole
os.{call} = lambda *a: os.kill(os.getpid(), signal.SIGKILL)
write_bytes_whole(Path(sys.argv[1]), b"new")
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(OLD)
    return path


def names(folder):
    return sorted(os.listdir(folder))


def killed_at(call, path):
    done = subprocess.run([sys.executable, "-c", KILLED.format(call=call), str(path)], check=False)
    assert done.returncode == -9


def test_a_new_file_has_the_permissions_that_the_umask_leaves(tmp_path):
    before = os.umask(0o027)
    try:
        write_bytes_whole(tmp_path / "deep" / "file", NEW)
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert (tmp_path / "deep" / "file").read_bytes() == NEW
    assert stat.S_IMODE((tmp_path / "deep" / "file").stat().st_mode) == 0o640
    assert names(tmp_path / "deep") == ["file"]


def test_the_umask_is_never_changed(file, monkeypatch):
    """It belongs to the whole process: other threads create files meanwhile."""
    monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("umask was called"))
    write_bytes_whole(file, NEW)
    write_bytes_whole(file.with_name("other"), NEW)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o444])
def test_permissions_of_a_file_that_is_replaced_stay(mode, file):
    file.chmod(mode)
    write_bytes_whole(file, NEW)
    assert file.read_bytes() == NEW
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_a_secret_is_at_no_time_readable_to_others(file, monkeypatch):
    file.chmod(0o600)
    seen, flush = [], os.fsync

    def look(descriptor):
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    write_bytes_whole(file, NEW)
    assert seen[0] == 0o600


def test_links_are_followed(file, tmp_path):
    link, dangling = tmp_path / "link", tmp_path / "dangling"
    link.symlink_to(file)
    dangling.symlink_to(tmp_path / "folder" / "elsewhere")
    write_bytes_whole(link, NEW)
    write_bytes_whole(dangling, NEW)
    assert file.read_bytes() == (tmp_path / "folder" / "elsewhere").read_bytes() == NEW
    assert link.is_symlink()
    assert dangling.is_symlink()
    round_about = tmp_path / "round"
    round_about.symlink_to(round_about)
    with pytest.raises(OSError, match="round"):
        write_bytes_whole(round_about, NEW)
    assert round_about.is_symlink()


def test_what_is_no_regular_file_is_refused_and_stays(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "null").symlink_to("/dev/null")
    for name, said in (("pipe", "device, pipe"), ("folder", "directory"), ("null", "device, pipe")):
        kind = stat.S_IFMT((tmp_path / name).stat().st_mode)
        with pytest.raises(OutputError, match=said):
            write_bytes_whole(tmp_path / name, NEW)
        with pytest.raises(OutputError, match=said):
            require_place(tmp_path / name)
        assert stat.S_IFMT((tmp_path / name).stat().st_mode) == kind
    assert names(tmp_path) == ["folder", "null", "pipe"]


@pytest.mark.parametrize("length", [1, 245, 246, 255])
def test_any_legal_name_can_be_written(length, tmp_path):
    write_bytes_whole(tmp_path / ("n" * length), NEW)
    assert names(tmp_path) == ["n" * length]


def test_a_name_that_is_too_long_is_named(tmp_path):
    with pytest.raises(OSError, match="nnn") as refused:
        write_bytes_whole(tmp_path / ("n" * 256), NEW)
    assert refused.value.errno == errno.ENAMETOOLONG


@pytest.mark.parametrize("call", ["fsync", "replace", "chmod"])
def test_a_write_that_fails_leaves_the_old_file_and_no_other(call, file, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(OSError, match="No space") as failed:
        write_bytes_whole(file, NEW)
    assert (failed.value.errno, failed.value.filename) == (errno.ENOSPC, str(file))
    assert file.read_bytes() == OLD
    assert names(file.parent) == ["file"]


def test_a_full_disk_names_the_file(file):
    """The system's own refusal, where a file may not grow."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4, before[1]))
    try:
        with pytest.raises(OSError, match=str(file)) as failed:
            write_bytes_whole(file, b"more than four")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert failed.value.errno == errno.EFBIG
    assert file.read_bytes() == OLD


@pytest.mark.parametrize(("call", "left"), [("fsync", OLD), ("replace", OLD)])
def test_what_a_killed_write_left_is_gone_after_the_next_one(call, left, file):
    killed_at(call, file)
    assert file.read_bytes() == left
    assert len(names(file.parent)) == 2
    write_bytes_whole(file.with_name("other"), NEW)
    assert names(file.parent) == ["file", "other"]


def test_only_names_of_our_form_are_removed(file):
    others = [".spikeff-mine.tmp", ".spikeff-0123456.tmp", ".spikeff-01234567.tmp.save", ".x.tmp"]
    for name in others:
        (file.parent / name).write_bytes(OLD)
    write_bytes_whole(file, NEW)
    assert names(file.parent) == sorted([*others, "file"])


def test_a_file_that_another_writer_is_at_stays(file, monkeypatch):
    """Many at once into one folder: none takes the other's file for one that was left."""
    errors = []

    def write(name):
        try:
            for _ in range(20):
                write_bytes_whole(file.with_name(name), NEW * 1000)
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(f"file{k}",)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert names(file.parent) == ["file", *(f"file{k}" for k in range(4))]


def test_a_writer_waits_where_its_new_file_was_taken_for_a_left_one(tmp_path, monkeypatch):
    """Between its making and its locking another writer may remove it: it makes another."""
    plain, removed = whole_file._lock, []

    def late(descriptor, wait):
        if wait and not removed:
            removed.extend(tmp_path.glob(".spikeff-*"))
            whole_file._remove_abandoned(tmp_path)
        return plain(descriptor, wait)

    monkeypatch.setattr(whole_file, "_lock", late)
    write_bytes_whole(tmp_path / "file", NEW)
    assert len(removed) == 1
    assert names(tmp_path) == ["file"]


def test_the_new_name_is_flushed_to_the_disk_after_the_renaming(file, monkeypatch):
    calls, flush, rename = [], os.fsync, os.replace

    def fsync(descriptor):
        calls.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        flush(descriptor)

    def replace(*names):
        calls.append("rename")
        rename(*names)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    write_bytes_whole(file, NEW)
    assert calls == ["file", "rename", "folder"]


def test_several_are_written_together_or_not_at_all(tmp_path, monkeypatch):
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    for path in (first, second, third):
        path.write_bytes(OLD)
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError):
        write_together({first: NEW, second: NEW, tmp_path / "folder": NEW})
    assert [p.read_bytes() for p in (first, second)] == [OLD, OLD]
    states, rename = [], os.replace

    def replace(source, target):
        states.append([p.read_bytes() if p.exists() else None for p in (first, second, third)])
        rename(source, target)

    monkeypatch.setattr(os, "replace", replace)
    write_together({first: NEW, second: NEW, third: NEW})
    assert states == [[OLD, None, None], [NEW, None, None], [NEW, NEW, None]]
    assert third.read_bytes() == NEW
    assert names(tmp_path) == ["first", "folder", "second", "third"]


def test_a_path_may_be_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_bytes_whole(Path("file"), NEW)
    assert names(tmp_path) == ["file"]
