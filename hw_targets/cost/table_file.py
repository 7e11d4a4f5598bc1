"""Reads cost tables from TOML. A row without a source is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hw_targets.cost.table import BARRIER, BOXES, KINDS, OPERATIONS, PLACED, Cost, CostTable
from lava_export.chips.catalogue import get_chip
from spikeff.errors import ConfigError, UnknownNameError
from spikeff.ir.numbers import shown, whole_number

LARGEST = Decimal(10**30)  # of any figure
TABLE_FIELDS = {"title", "rows", "omits", "relative_energy", "relative_time"}
TABLE_FIELDS |= {"chip", "scenario", "within"}
SHARED_FIELDS = {"source", "where", "year", "node", "kind", "uncertainty"}
YEARS = 1900, 2200


def tables_of(tables: dict[str, Any], origin: str) -> dict[str, CostTable]:
    """The tables of a parsed file.

    Args:
        origin: What errors call the file.

    Raises:
        ConfigError: A table cannot be used; the message names row and field.
    """
    return {name: _table(name, table, origin) for name, table in tables.items()}


def _table(name: str, table: Any, origin: str) -> CostTable:
    owner = f"{origin}, cost table {name!r}"
    if not isinstance(table, dict) or not isinstance(table.get("rows"), dict):
        raise ConfigError(f"{owner}: it has no rows; see docs/energy.md for the form of a table.")
    _require_known(owner, "field", set(table), TABLE_FIELDS | SHARED_FIELDS)
    for field in ("title", "source", "node", "kind", "year"):
        _require_traceable(owner, field, table.get(field))
    shared = {key: table[key] for key in SHARED_FIELDS if key in table}
    relative = {
        "pj": _number(owner, table, "relative_energy", Decimal(1)),
        "ns": _number(owner, table, "relative_time", Decimal(1)),
    }
    rows = {key: _row(owner, key, row, shared, relative) for key, row in table["rows"].items()}
    return CostTable(
        name=name,
        title=table["title"],
        source=table["source"],
        year=int(table["year"]),
        node=table["node"],
        kind=table["kind"],
        omits=_texts(owner, table, "omits"),
        rows=rows,
        chip=_chip(owner, table),
        scenario=_text(owner, table, "scenario"),
        within=_within(owner, table),
    )


def _texts(owner: str, table: dict[str, Any], field: str) -> tuple[str, ...]:
    texts = table.get(field, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ConfigError(f"{owner}: {field} = {shown(texts)}; give a list of texts.")
    return tuple(texts)


def _text(owner: str, table: dict[str, Any], field: str) -> str:
    text = table.get(field, "")
    if not isinstance(text, str):
        raise ConfigError(f"{owner}: {field} = {shown(text)}; give a text.")
    return text


def _chip(owner: str, table: dict[str, Any]) -> str | None:
    """Name of the chip that rows of cores and mesh need; Loihi 1 where such a table names none."""
    name = _text(owner, table, "chip")
    if name:
        return get_chip(name).name
    placed = any(BARRIER.fullmatch(row) or row in PLACED for row in table["rows"])
    return "loihi1" if placed else None


def _within(owner: str, table: dict[str, Any]) -> tuple[str, ...]:
    boxes = _texts(owner, table, "within")
    for box in boxes:
        if box not in BOXES:
            raise UnknownNameError(f"{owner}: within: box", box, BOXES)
    return boxes


def _row(owner: str, name: str, row: Any, shared: dict[str, Any], relative: dict[str, Any]) -> Cost:
    owner = f"{owner}, row {name!r}"
    if name not in OPERATIONS and not BARRIER.fullmatch(name):
        raise UnknownNameError(f"{owner}: operation", name, [*OPERATIONS, "barrier_<n>_tiles_ns"])
    if not isinstance(row, dict):
        raise ConfigError(f"{owner}: give a table with value, low, high.")
    _require_known(owner, "field", set(row), {"value", "low", "high"} | SHARED_FIELDS)
    facts = shared | {key: row[key] for key in row if key in SHARED_FIELDS}
    for field in sorted(SHARED_FIELDS):
        _require_traceable(owner, field, facts.get(field))
    if facts["kind"] not in KINDS:
        raise UnknownNameError(f"{owner}: kind", facts["kind"], KINDS)
    value = _number(owner, row, "value")
    low, high = _number(owner, row, "low"), _number(owner, row, "high")
    share = relative.get(name.rpartition("_")[2])
    if share is not None and value is not None and low is None and high is None:
        low, high = value * (1 - share), value * (1 + share)
    bounded = low is not None and high is not None
    if value is None and not (bounded and facts["kind"] == "scenario"):
        raise ConfigError(f"{owner}: value is missing; only a scenario may have bounds alone.")
    if value is not None and facts["kind"] == "scenario":
        raise ConfigError(f"{owner}: a scenario has bounds and no value; give low and high.")
    low, high = (value if low is None else low), (value if high is None else high)
    assert low is not None
    assert high is not None
    if not low <= (low if value is None else value) <= high:
        raise ConfigError(f"{owner}: low = {low}, value = {value}, high = {high} are out of order.")
    return Cost(name, value, low, high, bounded, **facts | {"year": int(facts["year"])})


def _require_traceable(owner: str, field: str, value: Any) -> None:
    """Raise ConfigError unless a field that says where figures come from says so."""
    if not value:
        raise ConfigError(f"{owner}: {field} is missing; every figure must be traceable.")
    if field == "year":
        whole_number(f"{owner}: {field}", value, *YEARS)
    elif not isinstance(value, str):
        raise ConfigError(f"{owner}: {field} = {shown(value)}; give a text.")


def _number(owner: str, row: dict[str, Any], field: str, most: Decimal = LARGEST) -> Decimal | None:
    figure = row.get(field)
    if figure is None:
        return None
    if isinstance(figure, bool) or not isinstance(figure, int | Decimal):
        raise ConfigError(f"{owner}: {field} = {shown(figure)} is not a number.")
    number = Decimal(figure)
    if not number.is_finite() or not 0 <= number <= most:
        raise ConfigError(
            f"{owner}: {field} = {number:.6g}; it must be a number >= 0 and at most {most:.6g}."
        )
    return number


def _require_known(owner: str, kind: str, given: set[str], known: set[str]) -> None:
    for name in sorted(given - known):
        raise UnknownNameError(f"{owner}: {kind}", name, known)
