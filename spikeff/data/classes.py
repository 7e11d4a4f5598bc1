"""Labels against classes: which there are, and whether a network knows them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spikeff.errors import DataError
from spikeff.ir.arrays import Array

MAX_CLASSES = 10_000
NO_LABEL = -1  # of a sample whose class is not known
NAMED = 8  # labels that a message lists


def number_of_classes(owner: str, labels: Array, given: int | None, gaps: bool = False) -> int:
    """How many classes ``labels``, integers (samples,), belong to.

    Args:
        owner: What to call the samples in an error.
        labels: Of the samples.
        given: What is said about the number; None for the highest label + 1.
        gaps: Whether classes may be without samples though nothing is ``given``.

    Raises:
        DataError: A label is not among the classes, there are too few or too many of them, or
            classes without samples are to be learned.
    """
    low, high = int(labels.min()), int(labels.max())
    classes = high + 1 if given is None else given
    if low < 0 or (given is not None and high >= given):
        wrong = low if low < 0 else high
        raise DataError(
            f"{owner}: label {wrong}; labels {low} to {high} do not fit, for {classes} classes are "
            f"0 to {classes - 1}."
        )
    if not 2 <= classes <= MAX_CLASSES:
        raise DataError(f"{owner}: {classes} classes; 2 to {MAX_CLASSES} can be learned.")
    if given is None and not gaps:
        _require_every_class(owner, labels, classes)
    return classes


def _require_every_class(owner: str, labels: Array, classes: int) -> None:
    counts = np.bincount(labels, minlength=classes)
    empty, found = np.flatnonzero(counts == 0).tolist(), np.flatnonzero(counts).tolist()
    if empty == [0]:
        raise DataError(
            f"{owner}: labels run from 1 to {classes - 1}, but labels begin at 0: subtract 1 from "
            f"each, or give classes = {classes} if class 0 only has no samples here."
        )
    if empty:
        raise DataError(
            f"{owner}: labels {listed(found)} leave classes {listed(empty)} without samples; "
            f"number the labels 0 to {len(found) - 1} without gaps, or give classes = {classes} "
            f"if that is meant."
        )


def require_known(owner: str, labels: Array, classes: int) -> None:
    """Refuse labels that a network of so many classes does not have; ``NO_LABEL`` may be there.

    Raises:
        DataError: There is one; names it, the first sample that has it, and the classes.
    """
    wrong = np.flatnonzero((labels >= classes) | (labels < NO_LABEL))
    if len(wrong):
        raise DataError(
            f"{owner}: label {labels[wrong[0]]} (sample {wrong[0]}), and the network has {classes} "
            f"classes, 0 to {classes - 1}; leave such samples out, or train with data that hold "
            f"that class."
        )


def listed(labels: Sequence[int]) -> str:
    """Labels for a message, the first few of many."""
    text = ", ".join(str(label) for label in labels[:NAMED])
    return f"{text}, ..." if len(labels) > NAMED else text
