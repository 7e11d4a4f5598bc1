"""What a search may try: ranges and choices for fields of a configuration, checked as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from spikeff.data.registry import classes_of
from spikeff.errors import ConfigError, UnknownNameError
from spikeff.ir.codes import CLASS_COLUMNS
from spikeff.ir.io.text import read_toml
from spikeff.learning.rules.rule import get_rule
from spikeff.nn.settings import MAX_NEURONS, HomeostasisSettings
from spikeff.settings.kinds import NONE, Location
from spikeff.settings.mistakes import mistakes_in
from spikeff.settings.tables import field_names, fields_at, look_up, nested, spelled_out
from spikeff.training.config.files import sections_of
from spikeff.training.config.lift import PATHS, path_of
from spikeff.training.config.overlay import with_fields
from spikeff.training.config.schema import TrainConfig

MOST_CHOICES = 1000
KEYS = {"low", "high", "log", "choices"}
LAYERS, DEFAULTS = "network.layers", "network.layer_defaults"
WIDTHS = (0.25, 0.5, 1.0, 2.0)  # of the layers, relative to the base


@dataclass(frozen=True)
class Range:
    """Numbers from ``low`` to ``high``, both included; ``log``: even in the logarithm."""

    low: float
    high: float
    log: bool = False

    def holds(self, value: Any) -> bool:
        """Whether ``value`` lies within."""
        return isinstance(value, int | float) and self.low <= value <= self.high

    def as_table(self) -> dict[str, Any]:
        """TOML-able form."""
        return asdict(self) if self.log else {"low": self.low, "high": self.high}


@dataclass(frozen=True)
class Choices:
    """One of several values of any kind."""

    choices: tuple[Any, ...]

    def holds(self, value: Any) -> bool:
        """Whether ``value`` is among them."""
        return value in self.choices

    def as_table(self) -> dict[str, Any]:
        """TOML-able form."""
        return {"choices": list(self.choices)}


Dimension = Range | Choices
SearchSpace = dict[str, Dimension]


def default_space(base: TrainConfig) -> SearchSpace:
    """What to search around ``base``: what decides accuracy, and what decides how much spikes.

    The regime (code, goodness, spike limit, constants of the neuron) stays as it is, and so does
    what layers have of their own.
    """
    learning, table = base.learning, sections_of(base)
    rate, decay = learning.learning_rate, learning.weight_decay
    space: SearchSpace = {
        "learning.learning_rate": Range(rate / 4, rate * 4, log=True),
        "learning.weight_decay": Range(0.0, max(0.5, 2 * decay)),
    }
    if all(isinstance(layer, int) for layer in table["network"]["layers"]):
        space = {LAYERS: Choices(_widths(base))} | space | _of_all_layers(base)
    for name in ("theta", "temperature"):
        value = getattr(base.objective, name, None)
        if value is not None:
            space[f"objective.{name}"] = Range(value / 2, value * 2, log=True)
    threshold = getattr(base.data.encoder, "pixel_threshold", None)
    if threshold is not None:
        space["data.encoder.pixel_threshold"] = Range(0.0, max(0.4, threshold))
    return space


def _of_all_layers(base: TrainConfig) -> SearchSpace:
    layer = base.layers[0]
    firing = layer.initial_firing
    space: SearchSpace = {
        f"{DEFAULTS}.initial_firing": Range(firing / 3, min(firing * 3, 0.5), log=True)
    }
    if get_rule(base.learning.rule.kind).local:
        own = layer.homeostasis or HomeostasisSettings(strength=100.0)
        strong = max(own.strength, 100.0)
        tables = [
            own.model_copy(update={"strength": strength}).model_dump()
            for strength in (strong / 4, strong, strong * 4)
        ]
        space[f"{DEFAULTS}.homeostasis"] = Choices((NONE, *tables))
    return space


def _widths(base: TrainConfig) -> tuple[list[int], ...]:
    """The base's layers, narrower and wider, in whole columns, as many for every class."""
    unit = base.layers[0].column_size
    if base.reading == CLASS_COLUMNS:
        unit *= classes_of(base.data.dataset) or math.gcd(*(k.columns for k in base.layers))
    widths = []
    for factor in WIDTHS:
        layers = [max(1, round(factor * k.neurons / unit)) * unit for k in base.layers]
        if layers not in widths and max(layers) <= MAX_NEURONS:
            widths.append(layers)
    return tuple(widths)


def read_space(path: Path, base: TrainConfig) -> SearchSpace:
    """The space that a TOML file holds, a table per field; see :func:`parse_space`."""
    return parse_space(read_toml(path, "search space"), base, str(path))


