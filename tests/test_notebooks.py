"""Every notebook runs from top to bottom, with few epochs."""

import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs(path, monkeypatch, capsys):
    monkeypatch.setenv("SPIKEFF_NOTEBOOK_EPOCHS", "2")
    cells = json.loads(path.read_text())["cells"]
    namespace = {"__name__": "__main__"}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), namespace)
    assert namespace["report"].equal
    assert "0 mismatches" in capsys.readouterr().out


def test_there_are_notebooks():
    assert NOTEBOOKS
