"""Optuna's study behind a search: judged without training anything."""

import json

import numpy as np
import pytest

from spikeff.errors import FileFormatError, TargetUnavailableError
from spikeff.pipeline.search import study as search_study
from spikeff.pipeline.search.space import Choices, Range
from spikeff.pipeline.search.study import SearchStudy
from spikeff.pipeline.search.trial import Judgement

SPACE = {
    "layers": Choices(([40], [80], [160])),
    "learning_rate": Range(1e-3, 1e-1, log=True),
    "epochs": Range(1, 9),
}
FIRST = {"layers": [80], "learning_rate": 1e-2, "epochs": 4}


@pytest.fixture(autouse=True)
def early_model(monkeypatch):
    monkeypatch.setattr(search_study, "STARTUP", 3)


def judgement(values):
    """Wider is better and dearer; a learning rate of 1e-2 is best."""
    neurons = values["layers"][0]
    return Judgement(0.5 + neurons / 1000 - abs(values["learning_rate"] - 1e-2), neurons, 0.5, 0.4)


def search(journal, trials, seed=0):
    study = SearchStudy(journal, SPACE, FIRST, seed)
    while len(study.trials()) < trials:
        trial, values = study.ask()
        study.tell(trial, judgement(values))
    return [(t.values, t.front) for t in study.trials()]


def test_the_first_trial_is_the_base_and_all_lie_in_the_space(tmp_path):
    found = search(tmp_path / "journal.log", 12)
    assert found[0][0] == FIRST
    assert len({json.dumps(v) for v, _ in found}) > 8
    for values, _ in found:
        for field, dimension in SPACE.items():
            assert dimension.holds(values[field])
        assert type(values["epochs"]) is int


def test_a_search_that_was_stopped_tries_the_same(tmp_path):
    whole = search(tmp_path / "whole.log", 10)
    assert search(tmp_path / "other-seed.log", 10, seed=1) != whole
    journal = tmp_path / "parts.log"
    search(journal, 4)
    study = SearchStudy(journal, SPACE, FIRST, 0)
    study.ask()  # stopped while this one was trained,
    with journal.open("ab") as file:
        file.write(b'{"op_code":5,"torn')  # and in the middle of a write
    assert search(journal, 10) == whole


def test_what_was_judged_before_a_stop_is_kept(tmp_path):
    journal = tmp_path / "journal.log"
    study = SearchStudy(journal, SPACE, FIRST, 0)
    trial, values = study.ask()
    trial.set_user_attr(search_study.JUDGED, vars(judgement(values)))
    (kept,) = SearchStudy(journal, SPACE, FIRST, 0).trials()
    assert kept.judgement == judgement(FIRST)


def test_the_front_is_what_nothing_dominates(tmp_path):
    study = SearchStudy(tmp_path / "journal.log", SPACE, FIRST, 0)
    figures = [(0.9, 100), (0.8, 100), (0.9, 50), (0.95, 200), (0.9, 50), (0.1, 10), (0.1, 11)]
    for accuracy, synops in figures:
        trial, _ = study.ask()
        study.tell(trial, Judgement(accuracy, synops, 0.0, 0.0))
    trial, _ = study.ask()
    study.refuse(trial, "too large")
    trials = study.trials()
    assert [t.front for t in trials] == [False, False, True, True, True, True, False, False]
    assert trials[-1].reason == "too large"


@pytest.mark.parametrize(
    "content",
    [
        b"not json\n",
        b"[]\n",
        b'{"op_code": 99, "worker_id": "x"}\n',
        b"[" * 100_000 + b"\n",
        b'{"op_code":0,"worker_id":"x","study_name":"spikeff","directions":[1]}\n',
        b"\x80\x04cos\nsystem\n(S'touch pwned'\ntR.\n",
    ],
)
def test_foreign_journals_are_refused_by_name(content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    journal = tmp_path / "journal.log"
    journal.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"journal\.log is damaged, foreign, or"):
        SearchStudy(journal, SPACE, FIRST, 0).ask()
    assert [path.name for path in tmp_path.iterdir()] == ["journal.log"]


def test_changed_figures_are_refused_by_name(tmp_path):
    journal = tmp_path / "journal.log"
    search(journal, 2)
    whole = journal.read_bytes()
    for old, new in (
        (b'"accuracy":', b'"acuracy":'),
        (b'"float_accuracy":0.5', b'"float_accuracy":[]'),
    ):
        journal.write_bytes(whole.replace(old, new))
        with pytest.raises(FileFormatError, match="damaged"):
            SearchStudy(journal, SPACE, FIRST, 0).trials()
    journal.write_bytes(whole)
    with pytest.raises(FileFormatError, match="another search space"):
        SearchStudy(journal, {"theta": Range(1.0, 2.0)}, {"theta": 1.5}, 0).trials()


def test_no_change_of_a_journal_brings_more_than_its_error(tmp_path):
    """Bytes of a whole journal changed, dropped or doubled at random."""
    journal = tmp_path / "journal.log"
    search(journal, 4)
    whole = np.frombuffer(journal.read_bytes(), np.uint8)
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(150):
        changed = whole.copy()
        places = rng.integers(len(changed), size=int(rng.integers(1, 4)))
        changed[places] = rng.choice(
            np.frombuffer(b'0193-e."{}[]:,nul\n\xff', np.uint8), len(places)
        )
        low, high = np.sort(rng.integers(len(changed), size=2))
        if rng.random() < 0.5:
            changed = np.concatenate([changed[:low], changed[high:]])
        journal.write_bytes(changed.tobytes())
        try:
            study = SearchStudy(journal, SPACE, FIRST, 0)
            study.trials()
            study.ask()
        except FileFormatError:
            refused += 1
    assert 50 < refused < 150


def test_without_optuna_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(TargetUnavailableError, match=r"pip install 'spikeff\[tune\]'"):
        SearchStudy(tmp_path / "journal.log", SPACE, FIRST, 0)
    assert not list(tmp_path.iterdir())
