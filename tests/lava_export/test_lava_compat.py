"""Lava imports on every Python that spikeff supports, and its absence is an error by name."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from lava_export.lava import compat as lava_compat
from spikeff.errors import TargetUnavailableError
from tests.paths import ROOT

EVERY_MODULE = """
import importlib, json
{prepare}
errors = {{}}
for name in {modules!r}:
    try:
        importlib.import_module(name)
        errors[name] = None
    except Exception as error:
        errors[name] = f"{{type(error).__name__}}: {{error}}"
print(json.dumps(errors))
"""

FRESH = """
import multiprocessing
multiprocessing.set_start_method("spawn")  # which Lava's import does not survive
from lava_export.lava import compat as lava_compat
lava_compat.ensure()
lava_compat.ensure()
from lava.magma.compiler.var_model import ByteEncoder, CoreEncoder
assert CoreEncoder() == CoreEncoder(ByteEncoder(), ByteEncoder(), ByteEncoder())
assert multiprocessing.get_start_method() == "spawn"
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


def modules_of_lava() -> list[str]:
    """Every module of Lava that our sources import, read from the sources."""
    found = set()
    for package in ("lava_export", "hw_targets"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lava."):
                    found.add(node.module)
    return sorted(str(module) for module in found)


def imported_in_a_fresh_interpreter(prepare: str, modules: list[str]) -> dict[str, str | None]:
    """Module of Lava -> error of its import, None where it imports; each on its own."""
    code = EVERY_MODULE.format(prepare=prepare, modules=modules)
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, timeout=300, capture_output=True, text=True
    )
    errors: dict[str, str | None] = json.loads(done.stdout.splitlines()[-1])
    return errors


@pytest.mark.slow
def test_every_module_that_we_use_imports_through_the_mend() -> None:
    assert len(modules_of_lava()) > 10
    mend = "from lava_export.lava import compat as c; c.ensure()"
    errors = imported_in_a_fresh_interpreter(mend, [*modules_of_lava(), lava_compat.MODULE])
    assert set(errors.values()) == {None}


beyond_3_10 = pytest.mark.skipif(
    sys.version_info < (3, 11), reason="Lava imports by itself up to Python 3.10"
)


@beyond_3_10
def test_without_the_mend_lava_fails_where_it_is_said_to() -> None:
    errors = imported_in_a_fresh_interpreter("", [lava_compat.MODULE])
    assert "mutable default" in str(errors[lava_compat.MODULE])
    assert "ByteEncoder" in str(errors[lava_compat.MODULE])


@pytest.mark.slow
@beyond_3_10
def test_without_the_mend_nothing_else_of_lava_fails() -> None:
    errors = imported_in_a_fresh_interpreter("", modules_of_lava())
    assert all(error is None or "ByteEncoder" in error for error in errors.values())


def test_the_mended_module_differs_in_nothing_else() -> None:
    """Same names, same fields and same defaults as the source declares."""
    lava_compat.ensure()
    module = sys.modules[lava_compat.MODULE]
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    declared = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert len(declared) > 10
    for node in declared:
        mended = getattr(module, node.name)
        fields = [n.target for n in node.body if isinstance(n, ast.AnnAssign)]
        names = [target.id for target in fields if isinstance(target, ast.Name)]
        assert list(inspect.get_annotations(mended)) == names


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
