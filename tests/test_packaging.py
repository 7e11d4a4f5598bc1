"""Source distribution and wheel, built and used outside the repository.

The environment holds the wheel and exactly the packages that it declares, linked from the
environment that runs the tests: no extra, nothing of ``dev``, so an undeclared import fails here.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import BytesParser
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lava_export.lava.compat import INSTALL
from spikeff.extras import EXTRAS
from tests.paths import ROOT

pytestmark = pytest.mark.slow
PACKAGES = ("spikeff", "lava_export", "hw_targets")
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "runs")
BUILD = (
    "import sys; from setuptools import build_meta as b; print(getattr(b, sys.argv[1])('../out'))"
)


def outside(**more):
    """The environment of a child process that knows nothing of the repository."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return kept | {"PYTHONSAFEPATH": "1"} | more


def build(kind, folder):
    """Build with the project's own backend; returns the archive's path."""
    done = subprocess.run(
        [sys.executable, "-c", BUILD, f"build_{kind}"],
        cwd=folder,
        env=outside(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder.parent / "out" / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packaging")
    shutil.copytree(ROOT, folder / "copy", ignore=LEFT_OUT)
    (folder / "out").mkdir()
    return build("sdist", folder / "copy")


@pytest.fixture(scope="module")
def wheel(sdist):
    """Built from the source distribution alone."""
    folder = sdist.parent.parent
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return build("wheel", folder / sdist.name.removesuffix(".tar.gz"))


def declared(texts):
    """Distributions that the requirements bring, as far as they are declared for this Python."""
    found = {}
    waiting = [Requirement(text) for text in texts]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if not wanted or name in found:
            continue
        found[name] = metadata.distribution(name)
        waiting += [Requirement(text) for text in found[name].requires or ()]
    return found.values()


def link(distribution, folder):
    """Link a distribution's packages and modules into ``folder``."""
    for top in {file.parts[0] for file in distribution.files} - {"..", "__pycache__"}:
        target = folder / top
        if not target.exists():
            target.symlink_to(distribution.locate_file(top))


@pytest.fixture(scope="module")
def description(wheel):
    """The wheel's own metadata."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return BytesParser().parsebytes(archive.read(name))


@pytest.fixture(scope="module")
def installed(wheel, description, tmp_path_factory):
    """Run a program of a fresh environment, in an empty directory: (exit code, stdout, stderr)."""
    folder = tmp_path_factory.mktemp("fresh")
    environment, packages, work = folder / "env", folder / "packages", folder / "work"
    packages.mkdir()
    work.mkdir()
    for distribution in declared(description.get_all("Requires-Dist")):
        link(distribution, packages)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    subprocess.run(
        [*pip, "install", "-q", "--no-compile", "--no-deps", "--no-index", wheel], check=True
    )
    (site,) = (environment / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(f"{packages}\n")

    def call(program, *arguments):
        done = subprocess.run(
            [environment / "bin" / program, *map(str, arguments)],
            cwd=work,
            env=outside(),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return call


def test_the_wheel_holds_every_data_file(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    files = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {f"{package}/py.typed" for package in PACKAGES} <= files
    assert files - held == set()
    assert [n for n in held - files if not n.split("/")[0].endswith(".dist-info")] == []


def test_the_source_distribution_can_be_tested(sdist):
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert {"Makefile", "constraints.txt", "CHANGELOG.md", "docs/architecture.md"} <= held
    assert str(Path(__file__).relative_to(ROOT)) in held


def test_every_extra_is_named_where_it_is_missed(description):
    """An extra that no message or documentation names would never be found."""
    collections = {"all", "check", "dev", "notebooks"}
    extras = set(description.get_all("Provides-Extra")) - collections
    assert extras == {*EXTRAS.values(), "lava"}
    assert "spikeff[lava]" in INSTALL


def test_every_package_of_an_extra_is_brought_by_it(description):
    requirements = [Requirement(text) for text in description.get_all("Requires-Dist")]
    brings = metadata.packages_distributions()
    for package, extra in EXTRAS.items():
        named = {
            canonicalize_name(r.name)
            for r in requirements
            if r.marker and r.marker.evaluate({"extra": extra})
        }
        names = {canonicalize_name(name) for name in brings.get(package, [package])}
        assert named & names, (package, extra)


MAIN_JOB = """
import importlib, pathlib, sys
from importlib import resources
for package in ("spikeff", "lava_export", "hw_targets"):
    typed = resources.files(package) / "py.typed"
    assert typed.is_file() and pathlib.Path(sys.prefix) in typed.parents, typed

import spikeff
from spikeff.zoo import zoo
from lava_export.integers.file import load_integer_network

for entry in zoo().values():
    load_integer_network(entry.path)
assert spikeff.run("zoo:digits", samples=40).accuracy > 0.9
tables = ("loihi1", "loihi1-fitted", "loihi2-scenario")
assert len(spikeff.energy("zoo:digits", samples=2, tables=tables).readings[0].tables) == 3
assert spikeff.bundle("zoo:digits", "job.zip", samples=1)
spikeff.train("run", preset="digits", layers=[80], epochs=1)
assert (resources.files("hw_targets.cost") / "systems.toml").is_file()
"""


def test_the_main_job_outside_the_repository(installed):
    """Every kind of data file is read: presets, zoo, cost tables, job, published results."""
    code, _, err = installed("python", "-c", MAIN_JOB)
    assert (code, err) == (0, "")


def test_the_console_script(installed):
    code, out, err = installed("spikeff", "presets", "--json")
    assert code == 0, err
    assert "digits" in json.loads(out)["presets"]
    code, _, err = installed("python", "-m", "spikeff", "evaal")
    assert (code, "eval" in err) == (2, True)
