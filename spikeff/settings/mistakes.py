"""All mistakes in a table of settings at once: where each is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from spikeff.errors import UnknownNameError
from spikeff.settings.kinds import NONE, Kind, Location, OneOf, Settings, in_full, plain_value
from spikeff.settings.tables import dotted, inner_class, owner_of, spelled_out

SHOWN = 80  # characters of a wrong value
LISTED = 20  # mistakes

# Where something is wrong, and what.
Mistake = tuple[Location, str]


def mistakes_in(cls: type[Settings], table: Mapping[str, Any]) -> list[Mistake]:
    """Mistakes in single fields of ``table``; [] where all are valid.

    Of more than ``LISTED`` the last says how many are left out.
    """
    try:
        cls.model_validate(table)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        full = spelled_out(cls, table)
        found = (_mistake(cls, full, problem) for problem in problems[:LISTED])
        rest = [(("...",), f"and {len(problems) - LISTED} more")] if len(problems) > LISTED else []
        return [*dict.fromkeys(mistake for mistake in found if mistake[0]), *rest]
    return []


def _mistake(cls: type[Settings], table: Mapping[str, Any], problem: Any) -> Mistake:
    location = written_at(cls, table, problem["loc"])
    if problem["type"] == "extra_forbidden":
        return location, _unknown_field(cls, table, location)
    message = problem["msg"].removeprefix("Value error, ")
    complete = problem["type"] in ("missing", "value_error")  # such a message names the value
    return location, message if complete else f"{message} (got {repr(problem['input'])[:SHOWN]})"


def _unknown_field(cls: type[Settings], table: Mapping[str, Any], location: Location) -> str:
    owner, mark = owner_of(cls, table, location)
    name = str(location[-1])
    if owner is None:
        return "unknown field"
    if name in owner.folded:
        return "give a table"
    if mark is not None and issubclass(owner, Kind):
        having = [kind for kind, other in mark.kinds.items() if name in other.model_fields]
        if having:
            return _other_kinds(mark, table, location, having)
    return str(UnknownNameError("field", name, [*owner.model_fields, *owner.folded]))


def _other_kinds(
    mark: OneOf, table: Mapping[str, Any], location: Location, having: list[str]
) -> str:
    holder: Any = table
    for part in location[:-1]:
        holder = holder[part]
    kind = holder.get("kind", mark.default)
    return (
        f"{mark.noun} {kind!r} has no {location[-1]}, so it would be ignored: leave it out, or "
        f"choose a kind that has one: {', '.join(sorted(having))}"
    )


def written_at(cls: type[Settings], table: Any, location: Location) -> Location:
    """Location in ``table`` of what is at ``location`` in the settings validated from it."""
    if not location or not isinstance(table, Mapping):
        return location
    location = cls.written_at(table, location)
    value = table.get(str(location[0]))
    inner = inner_class(cls, str(location[0]), value)
    if inner is None:
        return location
    return (location[0], *written_at(inner, value, location[1:]))


def right_values(cls: type[Settings], table: Any) -> dict[str, Any]:
    """The fields of ``table`` that are valid on their own, checked, as nested tables.

    Optional fields that are left out have their defaults; wrong or missing ones are not there.
    """
    table = cls.unfolded(in_full(cls, table))
    values: dict[str, Any] = {}
    if not isinstance(table, Mapping):
        return values
    for name, field in cls.model_fields.items():
        if name in table:
            values |= _right_value(cls, name, table[name])
        elif not field.is_required():
            values[name] = field.default
    return values


def _right_value(cls: type[Settings], name: str, value: Any) -> dict[str, Any]:
    inner = None if value is None or value == NONE else inner_class(cls, name, value)
    if inner is None:
        try:
            return {name: _adapter(cls, name).validate_python(plain_value(value), strict=True)}
        except ValidationError:
            return {}
    if isinstance(value, list | tuple):
        return {name: [right_values(inner, element) for element in value]}
    return {name: right_values(inner, value)}


@cache
def _adapter(cls: type[Settings], name: str) -> TypeAdapter[Any]:
    field = cls.model_fields[name]
    checked: Any = Annotated[field.annotation, field]
    return TypeAdapter(checked)


def sentences(mistakes: list[Mistake]) -> list[str]:
    """Each mistake as a line of text."""
    return [f"{dotted(location)}: {text}" for location, text in mistakes]


def places(table: Any, pattern: Location) -> Iterator[Location]:
    """Locations in ``table`` that match ``pattern``, in which "*" is every element of a list."""
    if not pattern:
        yield ()
        return
    head, *rest = pattern
    if head == "*":
        keys: list[str | int] = list(range(len(table))) if isinstance(table, list | tuple) else []
    else:
        keys = [head] if isinstance(table, Mapping) and head in table else []
    for key in keys:
        for inner in places(table[key], tuple(rest)):
            yield (key, *inner)
