"""Published costs of operations, read from TOML; a table without a source is refused."""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from importlib import resources
from typing import Any

from spikeff.errors import ConfigError, UnknownNameError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class CostTable:
    """Energies in picojoules, times in nanoseconds, static power in milliwatts per core."""

    name: str
    source: str
    kind: str
    year: int
    node: str
    synaptic_operation_pj: float
    synaptic_operation_ns: float
    neuron_update_active_pj: float
    neuron_update_active_ns: float
    neuron_update_inactive_pj: float
    neuron_update_inactive_ns: float
    spike_within_tile_pj: float
    spike_within_tile_ns: float
    barrier_one_tile_ns: float
    barrier_all_tiles_ns: float
    static_mw_per_core: float
    static_source: str

    def __post_init__(self) -> None:
        for name in ("source", "static_source", "kind"):
            if not getattr(self, name):
                raise ConfigError(f"cost table {self.name!r}: {name} is empty; name the source.")
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.endswith(("_pj", "_ns", "_mw_per_core")) and not value >= 0:
                raise ConfigError(f"cost table {self.name!r}: {field.name} = {value} is negative.")


def cost_table(name: str) -> CostTable:
    """Look a bundled table up by name; raises UnknownNameError with the names that exist."""
    text = resources.files("hw_targets").joinpath("cost_tables.toml").read_text("utf-8")
    tables: dict[str, dict[str, Any]] = tomllib.loads(text)
    if name not in tables:
        raise UnknownNameError("cost table", name, tables)
    table = tables[name]
    expected = {field.name for field in fields(CostTable)}
    if table.keys() != expected:
        odd = sorted(expected ^ table.keys())
        raise ConfigError(f"cost table {name!r}: missing or unknown values {odd}.")
    return CostTable(**table)
