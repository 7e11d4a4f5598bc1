"""One configuration on top of another: a file on a preset, what a caller decides on either."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from spikeff.settings.kinds import Location
from spikeff.settings.tables import Table, laid_on, look_up, owner_of, spelled_out
from spikeff.training.config.conditions import Condition, unmet
from spikeff.training.config.lift import IGNORED, in_sections, path_of
from spikeff.training.config.schema import TrainConfig


def overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> Table:
    """The sections ``above`` on top of ``below``.

    What stands only below and no longer applies goes: it was said of another choice.
    """
    above = spelled_out(TrainConfig, above)
    below = spelled_out(TrainConfig, below)
    merged = laid_on(TrainConfig, below, above)
    in_vain = {location for _, location, _ in unmet(below)}
    for _, location, _ in list(unmet(merged)):
        if location not in in_vain and not _stands(above, location):
            merged = without(merged, location)
    return merged


def with_fields(below: Mapping[str, Any], fields: Mapping[str, Any]) -> Table:
    """The sections ``below`` with fields that are named by dotted path, or as in version 0.1."""
    return overlaid(below, in_sections(fields))


def with_fitting_fields(below: Mapping[str, Any], fields: Mapping[str, Any]) -> Table:
    """As :func:`with_fields`, without those fields that do not apply to what the others choose."""
    return _fitting(with_fields(below, fields), fields, lambda condition: True)[0]


def lifted(flat: Mapping[str, Any], below: Mapping[str, Any]) -> tuple[Table, list[str]]:
    """A flat table of 0.1 as sections on top of ``below``, and which of its fields say nothing.

    These are left out, as 0.1 left them out of account; named are those that are not 0.1's own
    values.
    """
    ignored = [name for name in flat if name in IGNORED]
    merged = with_fields(below, flat)
    table, dropped = _fitting(merged, ignored, lambda condition: condition.ignored)
    return table, sorted(name for name in dropped if _is_said(name, flat[name]))


def _fitting(
    table: Table, names: Iterable[str], counts: Callable[[Condition], bool]
) -> tuple[Table, list[str]]:
    """``table`` without those of the fields ``names`` that nothing reads, and which these are.

    Args:
        counts: Whether a condition that is not met is one of those to look at.
    """
    dropped = []
    for name in names:
        location: Location = tuple(path_of(name).split("."))
        if not _stands(table, location):
            dropped.append(name)
        elif _is_read_nowhere(table, location, counts):
            table = without(table, location)
            dropped.append(name)
    return _without_empty(table), dropped


def _is_said(name: str, value: Any) -> bool:
    default = IGNORED[name]
    return (list(value) if isinstance(value, tuple) else value) != default


def _is_read_nowhere(
    table: Mapping[str, Any], location: Location, counts: Callable[[Condition], bool]
) -> bool:
    owner, mark = owner_of(TrainConfig, table, location)
    if mark is not None and owner is not None and location[-1] not in owner.model_fields:
        return True
    lonely = location[-1] == "target_firing" and not _stands(table, (*location[:-1], "strength"))
    return lonely or any(
        counts(condition) and location[: len(at)] == at for condition, at, _ in unmet(table)
    )


def _stands(table: Any, location: Location) -> bool:
    try:
        look_up(table, location)
    except LookupError:
        return False
    return True


def without(table: Any, location: Location) -> Any:
    """``table`` without what stands at ``location``."""
    head, *rest = location
    if isinstance(table, list | tuple):
        return [without(v, tuple(rest)) if k == head else v for k, v in enumerate(table)]
    if not rest:
        return {name: value for name, value in table.items() if name != head}
    return {**table, head: without(table[head], tuple(rest))}


def _without_empty(table: Table) -> Table:
    """Without tables in which nothing is left."""
    kept = {k: _without_empty(v) if isinstance(v, dict) else v for k, v in table.items()}
    return {name: value for name, value in kept.items() if value != {}}
