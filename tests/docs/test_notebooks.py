"""Every notebook runs from top to bottom, on less, and shows what it says it shows."""

import base64
import json
from dataclasses import replace
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn import manifold

from spikeff.data.registry import DATASETS
from tests.paths import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MOST_BYTES = 10**6  # all notebooks with their pictures
PNG = b"\x89PNG"


def agreement_grows(seen, out):
    probes = seen["probes"]
    assert len(probes) == 3
    assert probes[-1].coincidence_ratio[0] > probes[0].coincidence_ratio[0]
    assert "linear readout" in out


def brian2_spikes_the_same(seen, out):
    assert seen["report"].equal
    assert seen["comparison"].spikes > 100
    assert " 0 mismatches" in out


def lava_computes_the_same(seen, out):
    assert seen["outcome"].identical_to_emulator
    assert out.count(" values, 0 mismatches") == 3
    assert seen["right"][-1] > 60


def energy_is_the_sum_of_what_is_shown(seen, out):
    main = seen["main"]
    dynamic = sum(t.joules for t in seen["terms"] if t.part == "dynamic")
    assert dynamic == pytest.approx(main.dynamic_joules.mean)
    assert [r.passes for r in seen["report"].readings] == [10, 1, 4]
    assert f"{main.cores} core(s)" in out


def directions_are_learned_from_coincidences_alone(seen, out):
    assert "over all classes: 1 to 1" in out
    tuning = seen["tuning"]
    assert np.array_equal(tuning.argmax(1), np.arange(10))


# In place of the cell that is tagged "parameters".
PARAMETERS = {
    "01_agreement": {"epochs": 2, "layers": [80, 80]},
    "02_brian2": {"epochs": 1, "layers": [80]},
    "03_loihi": {"epochs": 3, "layers": [200], "bits": (2, 8)},
    "04_energy": {"samples": 6},
    "05_two_ears": {"epochs": 2},
}
CHECKS = {
    "01_agreement": agreement_grows,
    "02_brian2": brian2_spikes_the_same,
    "03_loihi": lava_computes_the_same,
    "04_energy": energy_is_the_sum_of_what_is_shown,
    "05_two_ears": directions_are_learned_from_coincidences_alone,
}


# What they show is there on a quarter of the digits, too.
FEWER = ("01_agreement", "02_brian2")


def fewer_digits(monkeypatch):
    whole = DATASETS["digits"]

    def load(split, directory):
        return whole.load(split, directory).head(360)

    monkeypatch.setitem(DATASETS, "digits", replace(whole, load=load))


@pytest.fixture(autouse=True)
def rough_maps(monkeypatch):
    """Maps of how alike samples are, of a quarter of the iterations: they show nothing here."""
    monkeypatch.setattr(manifold, "TSNE", partial(manifold.TSNE, max_iter=250))


@pytest.fixture(autouse=True)
def no_windows():
    before = plt.get_backend()
    plt.switch_backend("agg")
    yield
    plt.close("all")
    plt.switch_backend(before)


def is_parameters(cell):
    return "parameters" in cell["metadata"].get("tags", [])


def code_cells(path):
    return [c for c in json.loads(path.read_text())["cells"] if c["cell_type"] == "code"]


@pytest.mark.slow
@pytest.mark.docs
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs(path, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    if path.stem in FEWER:
        fewer_digits(monkeypatch)
    seen = {"__name__": "__main__"}
    for number, cell in enumerate(code_cells(path)):
        exec(compile("".join(cell["source"]), f"{path.name}, code cell {number}", "exec"), seen)
        if is_parameters(cell):
            small = PARAMETERS[path.stem]
            assert small.keys() == seen.keys() - {"__name__", "__builtins__"}
            seen |= small
    assert plt.get_fignums()
    for number in plt.get_fignums():
        figure = plt.figure(number)
        figure.canvas.draw()
        assert figure.axes
    CHECKS[path.stem](seen, capsys.readouterr().out)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_kept_with_its_outputs(path):
    """As executed in one go: every picture is there, and no cell failed or warned."""
    cells = code_cells(path)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        kinds = [output["output_type"] for output in cell["outputs"]]
        assert "error" not in kinds
        assert "stderr" not in [output.get("name") for output in cell["outputs"]]
        assert ("subplots(" in "".join(cell["source"])) <= ("display_data" in kinds)
        for output in cell["outputs"]:
            if output["output_type"] == "display_data":
                assert base64.b64decode(output["data"]["image/png"]).startswith(PNG)


def test_there_is_a_check_for_every_notebook_and_all_are_small():
    assert [path.stem for path in NOTEBOOKS] == sorted(CHECKS) == sorted(PARAMETERS)
    assert [is_parameters(code_cells(path)[0]) for path in NOTEBOOKS] == [True] * len(NOTEBOOKS)
    assert sum(path.stat().st_size for path in NOTEBOOKS) < MOST_BYTES
