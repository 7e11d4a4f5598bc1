"""Validation: networks that were measured on silicon, priced by our tables.

What is priced is dynamic and idle energy; what was measured is dynamic energy, the power of the
idle chip taken off. A ratio above one says that the board took more than the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from importlib import resources

from hw_targets.cost.energy import PICO, RULES
from hw_targets.cost.systems import System, systems
from hw_targets.cost.table import CostTable
from hw_targets.cost.table_registry import cost_table
from spikeff.errors import ConfigError
from spikeff.ir.io.text import parse_toml


@dataclass(frozen=True)
class Anchor:
    """A measured system and the operations of one inference.

    Attributes:
        tables: Names of the tables that can price it.
        how: How the counts were found.
        low: Fewest operations, by what is counted.
        high: Most operations.
    """

    name: str
    system: System
    tables: tuple[str, ...]
    how: str
    low: dict[str, int]
    high: dict[str, int]


@dataclass(frozen=True)
class Priced:
    """An anchor by one table.

    Attributes:
        low: Joules of the fewest operations.
        high: Joules of the most operations.
        measured: Joules on silicon.
    """

    anchor: Anchor
    table: str
    low: float
    high: float
    measured: float

    @property
    def ratios(self) -> tuple[float, float]:
        """Measured over priced, the smaller first."""
        return self.measured / self.high, self.measured / self.low


def anchors() -> dict[str, Anchor]:
    """Every anchor, by name."""
    text = resources.files("hw_targets.cost").joinpath("anchors.toml").read_text("utf-8")
    return {
        name: Anchor(
            name,
            systems()[entry["system"]],
            tuple(entry["tables"]),
            entry["how"],
            entry["low"],
            entry["high"],
        )
        for name, entry in parse_toml(text, "anchors.toml").items()
    }


def joules_of(counts: dict[str, int], table: CostTable) -> float:
    """Joules of operations at the values of ``table``; what it has no row for is free.

    Raises:
        ConfigError: A count is of something that no table prices, or a row has bounds only.
    """
    rules = {counted: (row, factor) for row, counted, factor, _ in reversed(RULES)}
    total = Fraction()
    for counted, count in counts.items():
        if counted not in rules:
            raise ConfigError(f"{counted!r} is priced by no table; counted are {sorted(rules)}.")
        row, factor = rules[counted]
        if row in table.rows:
            value = table.rows[row].value
            if value is None:
                raise ConfigError(f"cost table {table.name!r} has bounds only.")
            total += count * factor * Fraction(value)
    return float(total * PICO)


def validation() -> tuple[Priced, ...]:
    """Every anchor by every table that can price it."""
    found = []
    for anchor in anchors().values():
        for name in anchor.tables:
            table = cost_table(name)
            low, high = (joules_of(counts, table) for counts in (anchor.low, anchor.high))
            measured = (anchor.system.microjoules or 0.0) * 1e-6
            found.append(Priced(anchor, name, low, high, measured))
    return tuple(found)
