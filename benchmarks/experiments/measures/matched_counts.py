"""A task of matched counts, of any size and noise: a network, or logistic regression on counts."""

from __future__ import annotations

from typing import Any

from sklearn.linear_model import LogisticRegression

from benchmarks.experiments.measures import Where
from benchmarks.experiments.measures.network import trained
from benchmarks.experiments.measures.rate_free import trains
from benchmarks.experiments.sweep import Case
from spikeff.data.matched_counts import Intervals, MatchedCounts, Sizes, Synchrony, draw
from spikeff.errors import UnknownNameError
from spikeff.training.evaluation import evaluate

KINDS = {"intervals": Intervals, "synchrony": Synchrony}


def task_of(settings: dict[str, Any]) -> MatchedCounts:
    """The task of the settings ``task``, ``sizes`` and, of intervals, ``intervals``."""
    kind = settings["task"]
    if kind not in KINDS:
        raise UnknownNameError("task of matched counts", kind, KINDS)
    more = {"intervals": tuple(settings["intervals"])} if "intervals" in settings else {}
    made: MatchedCounts = KINDS[kind](Sizes(**settings["sizes"]), **more)
    return made


def measure(case: Case, seed: int, where: Where) -> dict[str, Any]:
    """Settings: see :func:`task_of`; ``counts``: a regression on counts instead of a network."""
    task = task_of(case.settings)
    train, test = draw(task, "train"), draw(task, "test")
    if case.settings.get("counts"):
        model = LogisticRegression().fit(trains(train).sum(1), train.labels)
        return {"accuracy": float(model.score(trains(test).sum(1), test.labels))}
    trainer = trained(case, case.config(seed), train)
    return evaluate(trainer.model, test).as_dict()
