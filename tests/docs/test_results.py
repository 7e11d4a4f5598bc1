"""Every page of results follows from the figures beside it, and says how they came about."""

import json
import re
from importlib import import_module

import pytest

from benchmarks.experiments.page import page, records_of
from benchmarks.experiments.sweep import known, read_sweep
from benchmarks.results import paragraph, stamp
from tests.paths import ROOT

RESULTS = ROOT / "docs" / "results"
SCRIPTS = {  # what is no sweep, by the module that writes it
    "parity": "benchmarks.parity",
    "emulator_speed": "benchmarks.speed.emulator",
    "inner_loop": "benchmarks.speed.inner_loop",
    "emulator_scaling": "benchmarks.speed.scaling",
    "test_set": "benchmarks.speed.test_set",
    "training_profile": "benchmarks.speed.profile",
    "training_speed": "benchmarks.speed.training",
    "elsewhere": "benchmarks.elsewhere.measure",
    "imports": "benchmarks.speed.imports",
    "many_workers": "benchmarks.speed.many_workers",
    "gpu_speed": "benchmarks.speed.gpu",
    "learning_engine": "benchmarks.speed.learning",
}
ELSEWHERE = {"mutations"}  # tests/mutations writes it
FIGURES = sorted(p.stem for p in RESULTS.glob("*.json") if p.stem not in ELSEWHERE)


def figures(name):
    return json.loads((RESULTS / f"{name}.json").read_text("utf-8"))


def made_again(name, kept):
    """The page as its figures make it."""
    if name in SCRIPTS:
        return "\n".join(import_module(SCRIPTS[name]).page(kept)).rstrip() + "\n"
    return page(read_sweep(name, smallest=False), records_of(kept), kept["about"])


@pytest.mark.parametrize("name", FIGURES)
def test_a_page_is_what_its_figures_make(name):
    assert (RESULTS / f"{name}.md").read_text("utf-8") == made_again(name, figures(name))


@pytest.mark.parametrize("name", FIGURES)
def test_a_page_says_command_commit_and_date(name):
    about = figures(name)["about"]
    for made in about if isinstance(about, list) else [about]:
        assert made["command"].startswith("python -m ")
        commit = made["added"]["commit"] if "added" in made else made["commit"]
        assert re.fullmatch("[0-9a-f]{40}", commit)
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", made.get("added", made)["date"])
        assert commit[:7] in stamp(made)


def test_every_page_of_results_has_its_figures():
    pages = {p.stem for p in RESULTS.glob("*.md")} - {"index", "training"} - ELSEWHERE
    assert pages == set(FIGURES)
    assert set(FIGURES) <= SCRIPTS.keys() | set(known())


@pytest.mark.parametrize("name", ["mnist", "training_speed"])
def test_a_changed_figure_shows(name):
    kept = figures(name)
    if name == "mnist":
        kept["cases"]["mnist-pairs"][0][0] += 1e-4
    else:
        kept["speed"]["32"]["backprop, Norse"] = [1e-3] * 5
    assert made_again(name, kept) != (RESULTS / f"{name}.md").read_text("utf-8")


def test_figures_without_a_record_of_their_own_say_so():
    versions = {"versions": {"torch": "2.0"}}
    old = stamp({"command": "c", "added": {"commit": "a" * 40, "date": "2026-01-02"}, **versions})
    assert "figures added at commit `aaaaaaa` on 2026-01-02" in old
    now = {"command": "c", "commit": "b" * 40, "changed": True, "date": "2026-01-03"}
    assert "commit `bbbbbbb`, files changed, 2026-01-03" in stamp(now | versions)


def test_a_paragraph_keeps_code_whole():
    lines = paragraph("word " * 17 + "`python -m benchmarks.experiments mnist --data DIR`;")
    assert lines[1] == "`python -m benchmarks.experiments mnist --data DIR`;"
