"""Answers of single samples: in a file, as a confusion matrix, and without labels."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest

from spikeff.errors import ConfigError
from spikeff.ir.codes import ALL_LABELS, CLASS_COLUMNS, SOFTMAX, Readout
from spikeff.pipeline.run.answers import (
    Answers,
    class_figures,
    confusion_matrix,
    joined,
    read_answers,
    write_answers,
)

OUT = SimpleNamespace(name="out", size=3, column_size=1, constraint_columns=0)
FOUND = Answers(np.array([0, 1, 2, 1]), np.array([0, 2, 2, 1]), np.eye(4)[:, :3], "goodness")
UNKNOWN = Answers(
    np.array([-1, -1]), np.array([1, 0]), np.array([[0.5, 1.5], [2.0, 0.0]]), "logits"
)


def readout(kind, weights, goodness="rate"):
    return Readout(kind, goodness, 0.0, 3, ("out",), weights, np.zeros(3))


def test_output_neurons_are_read_by_their_counts():
    spikes = np.zeros((4, 2, 3), bool)
    spikes[:2, 0, 1] = spikes[0, 0, 2] = spikes[:3, 1, 2] = True
    found = read_answers(
        {"out": spikes}, readout(CLASS_COLUMNS, np.zeros((3, 3))), [OUT], np.array([1, 0])
    )
    assert found.measure == "spike_counts"
    assert found.scores.tolist() == [[0, 2, 1], [0, 0, 3]]
    assert (found.answers.tolist(), found.right) == ([1, 2], 1)


def test_other_readouts_name_what_decided():
    spikes = {"out": np.ones((1, 3, 3), bool)}
    by_logits = read_answers(spikes, readout(SOFTMAX, np.eye(3)), [OUT], np.zeros(3, int))
    assert by_logits.measure == "logits"
    one = read_answers(spikes, readout(ALL_LABELS, np.eye(3)), [OUT], np.zeros(1, int))
    assert (one.measure, one.scores.shape) == ("goodness", (1, 3))


def test_the_confusion_matrix_has_labels_in_rows():
    matrix = confusion_matrix(FOUND.labels, FOUND.answers, 3)
    assert matrix == ((1, 0, 0), (0, 1, 1), (0, 0, 1))
    zero, one, two = class_figures(matrix)
    assert (one.samples, one.accuracy, one.precision) == (2, 0.5, 1.0)
    assert (two.samples, two.accuracy, two.precision) == (1, 1.0, 0.5)
    assert (zero.label, zero.accuracy) == (0, 1.0)
    never = class_figures(((0, 0), (1, 0)))
    assert (never[0].accuracy, never[1].precision) == (None, None)
    assert confusion_matrix(UNKNOWN.labels, UNKNOWN.answers, 2) is None
    assert confusion_matrix(np.array([0, 2]), np.array([0, 1]), 2) is None
    assert class_figures(None) == ()


def test_chunks_follow_each_other():
    both = joined([FOUND, FOUND])
    assert both.answers.tolist() == FOUND.answers.tolist() * 2
    assert (both.scores.shape, both.right, both.measure) == ((8, 3), 6, "goodness")


def test_files_hold_every_sample(tmp_path):
    write_answers(tmp_path / "a.npz", FOUND)
    with np.load(tmp_path / "a.npz") as arrays:
        assert arrays["labels"].tolist() == [0, 1, 2, 1]
        assert arrays["answers"].tolist() == [0, 2, 2, 1]
        assert arrays["goodness"].tolist() == FOUND.scores.tolist()
    write_answers(tmp_path / "a.csv", UNKNOWN)
    with open(tmp_path / "a.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == ["", ""]
    assert [row["answer"] for row in rows] == ["1", "0"]
    assert [float(rows[1][f"logits_{k}"]) for k in range(2)] == [2.0, 0.0]


def test_other_forms_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"\.npz or \.csv"):
        write_answers(tmp_path / "a.json", FOUND)
    assert not list(tmp_path.iterdir())
