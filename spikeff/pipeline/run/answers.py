"""What a network answered, sample by sample: to a file, and against the labels."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array
from spikeff.ir.codes import SOFTMAX, Readout
from spikeff.ir.io.whole_file import write_bytes_whole
from spikeff.ir.readout_codes import best_classes, one_pass_logits, summed_goodness
from spikeff.parallel import over_cores
from spikeff.pipeline.run.readings import counts_output_spikes

LOGITS, COUNTS, GOODNESS = "logits", "spike_counts", "goodness"
POTENTIALS = "membrane_potential"
SPIKES = "spikes"
MOST_CLASSES = 256  # of a confusion matrix
BLOCK = 128  # presentations whose goodness is summed at once


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers of one run.

    Attributes:
        labels: Right classes, int64 (samples,); -1 where unknown.
        answers: Classes answered, int64 (samples,).
        scores: What decided them, float64 (samples, classes).
        measure: What the scores are: "goodness", "spike_counts", "logits" or "membrane_potential".
        spikes: Recorded spikes by population, bool (presentations, steps, neurons); None where
            they were not asked for.
    """

    labels: Array
    answers: Array
    scores: Array
    measure: str
    spikes: Mapping[str, Array] | None = None

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.scores.shape[1])

    @property
    def right(self) -> int:
        """Answers that are the label."""
        return int((self.answers == self.labels).sum())

    @property
    def known(self) -> bool:
        """Whether every sample has a label."""
        return bool(self.labels.min() >= 0)


@dataclass(frozen=True)
class ClassFigures:
    """One class. Shares are None where there is nothing to take a share of.

    Attributes:
        samples: Samples of the class.
        accuracy: Share of them that was answered right (recall).
        precision: Share right of the samples answered with the class.
    """

    label: int
    samples: int
    accuracy: float | None
    precision: float | None


def read_answers(
    spikes: Mapping[str, Array], readout: Readout, populations: Sequence[Any], labels: Array
) -> Answers:
    """Answers of a run, and the scores that decided them.

    Args:
        spikes: As for ``spikeff.ir.readout_codes.answers``.
    """
    if readout.kind == SOFTMAX:
        logits = one_pass_logits(spikes, readout)
        measure = LOGITS if readout.membrane is None else POTENTIALS
        return Answers(labels, logits.argmax(axis=1), logits, measure)
    goodness = _goodness(spikes, readout, populations).reshape(-1, readout.classes)
    if counts_output_spikes(readout):
        return Answers(labels, best_classes(goodness), output_counts(spikes, readout), COUNTS)
    return Answers(labels, best_classes(goodness), goodness, GOODNESS)


def _goodness(spikes: Mapping[str, Array], readout: Readout, populations: Sequence[Any]) -> Array:
    """``summed_goodness`` of a few presentations at a time, whose sums stay in cache; all cores."""
    read = {name: spikes[name] for name in readout.populations}
    presentations = next(iter(read.values())).shape[1]
    blocks = [slice(low, low + BLOCK) for low in range(0, presentations, BLOCK)]

    def of_block(some: slice) -> Array:
        shown = {name: z[:, some] for name, z in read.items()}
        return summed_goodness(shown, readout, populations)

    return np.concatenate(over_cores(of_block, blocks))


def joined(parts: Sequence[Answers]) -> Answers:
    """Answers of consecutive samples as one."""
    labels, answers, scores = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("labels", "answers", "scores")
    )
    spikes = None
    if parts[0].spikes is not None:
        spikes = {
            name: np.concatenate([part.spikes[name] for part in parts if part.spikes is not None])
            for name in parts[0].spikes
        }
    return Answers(labels, answers, scores, parts[0].measure, spikes)


def confusion_matrix(
    labels: Array, answers: Array, classes: int
) -> tuple[tuple[int, ...], ...] | None:
    """Samples by right class (rows) and answer (columns).

    None without labels, or with more than ``MOST_CLASSES`` classes.
    """
    if classes > MOST_CLASSES or not 0 <= labels.min() <= labels.max() < classes:
        return None
    cells = np.bincount(labels * classes + answers, minlength=classes**2)
    return tuple(tuple(row) for row in cells.reshape(classes, classes).tolist())


def class_figures(confusion: tuple[tuple[int, ...], ...] | None) -> tuple[ClassFigures, ...]:
    """Figures of every class, from a confusion matrix; none without one."""
    if confusion is None:
        return ()
    answered = [sum(column) for column in zip(*confusion, strict=True)]
    return tuple(
        ClassFigures(k, sum(row), _share(row[k], sum(row)), _share(row[k], answered[k]))
        for k, row in enumerate(confusion)
    )


def require_writable_form(path: Path | None, spikes: bool = False) -> None:
    """Refuse a file of answers in a form that is not known, before anything is run.

    Args:
        path: The file; None where there is none.
        spikes: Whether it is to hold the spikes too.

    Raises:
        ConfigError: The name ends in neither of the forms, or the form holds no spikes.
    """
    if path is not None and path.suffix not in FORMS:
        raise ConfigError(f"{path}: answers are written as {' or '.join(FORMS)}; choose one.")
    if spikes and (path is None or path.suffix != WITH_SPIKES):
        raise ConfigError(
            f"spikes are kept in a {WITH_SPIKES} file of answers: give --out FILE.npz."
        )


def write_answers(path: Path, found: Answers) -> None:
    """Write labels, answers and scores to a .npz or .csv file, whole or not at all.

    Raises:
        ConfigError: The name ends in neither.
    """
    require_writable_form(path)
    write_bytes_whole(path, FORMS[path.suffix](found))


def _npz(found: Answers) -> bytes:
    """Arrays ``labels``, ``answers``, one named by the measure, and the spikes where kept."""
    written = io.BytesIO()
    arrays: dict[str, Any] = {found.measure: found.scores}
    for name, spikes in (found.spikes or {}).items():
        arrays[f"{SPIKES}.{name}"] = spikes
    np.savez_compressed(written, labels=found.labels, answers=found.answers, **arrays)
    return written.getvalue()


def _csv(found: Answers) -> bytes:
    """A row for each sample; an unknown label is left empty."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    names = [f"{found.measure}_{k}" for k in range(found.scores.shape[1])]
    rows.writerow(["sample", "label", "answer", *names])
    columns = found.labels.tolist(), found.answers.tolist(), found.scores.tolist()
    for sample, (label, answer, scores) in enumerate(zip(*columns, strict=True)):
        rows.writerow([sample, label if label >= 0 else "", answer, *scores])
    return written.getvalue().encode()


FORMS = {".npz": _npz, ".csv": _csv}
WITH_SPIKES = ".npz"


def output_counts(spikes: Mapping[str, Array], readout: Readout) -> Array:
    """Spikes of every class's output neurons, float64 (samples, classes)."""
    per_neuron = np.concatenate([spikes[n].sum(axis=0) for n in readout.populations], axis=1)
    by_class = per_neuron.reshape(len(per_neuron), readout.classes, -1).sum(axis=2)
    return np.asarray(by_class, np.float64)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
