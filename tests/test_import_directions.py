"""Three packages, one direction: read from the sources, so that lazy imports count too."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import spikeff

ROOT = Path(__file__).parent.parent
SHARED = {
    "spikeff.description",
    "spikeff.description_file",
    "spikeff.network_parts",
    "spikeff.sealed_file",
    "spikeff.trace",
    "spikeff.errors",
    "spikeff.json_text",
    "spikeff.toml_file",
    "spikeff.bounds",
    "spikeff.input_spikes",
    "spikeff.spike_budget",
    "spikeff.spike_gate",
    "spikeff.worker_threads",
}
HEAVY = {"torch", "norse", "brian2"}
# The emulator's way to a GPU, which nothing else imports.
MAY_IMPORT = {"hw_targets/torch_emulator.py": {"torch"}}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules(package):
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", modules("spikeff"), ids=lambda p: str(p.relative_to(ROOT)))
def test_spikeff_knows_neither_sibling(path):
    root = path.relative_to(ROOT / "spikeff").parts[0]
    if root in ("cli", "pipeline"):  # the composition root
        return
    found = {name.split(".")[0] for name in imports(path)}
    assert not found & {"lava_export", "hw_targets"}


@pytest.mark.parametrize(
    "path",
    modules("lava_export") + modules("hw_targets"),
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_siblings_share_only_the_values(path):
    found = set(imports(path))
    allowed = MAY_IMPORT.get(str(path.relative_to(ROOT)), set())
    assert not ({name.split(".")[0] for name in found} & HEAVY) - allowed
    ours = {name for name in found if name.startswith("spikeff.")}
    stray = {name for name in ours if name not in SHARED and name.rpartition(".")[0] not in SHARED}
    assert not stray
    if path.is_relative_to(ROOT / "lava_export"):
        assert "hw_targets" not in {name.split(".")[0] for name in found}


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


def test_type_checkers_know_what_the_package_offers():
    """The functions are imported when first used; their types must not get lost over that."""
    tree = ast.parse((ROOT / "spikeff" / "__init__.py").read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    told = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in block.body
        for alias in node.names
    }
    assert told == spikeff._API
    assert sorted(spikeff.__all__) == sorted(spikeff._API)
