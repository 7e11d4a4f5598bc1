"""Lava imports on every Python that spikeff supports, and its absence is an error by name."""

from __future__ import annotations

import importlib.util
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from lava_export import lava_compat
from spikeff.errors import TargetUnavailableError

FRESH = """
import multiprocessing
multiprocessing.Queue()  # fixes the start method, which Lava's import does not survive
from lava_export import lava_compat
lava_compat.ensure()
lava_compat.ensure()
from lava.magma.compiler.var_model import ByteEncoder, CoreEncoder
assert CoreEncoder() == CoreEncoder(ByteEncoder(), ByteEncoder(), ByteEncoder())
assert multiprocessing.get_start_method() == "fork"
"""


def test_a_fresh_interpreter_can_import_lava() -> None:
    subprocess.run([sys.executable, "-c", FRESH], check=True, timeout=60)


def test_the_installed_file_stays_as_it_was() -> None:
    lava_compat.ensure()
    spec = importlib.util.find_spec(lava_compat.MODULE)
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    assert lava_compat.UNHASHABLE in source
    assert lava_compat.HASHABLE not in source


def test_an_absent_lava_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [m for m in sys.modules if m == "lava" or m.startswith("lava.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "lava", None)
    assert "pip install" in str(lava_compat.missing())
    with pytest.raises(TargetUnavailableError, match="of Lava is not installed; install it"):
        lava_compat.ensure()


def test_lava_processes_leave_the_root_logger_alone() -> None:
    lava_compat.ensure()
    from lava.proc.lif.process import LIF

    before = list(logging.getLogger().handlers)
    with lava_compat.untouched_root_logger():
        LIF(shape=(1,))
        assert logging.getLogger().handlers != before
    assert logging.getLogger().handlers == before
