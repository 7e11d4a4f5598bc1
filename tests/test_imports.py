"""What importing costs, and what type checkers see; directions are held by ``.importlinter``."""

import ast
import subprocess
import sys
from importlib import import_module

import pytest

import spikeff
from tests.paths import ROOT


def test_help_and_import_load_nothing_heavy():
    code = (
        "import sys; sys.argv = ['spikeff', '--help']\n"
        "import spikeff, spikeff.cli.main\n"
        "try: spikeff.cli.main.main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'norse', 'brian2', 'lava', 'numpy', 'scipy', 'sklearn', 'pydantic', "
        "'matplotlib', 'plotly', 'snntorch', 'nir', 'numba'}; "
        "sys.exit(str(heavy & sys.modules.keys()) if heavy & sys.modules.keys() else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Usage: spikeff" in done.stdout


@pytest.mark.slow
def test_type_checkers_know_what_the_package_offers():
    """The functions are imported when first used; their types must not get lost over that."""
    tree = ast.parse((ROOT / "spikeff" / "__init__.py").read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    told = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in block.body
        for alias in node.names
    }
    assert sorted(told) == sorted(spikeff.__all__)
    for name, (module, original) in told.items():
        assert getattr(spikeff, name) is getattr(import_module(module), original)
