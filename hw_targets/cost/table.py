"""Published costs of operations, read from TOML. A row without a source is refused.

The name of a row is an operation and its unit, ``synaptic_operation_pj``. Values are kept as the
decimals that the table holds, so that what is multiplied is what is printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

from spikeff.errors import ConfigError, UnknownNameError
from spikeff.ir.io.text import parse_toml, read_toml
from spikeff.ir.numbers import shown, whole_number

LARGEST = Decimal(10**30)  # of any figure

LEVELS = ("low", "value", "high")
KINDS = ("simulated", "measured", "fitted", "derived", "tabulated", "scenario")
UNITS = {"pj": "pJ", "ns": "ns", "mw": "mW"}
BARRIER = re.compile(r"barrier_(\d{1,6})_tiles_ns", re.ASCII)
OPERATIONS = {
    "synaptic_operation_pj",
    "synaptic_operation_ns",
    "neuron_update_active_pj",
    "neuron_update_active_ns",
    "neuron_update_inactive_pj",
    "neuron_update_inactive_ns",
    "spike_pj",
    "spike_ns",
    "message_pj",
    "message_ns",
    "message_out_ns",
    "hop_east_west_pj",
    "hop_east_west_ns",
    "hop_north_south_pj",
    "hop_north_south_ns",
    "synaptic_update_pj",
    "synaptic_update_ns",
    "step_ns",
    "static_per_core_mw",
    "float32_add_pj",
    "float32_multiply_pj",
    "int8_add_pj",
    "int8_multiply_pj",
    "int32_add_pj",
    "int32_multiply_pj",
    "sram_per_byte_pj",
    "dram_per_byte_pj",
}
TABLE_FIELDS = {"title", "rows", "omits", "relative_energy", "relative_time"}
SHARED_FIELDS = {"source", "where", "year", "node", "kind", "uncertainty"}
YEARS = 1900, 2200


@dataclass(frozen=True)
class Cost:
    """One row.

    Attributes:
        value: Published cost; None in a scenario, which has bounds only.
        low: Lower bound, equal to the value where none is published.
        high: Upper bound, equal to the value where none is published.
        where: Table or equation of the source.
        uncertainty: Where the bounds come from.
    """

    name: str
    value: Decimal | None
    low: Decimal
    high: Decimal
    bounded: bool
    source: str
    where: str
    year: int
    node: str
    kind: str
    uncertainty: str

    @property
    def unit(self) -> str:
        """pJ, ns or mW."""
        return UNITS[self.name.rpartition("_")[2]]

    def at(self, level: str) -> Decimal | None:
        """The figure at "low", "value" or "high"; None for the value of a scenario."""
        figure: Decimal | None = getattr(self, level)
        return figure


@dataclass(frozen=True)
class CostTable:
    """Rows by name.   omits : what the table has no cost for, in words."""

    name: str
    title: str
    source: str
    year: int
    node: str
    kind: str
    omits: tuple[str, ...]
    rows: dict[str, Cost]

    @property
    def barriers(self) -> list[tuple[int, Cost]]:
        """Cost of the barrier by number of tiles, ascending."""
        matches = [(BARRIER.fullmatch(name), row) for name, row in self.rows.items()]
        return sorted(((int(m[1]), row) for m, row in matches if m), key=lambda pair: pair[0])

    @property
    def has_time(self) -> bool:
        """True where the table says how long a step takes."""
        return bool(self.barriers) or "step_ns" in self.rows


def bundled_tables() -> dict[str, CostTable]:
    """All tables that come with the package, by name."""
    text = resources.files("hw_targets.cost").joinpath("tables.toml").read_text("utf-8")
    return _tables(parse_toml(text, "cost_tables.toml", Decimal), "cost_tables.toml")


_registered: dict[str, CostTable] = {}


def register_cost_table(file: Path) -> CostTable:
    """Make the one table of a TOML file one that ``--table`` knows by its name.

    Raises:
        ConfigError: The file holds no such table, or its name is taken.
    """
    table = cost_table(str(file))
    if table.name in known_tables():
        raise ConfigError(
            f"{file}: cost table {table.name!r} is registered already; choose another name."
        )
    _registered[table.name] = table
    return table


def known_tables() -> dict[str, CostTable]:
    """All tables by name: those that come with the package, and registered ones."""
    return bundled_tables() | _registered


def cost_table(name: str) -> CostTable:
    """A table by name, or the one table of a file whose path ends in ``.toml``.

    Raises:
        UnknownNameError: No such table exists; the message lists those that do.
        ConfigError: The table cannot be used.
    """
    if not name.endswith(".toml"):
        tables = known_tables()
        if name not in tables:
            raise UnknownNameError("cost table", name, [*tables, "FILE.toml"])
        return tables[name]
    in_file = _tables(read_toml(Path(name), "cost table", Decimal), name)
    if len(in_file) != 1:
        raise ConfigError(
            f"{name} holds {len(in_file)} cost tables {sorted(in_file)}; give one a file."
        )
    return next(iter(in_file.values()))


def _tables(tables: dict[str, Any], origin: str) -> dict[str, CostTable]:
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
    omits = table.get("omits", [])
    if not isinstance(omits, list) or not all(isinstance(text, str) for text in omits):
        raise ConfigError(f"{owner}: omits = {shown(omits)}; give a list of texts.")
    return CostTable(
        name, table["title"], table["source"], int(table["year"]), table["node"], table["kind"],
        tuple(omits), rows,
    )  # fmt: skip


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
