"""Experiments: each file asks for what exists, and the runner keeps, averages and writes."""

import json
import sys
import types
from importlib import import_module

import pytest
import torch

from benchmarks.experiments import __main__ as runner
from benchmarks.experiments import sweep as sweeps
from benchmarks.experiments.files import KINDS
from benchmarks.experiments.measures import Where, pipeline
from benchmarks.experiments.measures.matched_counts import measure as measure_of_matched_counts
from benchmarks.experiments.measures.matched_counts import task_of
from benchmarks.experiments.measures.network import trained
from benchmarks.experiments.one_ruler import SIGNS
from benchmarks.experiments.page import FORMS, cell, value_at
from benchmarks.experiments.sweep import Case, read_sweep
from benchmarks.results import RESULTS, about
from benchmarks.speed.turns import in_turns, paired
from hw_targets.cost.systems import COUNTS
from spikeff.data.matched_counts import Intervals, Sizes, Synchrony
from spikeff.data.registry import load_split
from spikeff.errors import DataError, UnknownNameError
from spikeff.training.trainer import Trainer

LARGEST = 60_000  # bytes of a summary; what was measured in full belongs into build/

EXPERIMENT = """
title = "Doubling"
introduction = "Twice what goes in."
measure = "doubling"
seeds = 2
settings = {offset = 1}
smallest = {cases = 1, settings = {offset = 7}}
columns = [
    {name = "twice", key = "found.twice", form = "ratio"},
    {name = "per layer, %", key = "shares", form = "percent"},
    {name = "nothing", key = "found.nothing", form = "count"},
]

[axes]
epochs = [1, 2]

[axes.offset]
plain = {}
far = {network.steps = 5, settings = {offset = 10}}
"""


@pytest.fixture
def doubling(tmp_path, monkeypatch):
    """The experiment above with a measure that counts its calls."""
    (tmp_path / "doubling.toml").write_text(EXPERIMENT)
    monkeypatch.setattr(sweeps, "FOLDER", tmp_path)
    calls = []

    def measure(case, seed, where):
        calls.append((case.name, seed))
        twice = 2 * (case.fields["epochs"] + case.settings["offset"]) + seed
        return {"found": {"twice": twice}, "shares": (0.25, 0.5 + 0.1 * seed)}

    module = types.ModuleType("benchmarks.experiments.measures.doubling")
    module.measure, module.calls, module.out = measure, calls, tmp_path
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def run(doubling, **options):
    given = {"data": None, "seeds": None, "only": "", "smallest": False, "redraw": False}
    folders = {"out": doubling.out / "raw", "results": doubling.out / "results"}
    runner.main("doubling", **(given | folders | options))
    page = (doubling.out / "results" / "doubling.md").read_text()
    return page, json.loads((doubling.out / "results" / "doubling.json").read_text())


@pytest.mark.parametrize("name", sweeps.known())
@pytest.mark.slow
def test_every_experiment_asks_for_what_exists(name):
    for smallest in (False, True):
        sweep = sweeps.read_sweep(name, smallest)
        assert sweep.cases
        assert len({case.name for case in sweep.cases}) == len(sweep.cases)
        if sweep.measure != "continuous_time":
            for case in sweep.cases:
                assert case.config(seed=3).seed == 3
    assert callable(import_module(f"benchmarks.experiments.measures.{sweep.measure}").measure)
    assert {column["form"] for column in sweep.columns} <= FORMS.keys()
    assert {file["kind"] for file in sweep.files} <= KINDS.keys()


def test_an_unknown_experiment_lists_those_that_exist():
    with pytest.raises(UnknownNameError, match="phases"):
        sweeps.read_sweep("fases", smallest=False)


@pytest.mark.slow
def test_cases_are_all_labels_of_all_axes(doubling):
    page, summary = run(doubling)
    assert doubling.calls[:2] == [("1 | plain", 0), ("1 | plain", 1)]
    assert len(doubling.calls) == 8
    assert "| epochs | offset | twice | per layer, % | nothing |" in page
    assert "| `1` | `plain` | 4.50 ± 0.71 | 25.00 ± 0.00, 55.00 ± 7.07 | - |" in page
    assert "| `2` | `far` | 24.50 ± 0.71 |" in page
    assert summary["columns"] == ["found.twice", "shares", "found.nothing"]
    assert summary["cases"]["2 | far"] == [[24, [0.25, 0.5], None], [25, [0.25, 0.6], None]]
    (made,) = summary["about"]
    assert {"command", "commit", "date", "processor", "cores", "versions"} <= made.keys()
    assert made["command"] == "python -m benchmarks.experiments doubling"
    assert page.startswith(f"# Doubling\n\nMade by `{made['command']}`; commit `")


def test_what_was_measured_is_not_measured_again(doubling):
    run(doubling, seeds=1, only="far")
    assert doubling.calls == [("1 | far", 0), ("2 | far", 0)]
    page, _ = run(doubling, seeds=1)
    assert len(doubling.calls) == 4
    assert page.count("| `far` |") == 2


