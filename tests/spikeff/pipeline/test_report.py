"""The page: whole, alone, and alive in a browser."""

import json
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from spikeff.errors import SpikeffError
from spikeff.ir.connectivity import LocalFields
from spikeff.lowering import describe_timed
from spikeff.nn import Projection, TimedNetwork
from spikeff.pipeline.energy.early_answer import EarlyPoint, threshold_curve
from spikeff.pipeline.report import collect, energy_figures
from spikeff.pipeline.report.drawing import wilson
from spikeff.pipeline.report.energy_figures import published_results
from spikeff.pipeline.report.page import table
from spikeff.pipeline.report.sections import first_weights
from spikeff.pipeline.report.spike_figures import receptive_fields
from spikeff.pipeline.units import engineering
from tests.lava_models import without_runtime
from tests.networks.timed import LABELS, codes, population

OF_ANY_NETWORK = [
    "accuracy",
    *(f"raster-{k}" for k in range(3)),
    "goodness",
    "readings",
    "split",
    "power",
    "thresholds",
    "capacity",
]
FIGURES = OF_ANY_NETWORK.copy()
FIGURES[1:1] = ["training", "time", "agreement"]
FIGURES.insert(FIGURES.index("readings"), "fields")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def test_fields_of_a_first_layer_that_is_no_matrix_are_shown():
    """Fields of 3 x 3 at each place of 4 x 5, beside labels that reach the layer, too."""
    up = LocalFields((1, 4, 5), 1, (3, 3), padding=(1, 1))
    projections = [Projection("pixels", "layer1", up), Projection("labels", "layer1")]
    inputs, layers = {"pixels": 20, "labels": LABELS.channels}, {"layer1": population(20)}
    network = TimedNetwork(inputs, layers, projections, torch.Generator().manual_seed(0))
    weights = first_weights(describe_timed(network, **codes(20, 6, ("layer1",))))
    learned = network.arrivals[0].synapses.weight.detach().numpy()
    np.testing.assert_array_equal(weights, up.matrix(learned))
    assert (weights != 0).sum(1).min() == 4
    assert len(receptive_fields(weights, (4, 5)).data) == 20


@pytest.fixture(scope="module")
def page(run_directory, session_json):
    out = run_directory.parent / "report.html"
    with pytest.MonkeyPatch.context() as monkeypatch:
        without_runtime(monkeypatch)
        code, result = session_json(
            *("report", run_directory, "--out", out, "--samples", 30, "--check", 1),
            *("--table", "loihi1", "--table", "loihi2-scenario"),
        )
    assert code == 0
    assert result["page"] == str(out)
    assert result["samples"] == 30
    assert result["figures"] == FIGURES
    assert out.stat().st_size == result["bytes"]
    return out


@pytest.mark.slow
def test_the_page_says_what_made_it(page):
    text = page.read_text()
    for words in ("Davies", "ISSCC", "sha256", "norse / brian2", "Activation sparsity"):
        assert words in text
    assert "spikeff train --config" in text
    assert "column_size = 10" in text, "the configuration"
    assert re.search(r"torch 2\.\d+", text)


@pytest.mark.slow
def test_the_page_names_no_address_to_load(page):
    """No element outside the plotting library asks for anything."""
    text = re.sub(r"<script>.*?</script>", "", page.read_text(), flags=re.DOTALL)
    assert re.findall(r"<(?:script|img|iframe|link)[^>]*(?:src|href)=\"(?!data:)", text) == []
    assert "<details>" in text


@pytest.mark.slow
def test_the_page_lives_in_a_browser_without_a_network(page):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        pytest.skip(f"no browser among {', '.join(BROWSERS)}")
    problems, requests = [], []
    with playwright.sync_playwright() as driver:
        instance = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        context = instance.new_context(offline=True)
        tab = context.new_page()
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("requestfailed", lambda request: problems.append(request.url))
        tab.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(page.as_uri())
        tab.wait_for_function(
            f"document.querySelectorAll('.js-plotly-plot .main-svg').length >= {len(FIGURES)}"
        )
        plots = tab.evaluate(
            "Object.fromEntries([...document.querySelectorAll('.js-plotly-plot')].map("
            "d => [d.id, d._fullData.map(t => [t.type, (t.x || t.z[0]).length])]))"
        )
        tab.evaluate("Plotly.relayout('raster-0', {'xaxis.range': [1, 3]})")
        zoomed = tab.evaluate("document.getElementById('raster-0')._fullLayout.xaxis.range")
        instance.close()
    assert problems == []
    assert requests == [page.as_uri()]
    assert list(plots) == FIGURES
    for traces in plots.values():
        assert traces
        assert sum(length for _, length in traces) > 0
    assert zoomed == [1, 3]


