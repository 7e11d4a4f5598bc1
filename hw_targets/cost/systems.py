"""Systems that others measured: joules of an inference of a named network, or watts of a chip.

A table of operations prices what a network does; a system is one network on one piece of hardware.
The two are not on equal terms unless both count the same, so every entry says what its figure
counts.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any

from hw_targets.cost.table import KINDS
from spikeff.errors import ConfigError, UnknownNameError
from spikeff.ir.io.text import parse_toml
from spikeff.ir.numbers import whole_number

COUNTS = (
    "dynamic",
    "whole chip",
    "share of cores",
    "whole system",
    "simulated",
    "not stated",
)
PER = ("inference", "learning step", "synaptic event", "power")
YEARS = 1990, 2200


@dataclass(frozen=True)
class System:
    """One measurement.

    Attributes:
        per: What the joules are for; "power" where watts alone are known.
        counts: What is in the figure, one of ``COUNTS``.
        where: Place in the source.
        microjoules: None where watts alone are known.
        milliwatts: None where joules are known.
        milliseconds: None where it is not told, as is ``accuracy`` in percent.
    """

    name: str
    title: str
    hardware: str
    network: str
    task: str
    per: str
    counts: str
    kind: str
    year: int
    node: str
    source: str
    where: str
    microjoules: float | None = None
    milliwatts: float | None = None
    milliseconds: float | None = None
    accuracy: float | None = None

    def __post_init__(self) -> None:
        owner = f"system {self.name!r}"
        for field in fields(self):
            if getattr(self, field.name) == "":
                raise ConfigError(f"{owner}: {field.name} is empty; every figure is traceable.")
        for name, known in (("per", PER), ("counts", COUNTS), ("kind", KINDS)):
            if getattr(self, name) not in known:
                raise UnknownNameError(f"{owner}: {name}", getattr(self, name), known)
        whole_number(f"{owner}: year", self.year, *YEARS)
        if (self.microjoules is None) == (self.milliwatts is None):
            raise ConfigError(f"{owner}: give microjoules or milliwatts, one of the two.")


@cache
def systems() -> dict[str, System]:
    """Every system that comes with the package, by name."""
    text = resources.files("hw_targets.cost").joinpath("systems.toml").read_text("utf-8")
    return read_systems(parse_toml(text, "systems.toml"))


def read_systems(tables: dict[str, Any]) -> dict[str, System]:
    """Systems of parsed TOML.

    Raises:
        ConfigError: An entry lacks a field or has one that is unknown.
    """
    known = {field.name for field in fields(System)} - {"name"}
    needed = {f.name for f in fields(System) if f.default is not None} - {"name"}
    found = {}
    for name, entry in tables.items():
        for field in sorted(set(entry) - known):
            raise UnknownNameError(f"system {name!r}: field", field, known)
        missing = sorted(needed - set(entry))
        if missing:
            raise ConfigError(
                f"system {name!r}: {missing[0]} is missing; every figure is traceable."
            )
        found[name] = System(name, **entry)
    return found