def test_records_of_several_origins_name_their_cases(doubling, monkeypatch):
    run(doubling, seeds=1, only="far")
    monkeypatch.setattr(runner, "about", lambda command: about(command) | {"date": "2020-01-02"})
    page, summary = run(doubling, seeds=1)
    assert [made["cases"] for made in summary["about"]] == [
        ["1 | far", "2 | far"],
        ["1 | plain", "2 | plain"],
    ]
    assert "`1 | plain`, `2 | plain`: Made by" in " ".join(page.split())
    assert page.count("2020-01-02") == 1


@pytest.mark.slow
def test_a_page_is_redrawn_from_its_summary(doubling):
    page, summary = run(doubling)
    (doubling.out / "results" / "doubling.md").write_text("changed")
    assert run(doubling, redraw=True) == (page, summary)
    assert len(doubling.calls) == 8


@pytest.mark.slow
def test_the_smallest_form_is_kept_apart(doubling):
    page, _ = run(doubling, smallest=True)
    assert doubling.calls == [("1 | plain", 0)]
    assert "| `1` | `plain` | 16.00 |" in page
    run(doubling, seeds=1)
    assert len(doubling.calls) == 5


def test_cases_without_their_data_are_left_out_and_others_are_kept(doubling):
    measure = doubling.measure

    def refused(case, seed, where):
        if case.labels[1] == "far":
            raise DataError("no files")
        return measure(case, seed, where)

    doubling.measure = refused
    page, _ = run(doubling)
    assert "`plain`" in page
    assert "`far`" not in page
    with pytest.raises(DataError):
        run(doubling, data=doubling.out)


def test_cells_say_what_is_missing_or_wrong():
    assert value_at({"a": [{"b": 3}]}, "a.0.b") == 3
    assert value_at({"a": []}, "a.0") is None
    same = {"key": "same", "form": "same"}
    assert cell(same, [{"same": True}, {"same": False}]) == "NO"
    assert cell(same, [{"same": True}, {}]) == "-"


def test_turns_are_paired_and_the_warm_up_is_left_out():
    ours, theirs = iter([9.0, 1.0, 4.0, 9.0]), iter([1.0, 2.0, 1.0, 3.0])
    found = in_turns({"ours": lambda: next(ours), "theirs": lambda: next(theirs)}, 3, warm_up=1)
    assert found == {"ours": [1.0, 4.0, 9.0], "theirs": [2.0, 1.0, 3.0]}
    assert paired(found, "ours", "theirs") == 3.0


def test_a_summary_keeps_eight_digits(doubling):
    doubling.measure = lambda *_: {"found": {"twice": 15504920.677}, "shares": (0.1, 0.2)}
    page, _ = run(doubling, seeds=1)
    assert "15,504,921.00" in page


def test_summaries_are_small():
    large = {path.name for path in RESULTS.glob("*.json") if path.stat().st_size > LARGEST}
    assert not large


def test_frozen_layers_keep_their_initial_weights():
    train = load_split("digits", "train", None).head(60)
    small = {"preset": "digits-columns", "layers": [20, 20], "column_size": 2, "epochs": 2}
    frozen, free = (
        trained(case, case.config(0), train).network
        for case in (Case(("x",), small, {"frozen": 1}), Case(("x",), small, {}))
    )
    fresh = Trainer(Case(("x",), small, {}).config(0), train, torch.device("cpu"))
    fresh.calibrate()
    for depth, kept in ((0, True), (1, False)):
        for network, same in ((frozen, kept), (free, False)):
            parts = zip(network.weight_parts(depth), fresh.network.weight_parts(depth), strict=True)
            assert all(torch.equal(now, then) == same for now, then in parts)


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        ({"task": "synchrony", "sizes": {"jitter": 1}}, Synchrony),
        ({"task": "intervals", "sizes": {"spikes_per_channel": 2}, "intervals": [2, 5]}, Intervals),
    ],
)
def test_a_task_of_matched_counts_follows_its_settings(settings, kind):
    task = task_of(settings)
    assert isinstance(task, kind)
    assert task.sizes == Sizes(**settings["sizes"])
    if kind is Intervals:
        assert task.intervals == (2, 5)
    with pytest.raises(UnknownNameError, match="intervals, synchrony"):
        task_of(settings | {"task": "rates"})


def test_a_regression_on_counts_is_at_chance(tmp_path):
    sizes = {"train": 200, "test": 100, "channels": 8}
    case = Case(("x",), {}, {"task": "synchrony", "sizes": sizes, "counts": True})
    assert measure_of_matched_counts(case, 0, Where(None, tmp_path)) == {"accuracy": 0.1}


@pytest.mark.slow
def test_the_pipeline_measures_every_column_of_its_pages(tmp_path):
    sweep = read_sweep("running_excess", smallest=True)
    case = sweep.cases[-1]
    found = pipeline.measure(case, 0, Where(None, tmp_path))
    missing = [column["key"] for column in sweep.columns if value_at(found, column["key"]) is None]
    assert not missing
    assert found["train"]["epochs"] == 1
    assert pipeline.trained(case, 0, Where(None, tmp_path))[1]["epochs"] == 1


def test_a_sign_stands_for_everything_that_a_system_may_count():
    assert SIGNS.keys() == set(COUNTS), "or its point is left out of the picture"
