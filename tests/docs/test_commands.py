"""Every command and every block of code of README and docs does what its page says."""

import gzip
import hashlib
import importlib
import importlib.metadata
import importlib.util
import inspect
import re
import runpy
import shlex
import shutil
import struct
import sys
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest
import torch
import typer

from benchmarks.experiments.sweep import read_sweep
from docs_site.recorded_output import WIDTH
from spikeff.cli.main import app
from spikeff.data import download
from spikeff.data import registry as datasets
from spikeff.ir.io.text import read_toml
from tests.docs import smaller
from tests.docs.pages import PAGES, ROOT, mentioned, name_of, split
from tests.registries import registries_kept

RUNNABLE = [p for p in PAGES if any(b.language in ("sh", "python") for b in split(p)[0])]


def idx(array):
    return gzip.compress(
        struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()
    )


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """A folder of IDX files as MNIST's, of ten samples of each digit."""
    folder = tmp_path_factory.mktemp("published")
    rng = np.random.default_rng(0)
    labels = np.arange(100, dtype=np.uint8) % 10
    prototypes = rng.integers(0, 256, (10, 28, 28), dtype=np.uint8)
    for k, file in enumerate(download.FILES):
        (folder / file).write_bytes(idx(labels if k % 2 else prototypes[labels]))
    return folder


def fewer_digits(monkeypatch):
    """A twelfth of the digits: how well is learned is tested elsewhere."""
    for name in ("digits", "context"):
        whole = datasets.DATASETS[name]
        monkeypatch.setitem(datasets.DATASETS, name, replace(whole, load=_fewer(whole.load)))


def _fewer(load):
    return lambda split, directory: load(split, directory).head(120)


@pytest.fixture(scope="module")
def digits_run(tmp_path_factory, session_cli):
    folder = tmp_path_factory.mktemp("digits")
    (folder / "digits.toml").write_text(smaller.PRESETS["digits"] + "schedule.epochs = 2\n")
    run = folder / "run"
    with pytest.MonkeyPatch.context() as monkeypatch:
        fewer_digits(monkeypatch)
        code, _, err = session_cli("train", "--config", folder / "digits.toml", "--out", run)
    assert code == 0, err
    return run


@pytest.fixture
def new_process():
    """Forgets what Python registered, as the next command of a reader's shell would not know it."""
    process = ExitStack()

    def forget():
        process.close()
        process.enter_context(registries_kept())

    forget()
    yield forget
    process.close()


@pytest.fixture
def reader(tmp_path, monkeypatch, published, lava_in_process):
    """A reader's own directory, with MNIST's source replaced by a folder."""
    sums = tuple(hashlib.md5((published / f).read_bytes()).hexdigest() for f in download.FILES)
    source = download.Source(published.as_uri() + "/", sums)
    monkeypatch.setitem(download.SOURCES, "mnist", source)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(published, tmp_path / "images")
    (tmp_path / "recordings").mkdir()
    return tmp_path


def reduced(words, folder):
    """The words of a command of spikeff, on less."""
    words = [smaller.WORDS.get(word, word) for word in words]
    words = [str(min(folder.glob(w))) if "*" in w else w for w in words]
    if "--preset" in words:
        at = words.index("--preset")
        preset = words[at + 1]
        if preset in smaller.PRESETS:
            (folder / f"{preset}.toml").write_text(smaller.PRESETS[preset])
            words[at : at + 2] = ["--config", f"{preset}.toml"]
    for option, value in smaller.OPTIONS.get(words[0], {}).items():
        if option in words:
            words[words.index(option) + 1] = value
        else:
            words += [option, value]
    return words


def run_spikeff(line, folder, session_cli):
    words = reduced(shlex.split(line)[1:], folder)
    code, out, err = session_cli(*words)
    printed = out + err
    for start, (module, extra) in smaller.EXTRAS.items():
        if line.startswith(start) and importlib.util.find_spec(module) is None:
            assert code == 1
            assert extra in err
            return printed
    assert code == 0, f"{line}\nran as {words}\n{err}"
    assert printed
    return printed


def recipe(target):
    """Lines of a target of the Makefile."""
    text = (ROOT / "Makefile").read_text()
    found = re.search(rf"^{target}:.*\n((?:\t.*\n)*)", text, re.MULTILINE)
    assert found, f"make {target}: the Makefile has no such target"
    return found[1]


def require_make(line):
    """Targets exist; what they start is tested elsewhere: the demo, pytest, ruff and mypy."""
    targets = [w for w in shlex.split(line)[1:] if "=" not in w]
    assert targets
    for target in targets:
        recipe(target)
        assert re.search(rf"^\.PHONY:.*\b{target}\b", (ROOT / "Makefile").read_text(), re.M)


