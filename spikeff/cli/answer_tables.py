"""Answers as tables for people: figures of every class, and how much of them is time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spikeff.cli.grid import print_grid
from spikeff.cli.output import counted, listed, percent

if TYPE_CHECKING:
    from spikeff.evidence.figures import Agreement, Evaluation
    from spikeff.pipeline.run.answers import ClassFigures

MOST_CONFUSED = 3  # other classes that are named in the row of a class


def agreement_rows(found: Agreement) -> list[tuple[str, str]]:
    """Rows of a table of figures."""
    return [*time_rows(found), *coincidence_rows(found)]


def time_rows(found: Agreement) -> list[tuple[str, str]]:
    """What the shuffle leaves of the accuracy, and what share of it that takes."""
    spread = found.shuffled_spread
    spread_text = "" if spread is None else f" ± {100 * spread:.2f}"
    share = found.time_share
    share_text = "none is clearly above chance" if share is None else percent(share)
    return [
        ("accuracy after shuffling spikes in time", percent(found.shuffled_accuracy) + spread_text),
        ("share above chance that is time", share_text),
    ]


def coincidence_rows(found: Agreement, by_rate: bool = True) -> list[tuple[str, str]]:
    """What counting alone answers, unless it is the answer, and how often spikes meet."""
    counting = [("accuracy by rate goodness", percent(found.rate_accuracy))] if by_rate else []
    return [
        *counting,
        ("coincidence ratio, positives", listed(found.coincidence_ratio)),
        ("coincidence ratio, negatives", listed(found.negative_ratio)),
        ("spikes per neuron and step", listed(found.firing, 4)),
    ]


def perturbation_rows(found: Evaluation) -> list[tuple[str, str]]:
    """Accuracy after the spikes were moved, deleted and reversed."""
    moved, deleted = found.jittered_accuracy, found.deleted_accuracy
    if moved is None or deleted is None or found.reversed_accuracy is None:
        return []
    shares = ", ".join(f"{100 * float(share):.0f}" for share in deleted)
    return [
        (f"after jitter of {', '.join(moved)} steps", _percents(moved)),
        (f"after deleting spikes: {shares} %", _percents(deleted)),
        ("after reversing the spikes in time", percent(found.reversed_accuracy)),
    ]


def _percents(shares: Mapping[str, float]) -> str:
    return ", ".join(percent(share) for share in shares.values())


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
