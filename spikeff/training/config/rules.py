"""Which settings of different sections go together: one rule per promise, each by itself.

A rule names what it reads and is given these values, checked; it is asked only where all of them
are right, so that what is wrong elsewhere is found in the same go. A rule that reads what no
configuration can hold fails at the first import (``spikeff.training.config.schema``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spikeff.data.encoders import ENCODERS
from spikeff.data.registry import DATASETS, classes_of, get_dataset
from spikeff.ir.codes import CLASS_COLUMNS
from spikeff.ir.goodness import get_goodness, goodness_kinds
from spikeff.learning.negatives.own import GENERATIVE, ROLLED_OUT
from spikeff.learning.negatives.source import NEGATIVES
from spikeff.learning.objectives.objective import OBJECTIVES
from spikeff.learning.rules.rule import RULES
from spikeff.settings.kinds import Location
from spikeff.settings.mistakes import Mistake, places
from spikeff.settings.tables import look_up

Check = Callable[..., Iterator[str]]


@dataclass(frozen=True)
class Rule:
    """A promise about several settings.

    Attributes:
        place: What its sentences are about; with "*" it is asked of each layer.
        reads: Places of the values that it is given, in order; "*" is the layer of ``place``.
        check: Says what is wrong, in sentences.
    """

    place: Location
    reads: tuple[Location, ...]
    check: Check


RULES_BETWEEN: list[Rule] = []


def rule(place: str, *reads: str) -> Callable[[Check], Check]:
    """Let the decorated function be asked about ``place``, with the values at ``reads``."""

    def enter(check: Check) -> Check:
        locations = tuple(tuple(path.split(".")) for path in reads)
        RULES_BETWEEN.append(Rule(tuple(place.split(".")), locations, check))
        return check

    return enter


def problems_between(values: Mapping[str, Any]) -> list[Mistake]:
    """What in ``values``, those that are right by themselves, does not go together."""
    return [mistake for each in RULES_BETWEEN for mistake in _asked(each, values)]


def _asked(asked: Rule, values: Mapping[str, Any]) -> Iterator[Mistake]:
    for location in places(values, asked.place):
        layer = next((part for part in location if isinstance(part, int)), None)
        try:
            given = [look_up(values, _of_layer(read, layer)) for read in asked.reads]
        except LookupError:
            continue  # said where it is wrong
        for text in asked.check(*given):
            yield location, text


def _of_layer(location: Location, layer: int | None) -> Location:
    return tuple(layer if part == "*" and layer is not None else part for part in location)


LAYER = "network.layers.*"


@rule(LAYER, f"{LAYER}.neurons", f"{LAYER}.column_size")
def _whole_columns(neurons: int, column_size: int) -> Iterator[str]:
    if neurons % column_size:
        yield f"{neurons} neurons do not fill columns of {column_size}"


@rule(LAYER, f"{LAYER}.neurons", f"{LAYER}.column_size", "data.dataset", "objective.kind")
def _columns_per_class(
    neurons: int, column_size: int, dataset: str, objective: str
) -> Iterator[str]:
    classes = classes_of(dataset) or 1
    columns, rest = divmod(neurons, column_size)
    per_class = OBJECTIVES[objective].reading == CLASS_COLUMNS
    if per_class and not rest and columns % classes:
        yield f"{columns} columns cannot be shared among {classes} classes"


@rule(f"{LAYER}.neuron", f"{LAYER}.neuron", "network.dt")
def _time_constants(neuron: Mapping[str, Any], dt: float) -> Iterator[str]:
    for name, value in neuron.items():
        if name.startswith("tau_") and value < dt:
            yield f"{name} = {value}: at least network.dt = {dt}"


@rule(LAYER, f"{LAYER}.goodness", "objective.kind")
def _goodness_of_judged_layers(goodness: Any, objective: str) -> Iterator[str]:
    if goodness is None and OBJECTIVES[objective].of_layers:
        yield f"goodness is missing: objective {objective!r} judges layers by it"


@rule("learning.least_modulation", "learning.least_modulation", "schedule.batch_size")
def _samples_left_out_one_by_one(least: float, batch_size: int) -> Iterator[str]:
    if least and batch_size != 1:
        yield (
            f"it leaves single presentations out, as a chip does, and batches hold {batch_size} "
            f"samples: leave it out, or use schedule.batch_size = 1 and train --on-chip"
        )


@rule("network.layers", "network.layers", "objective.kind")
def _some_layer_is_read(layers: Any, objective: str) -> Iterator[str]:
    read = [layer["read"] for layer in layers if isinstance(layer, Mapping) and "read" in layer]
    if len(read) == len(layers) and not any(read):
        yield "read = false in all layers: the answer has to read one"
    if not all(read) and not OBJECTIVES[objective].of_layers:
        yield f"objective {objective!r} reads the spike counts of all layers; leave read out"


@rule(f"{LAYER}.goodness", f"{LAYER}.goodness", "data.steps")
def _goodness_steps_inside(goodness: Mapping[str, Any] | None, steps: int) -> Iterator[str]:
    first, end = (goodness or {}).get("steps") or (0, steps)
    if not 0 <= first < end <= steps:
        yield (
            f"steps from {first} up to {end}: give the first step, from 0 on, and one above it, at "
            f"most data.steps = {steps}"
        )


@rule(f"{LAYER}.goodness", f"{LAYER}.goodness", "data.steps")
def _steps_of_goodness(goodness: Mapping[str, Any] | None, all_steps: int) -> Iterator[str]:
    least = get_goodness(goodness["kind"]).least_steps if goodness else 1
    some = (goodness or {}).get("steps")
    steps = all_steps if some is None else some[1] - some[0]
    if goodness and steps < least:
        others = [name for name, other in goodness_kinds().items() if other.least_steps <= steps]
        which = "data.steps" if some is None else "the number of its steps"
        yield (
            f"{goodness['kind']!r} compares steps, and is the same for all spikes where {which} "
            f"= {steps}: use at least {least} steps, or one of: {', '.join(sorted(others))}"
        )


@rule("network.labels.steps", "network.labels.steps", "data.steps")
def _label_steps_inside(label_steps: tuple[int, ...], steps: int) -> Iterator[str]:
    outside = [step for step in label_steps if not 0 <= step < steps]
    if outside:
        yield f"label steps {outside} lie outside 0..{steps - 1}"


@rule("network.labels.steps", "network.labels.steps")
def _label_steps_once(label_steps: tuple[int, ...]) -> Iterator[str]:
    if len(set(label_steps)) != len(label_steps):
        yield f"label steps {list(label_steps)} repeat a step"


@rule("objective", "objective.kind", "learning.rule.kind")
def _rule_follows_objective(objective: str, name: str) -> Iterator[str]:
    local, kind = RULES[name].local, OBJECTIVES[objective]
    if local and not kind.of_layers:
        ends = [other for other, settings in RULES.items() if not settings.local]
        yield (
            f"{objective!r} gives layers no objective of their own, so it needs a learning.rule "
            f"that is not local: {', '.join(sorted(ends))}"
        )
    if not local and kind.contrast:
        others = [other for other, settings in OBJECTIVES.items() if not settings.contrast]
        yield (
            f"end-to-end {name} has no contrast to learn by {objective!r}; use one of: "
            f"{', '.join(sorted(others))}"
        )


@rule("negatives", "negatives.kind", "data.encoder.kind")
def _negatives_of_images(negatives: str, encoder: str) -> Iterator[str]:
    if NEGATIVES[negatives].of_images and ENCODERS[encoder].in_steps:
        yield f"{negatives!r} need a contrast of images, not of {encoder!r} input"


@rule("negatives", "negatives.kind", "learning.generative")
def _something_dreams(negatives: str, generative: Any) -> Iterator[str]:
    if negatives in GENERATIVE and generative is None:
        yield f"{negatives!r} are rolled out by a generative side; set learning.generative"


@rule("learning.generative", "learning.generative", "data.encoder.kind")
def _predicts_intensities(generative: Any, encoder: str) -> Iterator[str]:
    if generative is not None and (ENCODERS[encoder].in_steps or ENCODERS[encoder].planes > 1):
        plain = [name for name, e in ENCODERS.items() if not e.in_steps and e.planes == 1]
        yield (
            f"it predicts when each pixel begins to spike, which encoder {encoder!r} does not say; "
            f"leave it out, or use one of: {', '.join(sorted(plain))}"
        )


@rule("negatives", "negatives.kind", "data.dataset")
def _text_to_continue(negatives: str, dataset: str) -> Iterator[str]:
    if negatives == ROLLED_OUT and get_dataset(dataset).symbols is None:
        texts = [name for name, each in DATASETS.items() if each.symbols is not None]
        yield f"{negatives!r} continue text, which data set {dataset!r} is not: {', '.join(texts)}"


@rule("negatives.per_sample", "negatives.per_sample", "data.dataset")
def _wrong_labels(per_sample: int, dataset: str) -> Iterator[str]:
    wrong = (classes_of(dataset) or per_sample + 1) - 1
    if per_sample > wrong:
        yield f"{per_sample} wrong labels of each sample, and there are only {wrong}"
