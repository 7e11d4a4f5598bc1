"""Which cost tables there are, and which measured systems to set a figure beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hw_targets.cost.anchors import Priced
    from hw_targets.cost.systems import System


@dataclass(frozen=True)
class TableInfo:
    """A cost table that `--table` knows by its name.

    Attributes:
        kind: How its figures were found: simulated, measured, fitted, derived, tabulated, scenario.
        node: Technology that they are for.
        chip: Chip that networks are placed on for it; None where it needs none.
        scenario: What it stands for among the tables of its chip; "" for none.
        covers: What it prices.
        omits: What it has no figure for.
    """

    name: str
    title: str
    year: int
    kind: str
    node: str
    chip: str | None
    scenario: str
    covers: tuple[str, ...]
    omits: tuple[str, ...]
    source: str


def cost_tables() -> tuple[TableInfo, ...]:
    """Every cost table: those that come with the package, and registered ones."""
    from hw_targets.cost.coverage import covered
    from hw_targets.cost.table_registry import known_tables

    return tuple(
        TableInfo(
            t.name,
            t.title,
            t.year,
            t.kind,
            t.node,
            t.chip,
            t.scenario,
            covered(t),
            t.omits,
            t.source,
        )
        for t in known_tables().values()
    )


def validated() -> tuple[Priced, ...]:
    """Networks that were measured on silicon, priced by our tables."""
    from hw_targets.cost.anchors import validation

    return validation()


def measured_systems() -> tuple[System, ...]:
    """Every measured system."""
    from hw_targets.cost.systems import systems

    return tuple(systems().values())