def parse_space(table: Mapping[str, Any], base: TrainConfig, origin: str) -> SearchSpace:
    """A space from tables with ``low`` and ``high`` (and ``log``), or with ``choices``.

    Fields are named by their dotted path, or as in version 0.1, and keep that name.

    Raises:
        ConfigError: The space has mistakes; the message lists all of them.
    """
    space: SearchSpace = {}
    problems = [] if table else ["no field to search; give each a table"]
    for field, entry in _entries(table, ""):
        if not fields_at(TrainConfig, _location(field)):
            problems.append(str(UnknownNameError("field", field, _known_fields(field))))
            continue
        try:
            space[field] = _dimension(field, entry)
        except ValueError as error:
            problems.append(f"{field}: {error}")
            continue
        problems += _wrong_values(field, space[field], base)
    if problems:
        listed = "\n  ".join(problems)
        raise ConfigError(f"{origin}: {len(problems)} mistake(s):\n  {listed}")
    return space


def _entries(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Each field and what is said of it; tables of nothing but tables are sections."""
    for name, entry in table.items():
        is_section = isinstance(entry, dict) and entry and not entry.keys() & KEYS
        if is_section and all(isinstance(inner, dict) for inner in entry.values()):
            yield from _entries(entry, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", entry


def _location(field: str) -> Location:
    return tuple(path_of(field).split("."))


def _known_fields(field: str) -> list[str]:
    """What a field could have been: by path, or by the names of 0.1 where it has no dot."""
    return field_names(TrainConfig) if "." in field else list(PATHS)


def values_of(config: TrainConfig, space: SearchSpace) -> dict[str, Any]:
    """The searched fields of ``config``, as a space writes them; "none" where it has none."""
    table = spelled_out(TrainConfig, sections_of(config))
    return {field: _value_at(config, table, _location(field)) for field in space}


def _value_at(config: TrainConfig, table: Any, location: Location) -> Any:
    try:
        value = look_up(table, location)
    except LookupError:
        return NONE
    if location == ("network", "layers"):
        return sections_of(config)["network"]["layers"]
    return value


def space_table(space: SearchSpace) -> dict[str, Any]:
    """TOML-able form, which :func:`parse_space` reads back."""
    return nested({field: dimension.as_table() for field, dimension in space.items()})


def space_text(space: SearchSpace) -> str:
    """TOML with a value per line, for people to change."""
    import tomli_w

    lines = []
    for field, dimension in space.items():
        table = dimension.as_table()
        lines.append(f"[{field}]")
        lines += [" ".join(tomli_w.dumps({k: v}).split()) for k, v in table.items()]
        lines.append("")
    return "\n".join(lines).replace("[ ", "[").replace(", ]", "]")


def _dimension(field: str, entry: Any) -> Dimension:
    if not isinstance(entry, dict):
        raise ValueError(f"{entry!r} is no table; give low and high, or choices")
    known = {"choices"} if "choices" in entry else {"low", "high", "log"}
    stray = sorted(entry.keys() - known)
    if stray:
        raise ValueError(str(UnknownNameError("key", stray[0], known)))
    if "choices" in entry:
        return _choices(entry["choices"])
    if not {"low", "high"} <= entry.keys():
        raise ValueError("give low and high, or choices")
    return _range(field, entry["low"], entry["high"], entry.get("log", False))


def _choices(values: Any) -> Choices:
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_CHOICES:
        raise ValueError(f"choices must be a list of 1 to {MOST_CHOICES} values")
    if any(value in values[:k] for k, value in enumerate(values)):
        raise ValueError("choices repeat a value")
    return Choices(tuple(values))


def _range(field: str, low: Any, high: Any, log: Any) -> Range:
    whole = is_whole(field)
    kinds = (int,) if whole else (int, float)
    if type(low) not in kinds or type(high) not in kinds or not math.isfinite(high - low):
        raise ValueError(f"low and high must be {'whole numbers' if whole else 'numbers'}")
    if not isinstance(log, bool):
        raise ValueError(f"log = {log!r} is neither true nor false")
    if low >= high:
        raise ValueError(f"low = {low} is not below high = {high}")
    if log and low <= 0:
        raise ValueError(f"low = {low}: a logarithmic range lies above 0")
    return Range(low, high, log) if whole else Range(float(low), float(high), log)


def is_whole(field: str) -> bool:
    """Whether a field of the configuration counts something."""
    annotations = [info.annotation for info in fields_at(TrainConfig, _location(field))]
    return any(kind is int or int in get_args(kind) for kind in annotations)


def _wrong_values(field: str, dimension: Dimension, base: TrainConfig) -> list[str]:
    values = (dimension.low, dimension.high) if isinstance(dimension, Range) else dimension.choices
    mistakes = (text for value in values for text in _wrong_value(field, value, base))
    return list(dict.fromkeys(mistakes))


def _wrong_value(field: str, value: Any, base: TrainConfig) -> list[str]:
    """What is wrong with one field by itself, whatever the others are."""
    table, location = with_fields(sections_of(base), {field: value}), _location(field)
    place = location[:-1] if location[-1] == "kind" else location  # of what is wrong with a kind
    mistakes = mistakes_in(TrainConfig, table)
    return [f"{field}: {text}" for at, text in mistakes if at[: len(place)] == place]
