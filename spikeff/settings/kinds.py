"""Tables of a configuration as classes, and fields that hold one of several registered kinds.

A section is a class of :class:`Settings` beside the code that reads it. Where one of several kinds
can stand (an encoder, an objective, a rule ...), the field is annotated with a :class:`OneOf` with
the registry of kinds, and each kind has a class of its own that checks its table. A kind that is
registered from outside is therefore named and checked like those of this package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar, get_type_hints

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, create_model, model_validator
from pydantic_core import core_schema

from spikeff.errors import ConfigError, UnknownKindError

NONE = "none"  # in a table: left out, since TOML has no null
Entry = TypeVar("Entry")
Location = tuple[str | int, ...]


class Settings(BaseModel):
    """A table whose fields are known, checked, and never change.

    Attributes:
        shorthand: Field that a single value in place of the table stands for; None where a table
            is required.
        folded: Further tables that :meth:`unfolded` merges beneath others, by name.
    """

    # Strict: "16" and 16.0 are no whole numbers. A field may allow infinity.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
    shorthand: ClassVar[str | None] = None
    folded: ClassVar[Mapping[str, type[Settings]]] = {}

    @model_validator(mode="before")
    @classmethod
    def _unfolded(cls, value: Any) -> Any:
        return plain_value(cls.unfolded(in_full(cls, plain_value(value))))

    @classmethod
    def unfolded(cls, table: Any) -> Any:
        """The table as the fields of the class hold it; raises nothing."""
        return table

    @classmethod
    def written_at(cls, table: Mapping[str, Any], location: Location) -> Location:
        """Location in ``table`` of what is at ``location`` once it is unfolded."""
        return location


def plain_value(value: Any) -> Any:
    """``value`` with scalars of numpy as Python's and tuples for lists, however deep."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {key: plain_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return tuple(plain_value(inner) for inner in value)
    return value


def in_full(cls: type[Settings], value: Any) -> Any:
    """The table that a single ``value`` in its place stands for; anything else unchanged."""
    if cls.shorthand is not None and isinstance(value, str | int | float) and value != NONE:
        return {cls.shorthand: value}
    return value


class Kind(Settings):
    """A table with a field ``kind`` that says what it describes.

    Attributes:
        kind: A name that the registry of such kinds knows.
    """

    kind: str
    shorthand: ClassVar[str | None] = "kind"


def _none_is_left_out(value: Any) -> Any:
    return None if value == NONE else value


# For optional fields: "none" removes what a preset or the defaults of all layers set.
OrNone = BeforeValidator(_none_is_left_out)


@cache
def settings_of_fields(made: type[Any], base: type[Kind]) -> type[Kind]:
    """The table of a kind that is a dataclass: its fields, with their types and constraints.

    Args:
        made: A dataclass; ``Annotated`` types carry constraints, as those of pydantic. Fields
            with a default factory, or that its constructor does not take, are its state.
        base: The table that all kinds of the registry have in common.
    """
    hints = get_type_hints(made, include_extras=True)
    wanted: dict[str, Any] = {
        field.name: (hints[field.name], ... if field.default is MISSING else field.default)
        for field in fields(made)
        if field.init and field.default_factory is MISSING
    }
    name = f"{made.__name__}Settings"
    created = create_model(name, __base__=base, __doc__=made.__doc__, **wanted)
    # Pickle cannot find a class that no module holds, so its objects are rebuilt from its parts.
    created.__reduce__ = lambda own: (_unpickled, (made, base, own.model_dump()))  # type: ignore
    return created


def _unpickled(made: type[Any], base: type[Kind], table: dict[str, Any]) -> Kind:
    settings: type[Kind] = settings_of_fields(made, base)  # type: ignore[arg-type]
    return settings(**table)


class KindsOf(Mapping[str, type[Kind]], Generic[Entry]):
    """The settings class of each kind in a registry, looked up live: kinds may be added later."""

    def __init__(
        self, registry: Callable[[], Mapping[str, Entry]], settings: Callable[[Entry], type[Kind]]
    ) -> None:
        self._registry, self._settings = registry, settings

    def __getitem__(self, name: str) -> type[Kind]:
        return self._settings(self._registry()[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._registry())

    def __len__(self) -> int:
        return len(self._registry())


@dataclass(frozen=True)
class OneOf:
    """Marks a field that holds the settings of one of several kinds.

    A table names its kind; a name alone is the table of that kind with nothing else in it.

    Attributes:
        noun: What such a kind is called in messages.
        kinds: Name of a kind to the class that checks its table.
        default: Kind of a table that names none; None where a table must name one.
        optional: Whether the field may be left out, or be "none".
    """

    noun: str
    kinds: Mapping[str, type[Kind]]
    default: str | None = None
    optional: bool = False

    def settings_of(self, table: Any) -> type[Kind] | None:
        """The class that checks ``table``; None where its kind is missing or unknown."""
        kind = table.get("kind", self.default) if isinstance(table, Mapping) else None
        return self.kinds[kind] if isinstance(kind, str) and kind in self.kinds else None

    def read(self, value: Any) -> Kind | None:
        """Settings from a table, a name, or settings.

        Raises:
            ValueError: The kind is missing or unknown, or a field is wrong.
        """
        if isinstance(value, Kind):
            return value
        if self.optional and (value is None or value == NONE):
            return None
        table = in_full(Kind, value)
        kind = table.get("kind", self.default) if isinstance(table, Mapping) else table
        if kind is None:
            raise ValueError(f"kind is missing; choose one of: {', '.join(sorted(self.kinds))}")
        if not isinstance(kind, str) or kind not in self.kinds:
            raise ValueError(str(UnknownKindError(self.noun, kind, self.kinds)))
        return self.kinds[kind].model_validate({**table, "kind": kind})

    def of(self, kind: str) -> Kind:
        """The settings of a kind with the defaults of all its fields."""
        return self.kinds[kind](kind=kind)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)


def register_kind(noun: str, registry: dict[str, Entry], name: str, entry: Entry) -> None:
    """Put ``entry`` into ``registry``.

    Args:
        noun: What such a kind is called in messages.
        registry: Where it goes.
        name: Not yet taken.
        entry: The kind.

    Raises:
        ConfigError: The name is taken, or is "none", which means no kind at all.
    """
    if name in registry or name == NONE:
        raise ConfigError(f"{noun} {name!r} is registered already; choose another name.")
    registry[name] = entry
