"""What of a configuration applies: settings that nothing would read cannot be written.

Each condition names a place, when something may stand there, and the way out where it may not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spikeff.data.encoders import ENCODERS
from spikeff.learning.negatives.labels import HARD
from spikeff.learning.negatives.other_classes import OTHER_CLASSES
from spikeff.learning.negatives.source import NEGATIVES, NegativeSource
from spikeff.learning.objectives.objective import OBJECTIVES, Objective
from spikeff.learning.rules.rule import RULES, Rule
from spikeff.learning.rules.three_factor import THREE_FACTOR
from spikeff.settings.kinds import NONE, Location
from spikeff.settings.mistakes import Mistake, places
from spikeff.settings.tables import look_up

LAYERS: tuple[Location, ...] = (("network", "layer_defaults"), ("network", "layers", "*"))


@dataclass(frozen=True)
class Facts:
    """What a table has chosen; None for what it does not say or says wrong.

    Attributes:
        objective: The kind of objective.
        negatives: The kind of negatives, where the objective compares.
        rule: The kind of learning rule.
        images: Whether data are images, and not spikes already.
        layers: How many layers there are.
        objective_name: Of the objective.
        negatives_name: Of the negatives.
        apart: Whether positives and negatives come in phases apart.
    """

    objective: type[Objective] | None
    negatives: type[NegativeSource] | None
    rule: type[Rule] | None
    images: bool | None
    layers: int | None
    objective_name: str
    negatives_name: str
    apart: bool


def facts_of(table: Mapping[str, Any]) -> Facts:
    """What ``table``, spelled out, has chosen."""
    objective = OBJECTIVES.get(_kind(table, ("objective",)))
    contrast = objective is not None and objective.contrast
    negatives = _kind(table, ("negatives",), HARD)
    encoder = ENCODERS.get(_kind(table, ("data", "encoder")))
    layers = _at(table, ("network", "layers"))
    return Facts(
        objective=objective,
        negatives=NEGATIVES.get(negatives) if contrast else None,
        rule=RULES.get(_kind(table, ("learning", "rule"), THREE_FACTOR)),
        images=None if encoder is None else not encoder.in_steps,
        layers=len(layers) if isinstance(layers, list | tuple) else None,
        objective_name=_kind(table, ("objective",)),
        negatives_name=negatives,
        apart=_at(table, ("negatives", "phase_batches")) not in (None, 0),
    )


def _kind(table: Any, location: Location, default: str = "") -> str:
    kind = _at(table, (*location, "kind"))
    return kind if isinstance(kind, str) else default


def _at(table: Any, location: Location) -> Any:
    try:
        return look_up(table, location)
    except LookupError:
        return None


def labels_in_input(facts: Facts) -> bool:
    """Whether labels are shown beside the datum, as far as it is known."""
    return facts.negatives is not None and facts.negatives.labels_in_input


@dataclass(frozen=True)
class Condition:
    """When something may stand at a place.

    Attributes:
        place: Where; "*" stands for every layer.
        met: Whether it is read there; True as well where that cannot be known.
        way_out: What to do where it is not.
        ignored: Whether version 0.1 ignored it without a word, where it is not.
    """

    place: Location
    met: Callable[[Facts], bool]
    way_out: Callable[[Facts], str]
    ignored: bool = False


def _contrasts() -> str:
    return ", ".join(sorted(name for name, kind in OBJECTIVES.items() if kind.contrast))


def _contrasts_apart() -> list[str]:
    return [repr(n) for n, kind in OBJECTIVES.items() if kind.contrast and kind.phases_apart]


def _compares(facts: Facts) -> bool:
    return facts.objective is None or facts.objective.contrast


def _has_negatives(facts: Facts) -> bool:
    """Whether there is something to compare with, or something to learn asleep."""
    if facts.negatives_name != OTHER_CLASSES:
        return _compares(facts)
    return facts.objective is None or (facts.objective.phases_apart and not _compares(facts))


def _negatives_way_out(facts: Facts) -> str:
    if facts.negatives_name == OTHER_CLASSES:
        return (
            f"{OTHER_CLASSES!r} are the columns of other classes, which objective "
            f"{facts.objective_name!r} does not have; choose other negatives"
        )
    return (
        f"objective {facts.objective_name!r} compares nothing with negatives; leave the section "
        f"out, or choose an objective that does: {_contrasts()}"
    )


def _beside_way_out(facts: Facts) -> str:
    return (
        "negatives are shown beside the positives, where nothing sleeps; leave it out, or set "
        "negatives.phase_batches"
    )


def _replays(facts: Facts) -> bool:
    return facts.apart and facts.negatives_name != OTHER_CLASSES


def _replay_way_out(facts: Facts) -> str:
    if facts.apart:
        return f"{OTHER_CLASSES!r} are the presentations of the positives; leave it out"
    return _beside_way_out(facts)


def _shows_labels(facts: Facts) -> bool:
    unknown = facts.objective is None or (facts.objective.contrast and facts.negatives is None)
    return unknown or labels_in_input(facts)


def _judges_layers(facts: Facts) -> bool:
    return facts.objective is None or facts.objective.of_layers


def _is_local(facts: Facts) -> bool:
    return facts.rule is None or facts.rule.local


def _has_two_layers(facts: Facts) -> bool:
    return facts.layers is None or facts.layers > 1


def _only_one_layer(facts: Facts) -> str:
    return "it stands between two layers, and there is only one; leave it out, or add a layer"


def _labels_way_out(facts: Facts) -> str:
    if facts.objective is not None and facts.objective.contrast:
        return "these negatives are no wrong labels, so no label is in the input; leave it out"
    return (
        f"objective {facts.objective_name!r} has no label in the input; leave it out, or choose "
        f"an objective that has: {_contrasts()}"
    )


def _layer_conditions(below: Location) -> Iterator[Condition]:
    yield Condition(
        (*below, "goodness"),
        _judges_layers,
        lambda facts: (
            f"objective {facts.objective_name!r} judges no layer by its goodness; leave it out"
        ),
        ignored=True,
    )
    yield Condition(
        (*below, "homeostasis"),
        _is_local,
        lambda facts: (
            "only a local rule holds neurons back; leave it out, or choose a local learning.rule"
        ),
        ignored=True,
    )
    yield Condition(
        (*below, "constraint_share"),
        _compares,
        lambda facts: (
            f"only a contrast has constraints; leave it out, or choose an objective that is one: "
            f"{_contrasts()}"
        ),
    )


CONDITIONS: tuple[Condition, ...] = (
    Condition(
        ("negatives",),
        _has_negatives,
        _negatives_way_out,
        ignored=True,
    ),
    Condition(("network", "labels"), _shows_labels, _labels_way_out, ignored=True),
    *(condition for below in LAYERS for condition in _layer_conditions(below)),
    Condition(
        ("negatives", "phase_batches"),
        lambda facts: (
            not _compares(facts) or facts.objective is None or facts.objective.phases_apart
        ),
        lambda facts: (
            f"objective {facts.objective_name!r} compares positives with negatives, only "
            f"{', '.join(_contrasts_apart())} learns from "
            f"them apart; leave it out"
        ),
    ),
    Condition(("negatives", "asleep_batches"), lambda facts: facts.apart, _beside_way_out),
    Condition(("negatives", "asleep_rate"), lambda facts: facts.apart, _beside_way_out),
    Condition(("negatives", "replay"), _replays, _replay_way_out),
    Condition(
        ("learning", "balanced"),
        _has_two_layers,
        lambda facts: "only upper layers are balanced, and there is only one layer; leave it out",
        ignored=True,
    ),
    Condition(("network", "black_box"), _has_two_layers, _only_one_layer),
    Condition(
        ("network", "black_box"),
        _is_local,
        lambda facts: (
            "a rule that is not local needs the derivative that a black box hides; leave it out"
        ),
    ),
    Condition(("network", "spike_budget"), _has_two_layers, _only_one_layer),
    Condition(
        ("network", "spike_budget"),
        _is_local,
        lambda facts: "a rule that is not local would need the derivative of its cut; leave it out",
    ),
    Condition(
        ("data", "shift"),
        lambda facts: facts.images is not False,
        lambda facts: "only images are shifted, not data that are spikes already; leave it out",
    ),
    Condition(
        ("data", "mirror"),
        lambda facts: facts.images is not False,
        lambda facts: "only images are mirrored, not data that are spikes already; leave it out",
    ),
)


def unmet(table: Mapping[str, Any]) -> Iterator[tuple[Condition, Location, str]]:
    """What stands in ``table``, spelled out, though nothing reads it: where, and the way out."""
    facts = facts_of(table)
    for condition in CONDITIONS:
        if not condition.met(facts):
            for location in places(table, condition.place):
                if look_up(table, location) not in (None, NONE, False, 0):
                    yield condition, location, condition.way_out(facts)


def written_in_vain(table: Mapping[str, Any]) -> list[Mistake]:
    """What stands in ``table``, spelled out, though nothing reads it."""
    return [(location, text) for _, location, text in unmet(table)]
