"""Which configuration is meant: a preset, a file or a run, with what the caller decided on top."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spikeff.data.registry import holding_out
from spikeff.errors import ConfigError, UnknownNameError
from spikeff.settings.kinds import NONE
from spikeff.training.checkpoint import read_config
from spikeff.training.config.files import config_table, preset_table, presets
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import TrainConfig, make_config

LEARNED, FIXED = "learned", "fixed"
DELAYS = (LEARNED, FIXED, NONE)


def resolve_config(source: str) -> TrainConfig:
    """The whole configuration of a preset, of a TOML file or of a run directory.

    Raises:
        UnknownNameError: No such preset exists.
        ConfigError: The configuration cannot be used.
        FileFormatError: The file is damaged.
    """
    if source in presets():
        return make_config(preset_table(source), f"preset {source}")
    path = Path(source)
    if path.is_dir():
        return read_config(path)
    if path.is_file() or path.suffix == ".toml":
        return make_config(config_table(path), str(path))
    raise UnknownNameError("preset, file or run", source, presets())


def wanted_fields(
    preset: str | None,
    config: Path | str | None,
    epochs: int | None,
    seed: int | None,
    validation: float | None = None,
    early_stop: int | None = None,
    delays: str | None = None,
    max_delay: int | None = None,
    hold_out: str | None = None,
) -> dict[str, Any]:
    """The sections that the caller decided, whole or in part."""
    if preset is not None and config is not None:
        raise ConfigError(f"preset {preset!r} and config {config}: give one of them, not both.")
    table: dict[str, Any] = {}
    if preset is not None:
        table = preset_table(preset)
    elif config is not None:
        table = config_table(Path(config))
    given = {
        "schedule.epochs": epochs,
        "seed": seed,
        "validation.share": validation,
        "validation.early_stop": early_stop,
        **_delay_fields(delays, max_delay),
        "data.dataset": None if hold_out is None else _holding_out(table, hold_out),
    }
    return with_fields(table, {path: value for path, value in given.items() if value is not None})


def _delay_fields(delays: str | None, max_delay: int | None) -> dict[str, Any]:
    """Delays of the synapses of every layer, by what is said of them in two words.

    Raises:
        UnknownNameError: ``delays`` is no such word.
        ConfigError: Only one of the two says that there are delays.
    """
    if delays is None and max_delay is None:
        return {}
    kind = LEARNED if delays is None else delays
    if kind not in DELAYS:
        raise UnknownNameError("kind of delays", kind, DELAYS)
    if (kind == NONE) != (max_delay is None):
        raise ConfigError(
            f"delays = {kind!r} with max_delay = {max_delay}: learned and fixed delays need "
            f"the most steps (--max-delay N), none takes no such number."
        )
    table = {"max_delay": max_delay, "learned": kind == LEARNED}
    return {"network.layer_defaults.delays": NONE if kind == NONE else table}


def _holding_out(table: dict[str, Any], speaker: str) -> str:
    """The name of the data set of ``table`` with ``speaker`` held out."""
    data = table.get("data")
    dataset = data.get("dataset") if isinstance(data, dict) else None
    if not isinstance(dataset, str):
        raise ConfigError(
            f"speaker {speaker!r} is to be held out of a data set, and nothing names one: hold "
            f"out together with a preset or a configuration; a run that is resumed keeps its own."
        )
    return holding_out(dataset, speaker)


def says_what_to_train(wanted: dict[str, Any]) -> bool:
    """Whether the sections say more than how long, from which seed, and judged by what."""
    return bool(wanted.keys() - {"schedule", "seed", "validation"})


def whole_config(wanted: dict[str, Any]) -> TrainConfig:
    """The configuration that the sections make.

    Raises:
        ConfigError: The sections do not say what to train.
    """
    if not says_what_to_train(wanted):
        raise ConfigError(
            "nothing says what to train: give --preset NAME or --config FILE.toml (in Python, "
            "preset=NAME or config=...)."
        )
    return make_config(wanted, "configuration")
