"""Configurations as text: presets, TOML files, and what a checkpoint keeps."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

from spikeff.errors import UnknownNameError
from spikeff.ir.io.text import parse_toml, read_toml
from spikeff.training.config.schema import TrainConfig, make_config


def load_config(path: Path) -> dict[str, Any]:
    """Read a TOML table of TrainConfig fields, not yet checked."""
    return read_toml(path, "configuration")


def config_table(path: Path) -> dict[str, Any]:
    """A TOML table of fields, on top of the preset that its field ``preset`` names, if any."""
    table = load_config(path)
    base = table.pop("preset", None)
    return (preset_table(base) if base is not None else {}) | table


def presets() -> dict[str, dict[str, Any]]:
    """All presets by name, as tables of TrainConfig fields."""
    text = resources.files("spikeff.training.config").joinpath("presets.toml").read_text("utf-8")
    return parse_toml(text, "presets.toml")


def preset_table(name: str) -> dict[str, Any]:
    """The table of one preset; raises UnknownNameError with the names that exist."""
    known = presets()
    if not isinstance(name, str) or name not in known:
        raise UnknownNameError("preset", name, known)
    return known[name]


def config_text(config: TrainConfig) -> str:
    """The configuration as TOML that :func:`parse_config` reads back, equal."""
    import tomli_w

    table = config.model_dump()
    table["spike_limit"] = "none" if config.spike_limit is None else config.spike_limit
    return tomli_w.dumps({name: value for name, value in table.items() if value is not None})


def parse_config(text: str, origin: str) -> TrainConfig:
    """Rebuild a configuration from :func:`config_text`."""
    return make_config(parse_toml(text, f"{origin}, its configuration"), origin)