@pytest.mark.slow
def test_the_page_begins_with_what_the_network_is_and_what_it_costs(page):
    text = page.read_text()
    summary = re.search(r"<dl>(.*?)</dl>", text, re.DOTALL)[1]
    words = re.findall(r"<dt>(.*?)</dt>", summary)
    assert words == ["Network", "Accuracy", "Time", "Cost", "Chip"]
    for said in ("-100 LIF neurons, at most one spike", "of 30 test samples", "Chance: 10.0 %"):
        assert said in summary
    for said in ("coincidence ratio", "of what is above chance is time", "never measured", "µ"):
        assert said in summary
    assert not re.search(r"\d[eE]-\d", summary), "SI prefixes"
    titles = re.findall(r'<h2 id="(.*?)">', text)
    assert re.findall(r'<a href="#(.*?)">', text) == titles
    identifiers = re.findall(r'\bid="(.*?)"', text)
    assert len(set(identifiers)) == len(identifiers)


@pytest.mark.slow
@pytest.mark.usefixtures("lava_in_process")
def test_a_network_file_has_a_page_without_what_only_a_run_has(
    network_file, session_json, tmp_path, monkeypatch
):
    def fails(*_):
        raise SpikeffError("a second model that fails")

    monkeypatch.setattr(collect, "compare_sanafe", fails)
    out = tmp_path / "page.html"
    asked = ("report", network_file, "--samples", 12, "--check", 1, "--table", "loihi2-scenario")
    code, result = session_json(*asked)
    assert code == 1
    assert "--out" in result["error"]
    code, result = session_json(*asked, "--out", out)
    assert code == 0
    assert result["figures"] == [name for name in OF_ANY_NETWORK if name != "power"]
    text = out.read_text()
    assert "Not here: a second model that fails" in text, "and the rest of the page is there"
    assert "in floating point" not in text


def estimates(network_file):
    from spikeff.pipeline.energy.estimate import energy

    return energy(network_file, samples=3, tables=("loihi1", "loihi2-scenario"))


def test_a_table_of_bounds_alone_is_a_bracket_and_no_bar(network_file):
    report = estimates(network_file)
    figure = energy_figures.readings(report)
    *bars, total = figure.data
    scenario = [k for k, name in enumerate(total.y) if "loihi2-scenario" in name]
    assert len(scenario) == len(report.readings)
    for k, name in enumerate(total.y):
        drawn = sum(bar.x[k] for bar in bars)
        assert (drawn == 0) == (k in scenario), name
        assert (total.marker.opacity[k] == 0) == (k in scenario)
        spread = report.readings[k // 2].tables[k % 2].total_joules
        ends = (total.x[k] - total.error_x.arrayminus[k], total.x[k] + total.error_x.array[k])
        assert ends == pytest.approx((spread.low, spread.high))


def test_the_power_trace_is_the_energy_of_a_presentation(network_file):
    """A bar's area is the energy of its step; all of them that of a presentation."""
    report = estimates(network_file)
    (bars,) = energy_figures.power(report.profile).data
    areas = np.asarray(bars.width) * np.asarray(bars.y)
    assert areas.sum() == pytest.approx(sum(step.joules for step in report.profile.steps))
    assert bars.x[1] == pytest.approx(bars.width[0])


def test_no_bar_stands_on_a_logarithmic_axis(network_file):
    """A bar says how much by its length, which such an axis does not keep."""
    report = estimates(network_file)
    for figure in (energy_figures.readings(report), energy_figures.split(report.main)):
        if figure.layout.xaxis.type == "log":
            assert {trace.type for trace in figure.data} == {"scatter"}


def test_accuracy_has_its_interval_against_energy_too():
    point = EarlyPoint(0.5, 0.9, 1e-6, 0.8e-6, 1.5e-6, 1.0)
    report = SimpleNamespace(main=SimpleNamespace(table="loihi1"), readings=())
    figure = energy_figures.against_accuracy([point], report, [], samples=10)
    (trace,) = figure.data
    assert trace.mode == "markers", "no line between points: it would be read as a law"
    assert trace.error_y.array[0] == pytest.approx(8.21, abs=0.01)
    assert trace.error_y.arrayminus[0] == pytest.approx(30.42, abs=0.01)
    low, high = figure.layout.yaxis.range
    assert low < 90 - 30.42
    assert high > 98.2


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.374e-6, "J", "1.37 µJ"),
        (9.38525e-08, "J", "93.9 nJ"),
        (0.0, "J", "0 J"),
        (2, "s", "2 s"),
        (9.9996e-7, "J", "1 µJ"),
    ],
)
def test_numbers_with_si_prefixes(value, unit, text):
    assert engineering(value, unit) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1383214.25, "1,383,214"), (-2e6, "-2,000,000"), (40688.0, "40,688"), (0.8107641, "0.810764")],
)
def test_large_means_stand_in_a_table_with_all_their_digits(value, text):
    assert f">{text}</td>" in table(("count",), [(value,)])


