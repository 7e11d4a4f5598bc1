"""Spoken digits: a network, or logistic regression on the counts of its input."""

from __future__ import annotations

from typing import Any

from sklearn.linear_model import LogisticRegression

from benchmarks.experiments.measures import Where, network
from benchmarks.experiments.measures.rate_free import trains
from benchmarks.experiments.sweep import Case


def measure(case: Case, seed: int, where: Where) -> dict[str, Any]:
    """Settings: ``counts``: a regression on counts instead of a network."""
    if not case.settings.get("counts"):
        return network.measure(case, seed, where)
    train, test = network.splits(case, case.config(seed), where)
    model = LogisticRegression(max_iter=500).fit(trains(train).sum(1), train.labels)
    return {"accuracy": float(model.score(trains(test).sum(1), test.labels))}
