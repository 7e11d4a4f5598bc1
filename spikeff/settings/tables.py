"""Tables of settings before they are checked: their classes, merging, and dotted paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic.fields import FieldInfo

from spikeff.settings.kinds import NONE, Kind, Location, OneOf, Settings, in_full

Table = dict[str, Any]


def mark_of(field: FieldInfo) -> OneOf | None:
    """The mark of a field that holds one of several kinds; None for any other field."""
    return next((mark for mark in field.metadata if isinstance(mark, OneOf)), None)


def inner_class(cls: type[Settings], name: str, value: Any) -> type[Settings] | None:
    """The class that checks ``value`` as field ``name`` of ``cls``, or as an element of it.

    None where the field is unknown or holds no table, or where the kind of the table is unknown.
    """
    if name in cls.folded:
        return cls.folded[name]
    field = cls.model_fields.get(name)
    if field is None:
        return None
    mark = mark_of(field)
    if mark is not None:
        return mark.settings_of(in_full(Kind, value))
    return next((c for c in _classes_in(field.annotation) if issubclass(c, Settings)), None)


def _classes_in(annotation: Any) -> Iterator[type[Any]]:
    """All classes that an annotation names, however nested."""
    if isinstance(annotation, type) and not get_args(annotation):
        yield annotation
    for argument in get_args(annotation):
        yield from _classes_in(argument)


def spelled_out(cls: type[Settings], table: Any) -> Any:
    """``table`` of the class ``cls`` with every shorthand value expanded to its table."""
    table = in_full(cls, table)
    if not isinstance(table, Mapping):
        return table
    return {name: _field_spelled_out(cls, name, value) for name, value in table.items()}


def _field_spelled_out(cls: type[Settings], name: str, value: Any) -> Any:
    inner = inner_class(cls, name, value)
    if inner is None or value is None or value == NONE or name in cls.folded:
        return spelled_out(inner, value) if inner and isinstance(value, Mapping) else value
    if isinstance(value, list | tuple):
        return [spelled_out(inner, element) for element in value]
    return spelled_out(inner, value)


def laid_on(cls: type[Settings], below: Mapping[str, Any], above: Mapping[str, Any]) -> Table:
    """The table ``above`` merged over ``below``, field by field; lists replace lists.

    Where the upper one names another kind, only those fields of the lower one stay that the new
    kind has too.

    Args:
        cls: Class of both tables.
        below: Spelled out.
        above: Spelled out.
    """
    result = dict(below)
    for name, value in above.items():
        lower = below.get(name)
        if isinstance(value, Mapping) and isinstance(lower, Mapping):
            result[name] = _table_laid_on(cls, name, lower, value)
        elif isinstance(value, Mapping) and isinstance(lower, list | tuple):
            result[name] = _elements_laid_on(cls, name, lower, value)
        else:
            result[name] = value
    return result


def _elements_laid_on(
    cls: type[Settings], name: str, below: Any, above: Mapping[str, Any]
) -> list[Any] | Mapping[str, Any]:
    """A list of tables with the tables ``above`` merged over elements by index; else ``above``."""
    inner = inner_class(cls, name, below)
    places = {str(index): index for index in range(len(below))}
    if inner is None or not above.keys() <= places.keys():
        return above
    result = list(below)
    for index, value in above.items():
        element = in_full(inner, result[places[index]])
        result[places[index]] = laid_on(inner, element, in_full(inner, value))
    return result


def _table_laid_on(
    cls: type[Settings], name: str, below: Mapping[str, Any], above: Mapping[str, Any]
) -> Table:
    kind = above.get("kind", below.get("kind"))
    inner = inner_class(cls, name, {"kind": kind} if kind is not None else above)
    if inner is None:
        return dict(above) if kind != below.get("kind") else {**below, **above}
    if kind != below.get("kind"):
        below = {field: value for field, value in below.items() if field in inner.model_fields}
    return laid_on(inner, below, above)


def nested(fields: Mapping[str, Any]) -> Table:
    """A nested table from values by dotted path."""
    result: Table = {}
    for path in sorted(fields, key=lambda path: path.count(".")):
        *outer, last = path.split(".")
        table = result
        for name in outer:
            table[name] = table = _as_table(table.get(name, {}))
        table[last] = fields[path]
    return result


def _as_table(value: Any) -> Table:
    """A table of its own: that of a kind from its name; empty for anything but a table or name."""
    full = in_full(Kind, value) if isinstance(value, str) else value
    return dict(full) if isinstance(full, Mapping) else {}


def look_up(table: Any, location: Location) -> Any:
    """The value at ``location``; raises LookupError where there is none."""
    for part in location:
        if isinstance(table, Settings) and part in type(table).model_fields:
            table = getattr(table, str(part))
        elif isinstance(table, Mapping) or (
            isinstance(table, list | tuple) and isinstance(part, int)
        ):
            table = table[part]  # type: ignore[index]
        else:
            raise LookupError(location)
    return table


def dotted(location: Location) -> str:
    """A location as a dotted path."""
    return ".".join(str(part) for part in location)


def owner_of(
    cls: type[Settings], table: Any, location: Location
) -> tuple[type[Settings] | None, OneOf | None]:
    """The class of the table that holds ``location``, and the mark of the field with that table.

    Args:
        cls: Class of ``table``.
        table: Spelled out.
        location: Of a field within ``table``, known or not.

    Returns:
        None for a class that cannot be determined, and for the mark of a field without kinds.
    """
    owner: type[Settings] | None = cls
    mark: OneOf | None = None
    for part in location[:-1]:
        table = _value_at(table, part)
        if isinstance(part, str) and owner is not None:
            field = owner.model_fields.get(part)
            mark = mark_of(field) if field is not None else None
            owner = inner_class(owner, part, table)
    return owner, mark


def _value_at(table: Any, part: str | int) -> Any:
    try:
        return look_up(table, (part,))
    except LookupError:
        return None


def fields_at(cls: type[Settings], location: Location) -> list[FieldInfo]:
    """The fields at ``location`` in tables of ``cls``, one for each kind that has it.

    "*" and numbers are elements of lists. Empty where no table can hold the location.
    """
    head, rest = str(location[0]), location[1:]
    if head == "*" or head.isdecimal():
        return fields_at(cls, rest) if rest else []
    field = cls.model_fields.get(head)
    if head in cls.folded:
        return fields_at(cls.folded[head], rest) if rest else []
    if field is None:
        return []
    if not rest:
        return [field]
    mark, inner = mark_of(field), inner_class(cls, head, None)
    classes = list(mark.kinds.values()) if mark is not None else [inner] if inner else []
    return [found for each in classes for found in fields_at(each, rest)]


def field_names(cls: type[Settings], prefix: str = "") -> list[str]:
    """Dotted paths of all that tables of ``cls`` can hold, of all kinds, outer ones first.

    Elements of lists have no number: their fields stand below the list's name.
    """
    names: list[str] = []
    for name, field in cls.model_fields.items():
        path, mark = f"{prefix}{name}", mark_of(field)
        inner = inner_class(cls, name, None)
        kinds = list(mark.kinds.values()) if mark is not None else [inner] if inner else []
        names += [path, *(below for kind in kinds for below in field_names(kind, f"{path}."))]
    for name, folded in cls.folded.items():
        names += [f"{prefix}{name}", *field_names(folded, f"{prefix}{name}.")]
    return list(dict.fromkeys(names))
