"""Configurations as text: presets, TOML files, and what a checkpoint keeps."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from spikeff.errors import UnknownNameError
from spikeff.ir.io.text import parse_toml, read_toml
from spikeff.settings.tables import Table
from spikeff.training.config.lift import is_flat
from spikeff.training.config.overlay import lifted, overlaid
from spikeff.training.config.schema import TrainConfig, make_config

LOG = logging.getLogger("spikeff")


def load_config(path: Path) -> dict[str, Any]:
    """Read a TOML table of a configuration, not yet checked."""
    return read_toml(path, "configuration")


def config_table(path: Path) -> Table:
    """The sections of a TOML file, on top of the preset that its field ``preset`` names, if any.

    A flat file of version 0.1 is lifted, which is said in one line.
    """
    return table_on_preset(load_config(path), str(path))


def table_on_preset(table: Table, origin: str) -> Table:
    """As :func:`config_table`, of a table in memory. origin : what to call it in messages."""
    table = dict(table)
    base = table.pop("preset", None)
    below = preset_table(base) if base is not None else {}
    if not is_flat(table):
        return overlaid(below, table)
    sections, ignored = lifted(table, below)
    values = [f"{name} = {table[name]!r}" for name in ignored]
    _say_lifted(origin, values)
    return sections


def _say_lifted(origin: str, ignored: Sequence[str] = ()) -> None:
    without = f"; left out, for it had no effect: {', '.join(ignored)}" if ignored else ""
    _say_once(f"{origin}: configuration of 0.1 lifted to sections{without}")


@cache
def _say_once(line: str) -> None:
    LOG.warning(line)


def presets() -> dict[str, Table]:
    """All presets by name, as tables of sections."""
    folder = resources.files("spikeff.training.presets")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {
        name: table
        for file in files
        for name, table in parse_toml(file.read_text("utf-8"), file.name).items()
    }


def preset_table(name: str) -> Table:
    """The sections of one preset.

    Raises:
        UnknownNameError: No such preset exists; the message lists those that do.
    """
    known = presets()
    if not isinstance(name, str) or name not in known:
        raise UnknownNameError("preset", name, known)
    return known[name]


def config_text(config: TrainConfig) -> str:
    """The configuration as TOML that :func:`parse_config` reads back, equal."""
    import tomli_w

    return tomli_w.dumps(sections_of(config))


def parse_config(text: str, origin: str) -> TrainConfig:
    """Rebuild a configuration from :func:`config_text`, of this version or of 0.1."""
    return config_of(parse_toml(text, f"{origin}, its configuration"), origin)


def config_of(table: Table, origin: str) -> TrainConfig:
    """Rebuild a configuration from a whole table, of this version or of 0.1."""
    if is_flat(table):
        table, _ = lifted(table, {})
        _say_lifted(origin)
    return make_config(table, origin)


def sections_of(config: TrainConfig) -> Table:
    """The tables of a configuration as short as they are whole; ``make_config`` reads them.

    What all layers share goes into ``network.layer_defaults``.
    """
    table: Table = _shortened(config.model_dump())
    network = table["network"]
    layers = [_without_none(layer) for layer in config.model_dump()["network"]["layers"]]
    shared = _shared([{k: v for k, v in layer.items() if k != "neurons"} for layer in layers])
    own = [_difference(layer, shared) for layer in layers]
    network["layers"] = [layer["neurons"] if len(layer) == 1 else layer for layer in own]
    return {**table, "network": {**network, "layer_defaults": _shortened(shared)}}


def values_by_path(config: TrainConfig) -> dict[str, Any]:
    """Every value of a configuration that is not left out, by its dotted path, layers by number."""
    return dict(_leaves(config.model_dump(), ""))


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    tables = isinstance(value, tuple) and all(isinstance(each, dict) for each in value)
    if isinstance(value, dict) or tables:
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for name, below in inner:
            yield from _leaves(below, f"{path}.{name}" if path else str(name))
    elif value is not None:
        yield path, value


def _without_none(table: Any) -> Any:
    if isinstance(table, tuple):
        return [_without_none(each) for each in table]
    if not isinstance(table, dict):
        return table
    return {name: _without_none(value) for name, value in table.items() if value is not None}


def _shortened(table: Any) -> Any:
    """Without what is left out, and a kind's name where its table says nothing else."""
    if not isinstance(table, dict):
        return _without_none(table)
    if table.keys() == {"kind"}:
        return table["kind"]
    return {name: _shortened(value) for name, value in table.items() if value is not None}


def _shared(tables: Sequence[Table]) -> Table:
    """What all tables say alike; of tables within them, where these are of one kind."""
    first, *others = tables
    shared: Table = {}
    for name, value in first.items():
        values: list[Any] = [value, *(other.get(name) for other in others)]
        if all(other == value for other in values):
            shared[name] = value
        elif all(isinstance(each, dict) for each in values):
            alike = len({each.get("kind") for each in values}) == 1
            shared[name] = _shared(values) if alike else {}
    return {name: value for name, value in shared.items() if value != {}}


def _difference(table: Table, shared: Table) -> Table:
    """What ``table`` says beyond ``shared``."""
    own: Table = {}
    for name, value in table.items():
        if name not in shared:
            own[name] = value
        elif value != shared[name]:
            own[name] = _difference(value, shared[name])
    return own
