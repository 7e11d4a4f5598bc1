"""What a search may try: ranges and choices for fields of a configuration, checked as a whole."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

from spikeff.data.encoders import ENCODERS
from spikeff.data.registry import classes_of
from spikeff.errors import ConfigError, UnknownNameError
from spikeff.ir.codes import CLASS_COLUMNS
from spikeff.ir.io.text import read_toml
from spikeff.learning.rules.backprop import BACKPROP
from spikeff.training.config.schema import MAX_NEURONS, TrainConfig, mistakes_in

MOST_CHOICES = 1000
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

    The regime (code, goodness, spike limit, constants of the neuron) stays as it is.
    """
    space: SearchSpace = {
        "layers": Choices(_widths(base)),
        "learning_rate": Range(base.learning_rate / 4, base.learning_rate * 4, log=True),
        "initial_firing": Range(
            base.initial_firing / 3, min(base.initial_firing * 3, 0.5), log=True
        ),
        "weight_decay": Range(0.0, max(0.5, 2 * base.weight_decay)),
    }
    if base.objective == "threshold":
        space["theta"] = Range(base.theta / 2, base.theta * 2, log=True)
    if base.objective in ("softmax", CLASS_COLUMNS):
        space["temperature"] = Range(base.temperature / 2, base.temperature * 2, log=True)
    if base.learning_rule != BACKPROP:
        strong = max(base.homeostasis, 100.0)
        space["homeostasis"] = Choices((0.0, strong / 4, strong, strong * 4))
    if not ENCODERS[base.encoder].in_steps:
        space["pixel_threshold"] = Range(0.0, max(0.4, base.pixel_threshold))
    return space


def _widths(base: TrainConfig) -> tuple[list[int], ...]:
    """The base's layers, narrower and wider, in whole columns, as many for every class."""
    unit = base.column_size
    if base.objective == CLASS_COLUMNS:
        columns = (neurons // base.column_size for neurons in base.layers)
        unit *= classes_of(base.dataset) or math.gcd(*columns)
    widths = []
    for factor in WIDTHS:
        layers = [max(1, round(factor * neurons / unit)) * unit for neurons in base.layers]
        if layers not in widths and max(layers) <= MAX_NEURONS:
            widths.append(layers)
    return tuple(widths)


def read_space(path: Path, base: TrainConfig) -> SearchSpace:
    """The space that a TOML file holds, a table per field; see :func:`parse_space`."""
    return parse_space(read_toml(path, "search space"), base, str(path))


def parse_space(table: Mapping[str, Any], base: TrainConfig, origin: str) -> SearchSpace:
    """A space from tables with ``low`` and ``high`` (and ``log``), or with ``choices``.

    Raises ConfigError that lists every mistake at once.
    """
    space: SearchSpace = {}
    problems = [] if table else ["no field to search; give each a table"]
    for field, entry in table.items():
        if field not in TrainConfig.model_fields:
            problems.append(str(UnknownNameError("field", field, TrainConfig.model_fields)))
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


def values_of(config: TrainConfig, space: SearchSpace) -> dict[str, Any]:
    """The searched fields of ``config``, as a space writes them."""
    values = {field: getattr(config, field) for field in space}
    values = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
    return {k: "none" if v is None else v for k, v in values.items()}


def space_table(space: SearchSpace) -> dict[str, Any]:
    """TOML-able form, which :func:`parse_space` reads back."""
    return {field: dimension.as_table() for field, dimension in space.items()}


def space_text(space: SearchSpace) -> str:
    """TOML with a value per line, for people to change."""
    import tomli_w

    lines = []
    for field, table in space_table(space).items():
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
    annotation = TrainConfig.model_fields[field].annotation
    return annotation is int or int in get_args(annotation)


def _wrong_values(field: str, dimension: Dimension, base: TrainConfig) -> list[str]:
    values = (dimension.low, dimension.high) if isinstance(dimension, Range) else dimension.choices
    table = base.model_dump()
    return [text for value in values for text in mistakes_in(field, table | {field: value})]
