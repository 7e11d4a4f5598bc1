"""The configuration that a caller asks for in Python, fitted to samples in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.encoders import get_encoder
from spikeff.data.registry import ARRAYS
from spikeff.errors import ConfigError
from spikeff.ir.codes import CLASS_COLUMNS
from spikeff.settings.tables import Table, look_up
from spikeff.training.config.files import (
    config_table,
    preset_table,
    sections_of,
    table_on_preset,
)
from spikeff.training.config.overlay import overlaid, with_fields
from spikeff.training.config.schema import TrainConfig, make_config

ORIGIN = "configuration"


class Request:
    """What a caller asks for: a preset or nothing, and what is said on top of it.

    Attributes:
        own: Sections that the caller gave.
        table: These on top of the preset.
    """

    def __init__(
        self,
        preset: str | None,
        config: Mapping[str, Any] | TrainConfig | Path | str | None,
        fields: Mapping[str, Any],
    ) -> None:
        """From the arguments of ``spikeff.train``.

        Args:
            preset: Name of a preset.
            config: Sections, or a TOML file of them.
            fields: Single fields or sections, by name or dotted path; None where not given.

        Raises:
            ConfigError: A preset and a whole configuration are given.
        """
        if preset is not None and not isinstance(config, Mapping | None):
            raise ConfigError(
                f"preset {preset!r} and config {_short(config)}: give one of them, not both."
            )
        own = _sections(config)
        if preset is None and isinstance(config, Mapping):
            preset = config.get("preset")
        given = {name: _plain(value) for name, value in fields.items() if value is not None}
        self.own = with_fields(own, given)
        self.table = overlaid(preset_table(preset) if preset is not None else {}, self.own)

    def on(self, config: TrainConfig) -> None:
        """Take ``config`` for what is not asked for."""
        self.table = overlaid(sections_of(config), self.own)

    @property
    def dataset(self) -> Any:
        """Name of the data set, not yet checked; None where nothing names one."""
        data = self.table.get("data")
        return data.get("dataset") if isinstance(data, Mapping) else None

    def encoder(self) -> str:
        """The kind of encoder."""
        table = with_fields(self.table, {"data.dataset": ARRAYS})
        return make_config(table, ORIGIN).data.encoder.kind

    def fit_to(self, split: Split) -> None:
        """Let the configuration be one of these samples, in what the caller left open.

        Steps of spike trains are theirs, no sample of a single row is shifted, and every class owns
        as many columns.
        """
        fields: dict[str, Any] = {"data.dataset": ARRAYS}
        if get_encoder(self.encoder()).in_steps and not self._says("data", "steps"):
            fields["data.steps"] = split.shape[0]
        if split.shape[0] == 1 and not self._says("data", "shift"):
            fields["data.shift"] = 0
        self.set(fields)
        if not self._says("network", "layers"):
            self.table = with_columns_for(self.table, split.classes)

    def set(self, fields: Mapping[str, Any]) -> None:
        """Decide fields by their dotted path, whatever was asked for."""
        self.table = with_fields(self.table, fields)

    def _says(self, *location: str) -> bool:
        try:
            look_up(self.own, location)
        except LookupError:
            return False
        return True


def with_columns_for(table: Table, classes: int) -> Table:
    """Layers rounded up so that every class owns as many columns, where classes own any."""
    config = make_config(table, ORIGIN)
    if config.reading != CLASS_COLUMNS:
        return table
    rounded = {
        f"network.layers.{k}.neurons": -(-layer.columns // classes) * layer.column_size * classes
        for k, layer in enumerate(config.layers)
    }
    return with_fields(table, rounded)


def _sections(config: Mapping[str, Any] | TrainConfig | Path | str | None) -> Table:
    if config is None:
        return {}
    if isinstance(config, TrainConfig):
        return sections_of(config)
    if isinstance(config, Mapping):
        without_preset = {name: _plain(v) for name, v in config.items() if name != "preset"}
        return table_on_preset(without_preset, ORIGIN)
    return config_table(Path(config))


def _plain(value: Any) -> Any:
    """``value`` as TOML would give it: numbers and lists of Python."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _short(config: Any) -> str:
    return "TrainConfig" if isinstance(config, TrainConfig) else str(config)
