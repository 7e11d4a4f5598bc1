"""Which cost tables there are: those that come with the package, and registered ones."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path

from hw_targets.cost.table import CostTable
from hw_targets.cost.table_file import tables_of
from spikeff.errors import ConfigError, UnknownNameError
from spikeff.ir.io.text import parse_toml, read_toml


def bundled_tables() -> dict[str, CostTable]:
    """All tables that come with the package, by name."""
    return dict(_bundled())


@cache
def _bundled() -> dict[str, CostTable]:
    tables: dict[str, CostTable] = {}
    folder = resources.files("hw_targets.cost.tables")
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".toml"):
            tables |= tables_of(parse_toml(file.read_text("utf-8"), file.name, Decimal), file.name)
    return tables


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
    in_file = tables_of(read_toml(Path(name), "cost table", Decimal), name)
    if len(in_file) != 1:
        raise ConfigError(
            f"{name} holds {len(in_file)} cost tables {sorted(in_file)}; give one a file."
        )
    return next(iter(in_file.values()))