def test_a_report_of_nothing_writes_nothing(session_json, tmp_path):
    code, result = session_json("report", tmp_path)
    assert code == 1
    assert "it is not a run directory" in result["error"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("lava_in_process")
def test_class_columns_answer_early_by_steps(session_json, tmp_path):
    config = tmp_path / "tiny.toml"
    config.write_text(
        'preset = "digits-columns"\nnetwork.layers = [100, 100]\nschedule.epochs = 2\n'
    )
    run = tmp_path / "run"
    assert session_json("train", "--config", config, "--out", run)[0] == 0
    code, result = session_json(
        *("report", run, "--samples", 20, "--check", 1, "--table", "loihi1")
    )
    assert code == 0
    text = (run / "report.html").read_text()
    assert "steps are run until the best class leads" in text
    data = re.search(r'"goodness thresholds, loihi1".*?"x":(\[.*?\]|\{.*?\})', text, re.DOTALL)
    assert data is not None
    assert result["figures"] == FIGURES
    assert json.loads((run / "run.json").read_text())["seed"] == 0


def test_threshold_curve_by_hand():
    """Two samples, two stages. Only the second sample's first answer is wrong."""
    answers = np.array([[3, 1], [3, 2]])
    confidence = np.array([[0.9, 0.2], [0.9, 0.5]])
    joules = dict.fromkeys(("low", "value", "high"), np.array([[1.0, 1.0], [3.0, 3.0]]))
    points = threshold_curve(answers, confidence, joules, np.array([3, 2]))
    first, last = points[0], points[-1]
    assert (first.accuracy, first.joules, first.stages) == (0.5, 1.0, 1.0)
    assert (last.accuracy, last.joules, last.stages) == (1.0, 3.0, 2.0)
    at_0_2 = next(p for p in points if p.threshold == 0.2)
    assert (at_0_2.accuracy, at_0_2.joules, at_0_2.stages) == (1.0, 2.0, 1.5)


def test_wilson_interval():
    """9 of 10: 0.596 to 0.982 (Wilson 1927)."""
    low, high = wilson(np.array([0.9]), np.array([10]))
    assert [low[0], high[0]] == pytest.approx([0.5958, 0.9821], abs=1e-4)


def test_published_results_stand_beside_on_mnist():
    """Renner et al. 2024, Table 1: Loihi 96.3 % at 2.5 uJ, TrueNorth 92.7 % at 0.27 uJ."""
    found = {s.title: (s.accuracy, s.microjoules, s.counts) for s in published_results("mnist")}
    assert found["Renner 2024, Loihi"] == (96.3, 2.5, "dynamic")
    assert found["Esser 2015, TrueNorth, 512 neurons"] == (92.7, 0.27, "share of cores")
    assert not any("Park" in title or "learning" in title for title in found), "rows of learning"
    assert len(found) == 10
    assert published_results("digits") == ()


def test_keyword_spotters_stand_beside_on_spoken_digits():
    """Blouw et al. 2019: 0.27 mJ above idle on Loihi 1; Bos and Muir 2024: Xylo Audio 2."""
    found = published_results("spoken-digits")
    assert ("Loihi 1", 271.5, "dynamic") in {(s.hardware, s.microjoules, s.counts) for s in found}
    assert any(s.hardware.startswith("Xylo") for s in found)
    assert published_results("spoken-digits@george") == found
