"""Numbers with units, as tables and pages show them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hw_targets.cost.spread import Spread

ABSENT = "no figure"
PREFIXES = {3: "G", 2: "M", 1: "k", 0: "", -1: "m", -2: "µ", -3: "n", -4: "p", -5: "f"}


def engineering(value: float, unit: str) -> str:
    """A number with an SI prefix, three significant digits."""
    value = float(f"{value:.3g}")  # first, or 999.9 would become 1e+03
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {unit}"
    exponent = max(min(math.floor(math.log10(abs(value)) / 3), 3), -5)
    return f"{value / 1000.0**exponent:.3g} {PREFIXES[exponent]}{unit}"


def bounded(spread: Spread | None) -> str:
    """Mean and bounds with units; the bounds alone where nothing more is published."""
    if spread is None:
        return ABSENT
    low, high = (engineering(end, spread.unit) for end in (spread.low, spread.high))
    bounds = low if spread.low == spread.high else f"{low} to {high}"
    if math.isnan(spread.mean):
        return bounds
    mean = engineering(spread.mean, spread.unit)
    return mean if spread.low == spread.high else f"{mean} ({bounds})"