def install(folder):
    """Leave of the package in ``folder`` what pip leaves of it for others to find."""
    project = read_toml(folder / "pyproject.toml", "project")["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = []
    for group, entries in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


def run_benchmark(line, folder, monkeypatch):
    """Run it on less where smaller.py says how; else its own parser reads the arguments."""
    name, *arguments = shlex.split(line.split(" -m ", 1)[1])
    module = importlib.import_module(name)
    if hasattr(module, "__path__"):
        module = importlib.import_module(f"{name}.__main__")
    if not inspect.signature(module.main).parameters:
        assert not arguments
        return
    if name == "benchmarks.experiments":
        name = f"{name} {arguments[0]}"
        assert read_sweep(arguments[0], smallest=False).cases
    command = typer.Typer()
    command.command()(module.main)
    command([*arguments, "--help"], standalone_mode=False)
    if name in smaller.BENCHMARKS:
        monkeypatch.setattr(module, "RESULTS", folder, raising=False)
        command(smaller.BENCHMARKS[name], standalone_mode=False)


def run_file(name, folder, monkeypatch):
    """A file that the reader has beside the docs, as a process of its own would run it."""
    monkeypatch.setattr(sys, "path", [str((ROOT / name).parent), *sys.path])
    before = set(sys.modules)
    with torch.random.fork_rng():
        runpy.run_path(str(ROOT / name), run_name="__main__")
    for module in {"task", "training"} & set(sys.modules) - before:
        del sys.modules[module]


def other_library(block):
    """Whether the block starts with a file whose library is not installed here."""
    library = smaller.LIBRARIES.get(block.commands[0]) if block.commands else None
    installed = {name for of in importlib.metadata.packages_distributions().values() for name in of}
    return library is not None and library not in installed


def run_shell(line, folder, session_cli, monkeypatch):
    if line.startswith("spikeff "):
        return run_spikeff(line, folder, session_cli)
    if line in smaller.ELSEWHERE:
        pass
    elif line.startswith("python docs/"):
        run_file(line.split()[1], folder, monkeypatch)
    elif line.startswith("make "):
        require_make(line)
    elif line == "pip install .":
        install(folder)
    elif line.startswith("python -m benchmarks"):
        run_benchmark(line, folder, monkeypatch)
    else:
        pytest.fail(f"nothing says how to run {line!r}: extend tests/docs/smaller.py")
    return ""


def less(page, text):
    for number, smaller_one in smaller.NUMBERS.get(page, {}).items():
        text = text.replace(number, smaller_one)
    return text


def row_names(text):
    """Words in the first column of printed tables, numbers left out."""
    rows = [line for line in text.splitlines() if line.startswith("  ")]
    first = (re.split(r"\s{2,}", row.strip())[0] for row in rows)
    return {word for name in first for word in re.findall(r"[a-z]{3,}", name)}


@pytest.mark.slow
@pytest.mark.docs
@pytest.mark.parametrize("path", RUNNABLE, ids=name_of)
def test_blocks_run_in_their_order(path, reader, session_cli, digits_run, new_process, monkeypatch):
    page = name_of(path)
    if page in smaller.NEEDS_RUN:
        shutil.copytree(digits_run, reader / "runs" / "digits")
    if page not in smaller.WELL_LEARNED:
        fewer_digits(monkeypatch)
    monkeypatch.setenv("COLUMNS", WIDTH)
    printed, names = "", {"__name__": "__main__"}
    exec(smaller.GIVEN.get(page, ""), names)
    monkeypatch.setattr(sys, "path", [str(reader), *sys.path])
    for block in split(path)[0]:
        if block.title:
            (reader / block.title).write_text(block.text)
        if block.language == "sh" and not other_library(block):
            new_process()
            lines = [run_shell(c, reader, session_cli, monkeypatch) for c in block.commands]
            printed = "".join(lines)
        elif block.language == "text" and printed:
            assert row_names(block.text) <= row_names(printed), f"{page}:{block.line}"
            printed = ""
        elif block.language == "python" and not block.title:
            exec(compile(less(page, block.text), f"{page}:{block.line}", "exec"), names)


def test_what_runs_on_less_stands_on_its_page():
    for page, numbers in smaller.NUMBERS.items():
        assert [n for n in numbers if n not in (ROOT / page).read_text("utf-8")] == []


def command_of(words):
    """The command that ``words`` name, and the words behind its name."""
    found = typer.main.get_command(app)
    while words and words[0] in getattr(found, "commands", {}):
        found, words = found.commands[words[0]], words[1:]
    return found, words


@pytest.mark.slow
@pytest.mark.docs
@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_commands_in_the_text_exist(path, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for line in mentioned(path):
        words = line.split()
        if words[0] == "make":
            require_make(line)
        elif words[0] == "spikeff":
            command, rest = command_of(words[1:])
            of_all = rest == words[1:] and rest[0].startswith("--")
            assert of_all or not hasattr(command, "commands"), f"{line}: no such command"
            known = {option for p in command.params for option in p.opts}
            assert {w for w in rest if w.startswith("--")} <= known | {"--help"}, line
        elif "benchmarks" in line:
            run_benchmark(line.replace("RUN...", "RUN").replace(" N", " 5"), tmp_path, monkeypatch)
        else:
            assert importlib.util.find_spec(words[words.index("-m") + 1]), line


def test_demo_and_test_are_what_the_readme_says():
    assert "spikeff demo" in recipe("demo")
    assert "pytest" in recipe("test")
    for tool in ("ruff check", "ruff format --check", "mypy"):
        assert tool in recipe("check")
