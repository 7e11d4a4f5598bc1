"""Where classes are in order, how many answers are at most one class off."""

from dataclasses import MISSING, fields, replace

import pytest

from spikeff.cli.evaluate import _near_rows
from spikeff.pipeline.run.evaluation import EvaluationReport, with_near


@pytest.fixture
def report():
    needed = [f.name for f in fields(EvaluationReport) if f.default is MISSING]
    empty = EvaluationReport(**dict.fromkeys(needed, ()))
    return replace(empty, answers=(3, 4, 2, 8, 0), labels=(3, 3, 3, 3, 18))


def test_answers_one_class_off_are_near(report):
    near = with_near(report, "two-ears-sound")
    assert near.near == ("within 10 degrees", pytest.approx(0.6))
    assert _near_rows(near) == [("answers within 10 degrees", "60.00 %")]


def test_classes_without_an_order_have_no_near_ones(report):
    for dataset in ("spoken-digits", "digits", ""):
        assert with_near(report, dataset).near is None
    assert _near_rows(report) == []
