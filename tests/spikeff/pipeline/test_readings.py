"""Ways of reading an answer, from goodness and logits made by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from spikeff.ir.codes import ALL_LABELS, CLASS_COLUMNS, Readout
from spikeff.ir.readout_codes import best_classes, best_listed, likeliest
from spikeff.pipeline.energy.early_answer import early_answers
from spikeff.pipeline.energy.measurement import LABEL_PASS
from spikeff.pipeline.run.readings import (
    ALL_LABELS as ALL_PASSES,
)
from spikeff.pipeline.run.readings import (
    COLUMNS,
    LIST,
    ONE_PASS,
    OUTPUT_COUNTS,
    read,
    short_list,
)

CLASSES = 4
# Ten tenths and one: equal in exact arithmetic.
ROUNDED = sum([0.1] * 10), 1.0


def test_of_tied_classes_the_lowest_wins_whatever_the_rounding():
    below, above = sorted(ROUNDED)
    assert below != above
    table = np.array([[0.0, below, above, 0.5], [above, 0.0, below, 0.0], [-above, -below, -4, -5]])
    assert best_classes(table).tolist() == [1, 0, 0]
    assert best_classes(table, table != table[:, [1]]).tolist() == [2, 0, 0]


def test_of_a_list_the_lowest_label_wins_not_the_first_of_the_list():
    goodness = np.array([[9.0, ROUNDED[0], 0.0, ROUNDED[1]], [9.0, 9.0, 9.0, 9.0]])
    listed = np.array([[3, 2, 1], [2, 3, 1]])
    assert best_listed(goodness, listed).tolist() == [1, 1]
    logits = np.array([[0.0, 1.0, 1.0, 1.0], [-1.0, -2.0, -1.0, -3.0]])
    assert likeliest(logits, 3).tolist() == [[1, 2, 3], [0, 2, 1]]


def readout(kind, bias):
    return Readout(kind, "rate", 0.0, CLASSES, ("layer1",), np.zeros((CLASSES, 4)), np.array(bias))


POPULATION = SimpleNamespace(name="layer1", column_size=1, constraint_columns=0)


def counted(counts):
    """Spikes (steps, presentations, neurons) with these counts (presentations, neurons)."""
    return np.arange(8)[:, np.newaxis, np.newaxis] < np.asarray(counts)


def test_answers_with_a_label_in_the_input():
    """Two samples of class 3 and 2; the readout lists 3, 2, 1 of both.

    Squared counts of their four passes: 16, 9, 9, 4 and 0, 1, 4, 4. Of the list, 1 and 2 tie in the
    first sample, 2 and 3 in the second.
    """
    passes = [[4], [3], [3], [2], [0], [1], [2], [2], [1], [1]]
    spikes = {"layer1": counted(np.repeat(passes, 4, axis=1))}
    found = read(spikes, readout(ALL_LABELS, [0.0, 1.0, 2.0, 3.0]), [POPULATION], np.array([3, 2]))
    whole, single, listed = found.all
    assert whole.right.tolist() == [False, True]
    assert whole.passes.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert single.right.tolist() == [True, False]
    assert single.passes.tolist() == [[8], [9]]
    assert (listed.name, listed.right.tolist()) == (LIST, [False, True])
    assert listed.passes.tolist() == [[8, 3, 2, 1], [9, 7, 6, 5]]
    # To learn: a neutral pass, which does not, then the right and the likeliest wrong label.
    assert found.learning.tolist() == [[8, 3, 2], [9, 6, 7]]
    assert found.learning_passes == 2


def test_answers_with_class_columns():
    found = read(
        {"layer1": counted([[1, 2, 2, 0], [3, 1, 0, 0]])},
        readout(CLASS_COLUMNS, [0.0, 0.0, 0.0, 1.0]),
        [POPULATION],
        np.array([1, 3]),
    )
    columns, single = found.all
    assert (columns.name, columns.right.tolist()) == (COLUMNS, [True, False])
    assert (single.name, single.right.tolist()) == (ONE_PASS, [False, True])
    assert found.goodness.tolist() == [[1, 4, 4, 0], [9, 1, 0, 0]]
    assert (found.learning.tolist(), found.learning_passes) == ([[0], [1]], 1)


def test_output_neurons_that_answer_by_their_counts():
    """As in a network made elsewhere: one readout, and no training step of ours."""
    counts = {"layer1": counted([[1, 2, 2, 0], [3, 1, 0, 0]])}
    found = read(counts, readout(CLASS_COLUMNS, [0.0] * 4), [POPULATION], np.array([1, 3]))
    (only,) = found.all
    assert (only.name, only.right.tolist()) == (OUTPUT_COUNTS, [True, False])
    assert found.learning is None


@pytest.mark.parametrize(("classes", "size"), [(2, 0), (3, 2), (4, 3), (10, 3)])
def test_a_short_list_is_shorter_than_all(classes, size):
    assert short_list(classes) == size
    if classes <= CLASSES:
        kind = Readout(
            ALL_LABELS, "rate", 0.0, classes, ("layer1",), np.zeros((classes, 4)), np.ones(classes)
        )
        passes = counted(np.zeros((classes + 1, 4)))
        found = read({"layer1": passes}, kind, [POPULATION], np.array([1]))
        names = {reading.name: reading.passes.shape[1] for reading in found.all}
        expected = {ALL_PASSES: classes, ONE_PASS: 1} | ({LIST: size + 1} if size else {})
        assert names == expected
        assert found.learning.shape == (1, 3)


class Joules(SimpleNamespace):
    """Stands in for an estimate: three levels, the bounds 10 below and above the value."""

    def total_joules(self, level):
        return np.array(self.each) + {"low": -10.0, "value": 0.0, "high": 10.0}[level]


def test_answering_early_pays_the_neutral_pass_and_breaks_ties_as_the_chip():
    """One sample of class 1, shown as 2, 1, 0: goodness 5 of class 2 and of 1, then 7 of 0.

    The neutral pass costs 100, the passes of classes 0, 1 and 2 cost 1, 2 and 4. Stopped after one
    pass the answer is 2, after two 1, which ties with 2 and is lower, and after three 0.
    """
    reading = SimpleNamespace(
        goodness=np.array([[7.0, 5.0, 5.0]]), logits=np.array([[0.0, 1.0, 2.0]])
    )
    estimates = {ONE_PASS: [Joules(each=[100.0])], LABEL_PASS: [Joules(each=[1.0, 2.0, 4.0])]}
    measured = SimpleNamespace(readings=(reading,), estimates=estimates)
    network = SimpleNamespace(labels=object(), readout=SimpleNamespace(has_linear=True))
    split = SimpleNamespace(labels=np.array([1]))
    points = early_answers(network, split, measured, None)
    first, last = points[0], points[-1]
    assert (first.stages, first.joules, first.accuracy) == (1, 104.0, 0)
    assert (first.joules_low, first.joules_high) == (84.0, 124.0)
    assert (last.stages, last.joules, last.accuracy) == (3, 107.0, 0)
    # A threshold that the third pass exceeds, and none before it.
    reading.goodness[0, 0] = 4.0
    last = early_answers(network, split, measured, None)[-1]
    assert (last.stages, last.joules, last.accuracy) == (3, 107.0, 1)


@pytest.mark.parametrize("right", [0, 1])
def test_answering_early_by_steps_breaks_ties_as_the_chip(right, monkeypatch):
    """Goodness of the classes of class columns after one step and after two: a tie of both."""
    seen = []

    def measured(network, split, tables, first_steps):
        seen.append(first_steps)
        reading = SimpleNamespace(goodness=np.array([sorted(ROUNDED, reverse=first_steps == 1)]))
        each = Joules(each=[float(first_steps)])
        return None, SimpleNamespace(readings=(reading,), estimates={ONE_PASS: [each]})

    monkeypatch.setattr("spikeff.pipeline.energy.early_answer.measure", measured)
    network, split = (
        SimpleNamespace(labels=None, steps=2),
        SimpleNamespace(labels=np.array([right])),
    )
    points = early_answers(network, split, None, None)
    assert seen == [1, 2]
    assert {point.accuracy for point in points} == {float(right == 0)}
    assert (points[0].stages, points[0].joules, points[-1].joules) == (1, 1.0, 2.0)
