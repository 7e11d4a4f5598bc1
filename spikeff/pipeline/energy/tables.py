"""Which cost tables there are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TableInfo:
    """A cost table that `--table` knows by its name.

    Attributes:
        kind: How its figures were found: simulated, measured, fitted, derived, tabulated, scenario.
        node: Technology that they are for.
        covers: What it prices.
        omits: What it has no figure for.
    """

    name: str
    title: str
    year: int
    kind: str
    node: str
    covers: tuple[str, ...]
    omits: tuple[str, ...]
    source: str


def cost_tables() -> tuple[TableInfo, ...]:
    """Every cost table: those that come with the package, and registered ones."""
    from hw_targets.cost.coverage import covered
    from hw_targets.cost.table_registry import known_tables

    return tuple(
        TableInfo(t.name, t.title, t.year, t.kind, t.node, covered(t), t.omits, t.source)
        for t in known_tables().values()
    )
