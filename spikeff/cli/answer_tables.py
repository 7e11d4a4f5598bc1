"""Answers as tables for people: figures of every class, and how much of them is time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from spikeff.cli.grid import print_grid
from spikeff.cli.output import counted, listed, percent

if TYPE_CHECKING:
    from spikeff.evidence.figures import Agreement, Evaluation
    from spikeff.pipeline.run.answers import ClassFigures

MOST_CONFUSED = 3  # other classes that are named in the row of a class


def agreement_rows(found: Agreement | Evaluation) -> list[tuple[str, str]]:
    """Rows of a table of figures."""
    return [
        ("accuracy after shuffling spikes in time", percent(found.shuffled_accuracy)),
        ("accuracy by rate goodness", percent(found.rate_accuracy)),
        ("coincidence ratio, positives", listed(found.coincidence_ratio)),
        ("coincidence ratio, negatives", listed(found.negative_ratio)),
        ("spikes per neuron and step", listed(found.firing, 4)),
    ]


def show_classes(
    classes: Sequence[ClassFigures], confusion: Sequence[Sequence[int]] | None
) -> None:
    """A row for each class: how often it is answered right, and what is answered instead."""
    if confusion is None:
        print("no figures of classes: the samples have no labels, or there are too many classes")
        return
    header = ("class", "samples", "accuracy", "precision", "most often taken for")
    rows = [
        (
            str(each.label),
            str(each.samples),
            "" if each.accuracy is None else percent(each.accuracy),
            "" if each.precision is None else percent(each.precision),
            _taken_for(each.label, confusion[each.label]),
        )
        for each in classes
    ]
    print_grid("by class", header, rows)


def _taken_for(label: int, row: Sequence[int]) -> str:
    """Other classes in the order of how often they are answered."""
    wrong = sorted(((n, -k) for k, n in enumerate(row) if k != label and n), reverse=True)
    return ", ".join(f"{-k} ({counted(n, 'time')})" for n, k in wrong[:MOST_CONFUSED])
