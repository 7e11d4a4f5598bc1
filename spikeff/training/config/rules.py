"""Which fields of a configuration go together: one rule per promise, each by itself.

A rule that reads a field which is missing or wrong says nothing, so that what is wrong elsewhere in
a configuration is found in the same go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from spikeff.data.encoders import ENCODERS
from spikeff.data.registry import classes_of
from spikeff.errors import UnknownNameError
from spikeff.ir.codes import CLASS_COLUMNS
from spikeff.learning.negatives.hybrids import HYBRID
from spikeff.learning.objectives.linear_readout import READOUT
from spikeff.learning.objectives.objective import get_objective
from spikeff.learning.rules.backprop import BACKPROP
from spikeff.nn.black_box import NO_BOX


def problems_together(config: Any) -> list[str]:
    """Sentences about fields of ``config`` that do not go together; [] where all do.

    config : a TrainConfig, or anything with those of its fields that are right by themselves.
    """
    found: list[str] = []
    for rule in RULES:
        try:
            found += rule(config)
        except (
            AttributeError,
            TypeError,
            UnknownNameError,
        ):  # a field is missing, or not yet of its type
            continue
    return found


def _whole_columns(c: Any) -> Iterator[str]:
    for neurons in c.layers:
        if neurons < 1 or neurons % c.column_size:
            yield f"layers: {neurons} neurons do not fill columns of {c.column_size}"


def _columns_per_class(c: Any) -> Iterator[str]:
    classes = classes_of(c.dataset) or 1
    for neurons in c.layers:
        columns, rest = divmod(neurons, c.column_size)
        if c.objective == CLASS_COLUMNS and not rest and columns % classes:
            yield f"layers: {columns} columns cannot be shared among {classes} classes"


def _time_constants(c: Any) -> Iterator[str]:
    if c.tau_mem < c.dt or c.tau_syn < c.dt:
        yield f"tau_mem = {c.tau_mem}, tau_syn = {c.tau_syn}: at least dt = {c.dt}"


def _label_steps_inside(c: Any) -> Iterator[str]:
    outside = [s for s in c.label_steps if not 0 <= s < c.steps]
    if outside:
        yield f"label_steps {outside} lie outside 0..{c.steps - 1}"


def _label_steps_once(c: Any) -> Iterator[str]:
    if len(set(c.label_steps)) != len(c.label_steps):
        yield f"label_steps {list(c.label_steps)} repeat a step"


def _constraints(c: Any) -> Iterator[str]:
    if c.constraint_share and not get_objective(c.objective).contrast:
        yield "constraint_share: only a contrast has constraints"


def _shift(c: Any) -> Iterator[str]:
    if c.shift and ENCODERS[c.encoder].in_steps:
        yield f"shift: only images are shifted, not {c.encoder!r} input"


def _backprop_objective(c: Any) -> Iterator[str]:
    if c.learning_rule == BACKPROP and get_objective(c.objective).contrast:
        yield (
            f"objective {c.objective!r}: end-to-end backprop has no contrast, use {READOUT!r} or "
            f"{CLASS_COLUMNS!r}"
        )


def _readout_objective(c: Any) -> Iterator[str]:
    if c.objective == READOUT and c.learning_rule != BACKPROP:
        yield (
            f"objective {READOUT!r}: layers have no objective of their own, so it needs "
            f"learning_rule = {BACKPROP!r}"
        )


def _box_hides_derivative(c: Any) -> Iterator[str]:
    if c.learning_rule == BACKPROP and c.black_box != NO_BOX:
        yield "black_box: backprop needs the derivative that a black box hides"


def _box_between(c: Any) -> Iterator[str]:
    if c.black_box != NO_BOX and len(c.layers) < 2:
        yield f"black_box {c.black_box!r}: it sits between two layers, and there is only one"


def _budget_between(c: Any) -> Iterator[str]:
    if c.spike_budget is not None and len(c.layers) < 2:
        yield f"spike_budget {c.spike_budget}: it stands between two layers, and there is only one"


def _budget_cuts(c: Any) -> Iterator[str]:
    if c.spike_budget is not None and c.learning_rule == BACKPROP:
        yield "spike_budget: backprop would need the derivative of its cut"


def _phases(c: Any) -> Iterator[str]:
    if c.phase_batches and c.objective != "threshold":
        yield (
            f"phase_batches: {c.objective!r} compares positives with negatives, only 'threshold' "
            f"learns from them apart"
        )


def _hybrids_of_images(c: Any) -> Iterator[str]:
    images = not ENCODERS[c.encoder].in_steps
    if c.negatives == HYBRID and not (get_objective(c.objective).contrast and images):
        yield (
            f"negatives 'hybrid': they need a contrast of images, not {c.objective!r} of "
            f"{c.encoder!r} input"
        )


def _wrong_labels(c: Any) -> Iterator[str]:
    wrong = (classes_of(c.dataset) or c.negatives_per_sample + 1) - 1
    if c.negatives_per_sample > wrong:
        yield f"negatives_per_sample: there are only {wrong} wrong labels"


def _one_hybrid(c: Any) -> Iterator[str]:
    if c.negatives == HYBRID and c.negatives_per_sample > 1:
        yield "negatives_per_sample: hybrids come one per image"


RULES: tuple[Callable[[Any], Iterator[str]], ...] = (
    _whole_columns,
    _columns_per_class,
    _constraints,
    _shift,
    _backprop_objective,
    _readout_objective,
    _box_hides_derivative,
    _box_between,
    _budget_between,
    _budget_cuts,
    _phases,
    _hybrids_of_images,
    _wrong_labels,
    _one_hybrid,
    _time_constants,
    _label_steps_inside,
    _label_steps_once,
)
