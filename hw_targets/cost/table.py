"""Published costs of operations, and the tables of them.

The name of a row is an operation and its unit, ``synaptic_operation_pj``. Values are kept as the
decimals that the table holds, so that what is multiplied is what is printed.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

LEVELS = ("low", "value", "high")
KINDS = ("simulated", "measured", "fitted", "derived", "tabulated", "scenario")
UNITS = {"pj": "pJ", "ns": "ns", "mw": "mW"}
BARRIER = re.compile(r"barrier_(\d{1,6})_tiles_ns", re.ASCII)
OPERATIONS = {
    "synaptic_operation_pj",
    "synaptic_operation_ns",
    "synaptic_operation_sparse_pj",
    "synaptic_operation_sparse_ns",
    "synaptic_operation_shared_pj",
    "synaptic_operation_shared_ns",
    "neuron_update_active_pj",
    "neuron_update_active_ns",
    "neuron_update_inactive_pj",
    "neuron_update_inactive_ns",
    "dense_operation_pj",
    "spike_pj",
    "spike_ns",
    "message_pj",
    "message_ns",
    "message_out_ns",
    "hop_east_west_pj",
    "hop_east_west_ns",
    "hop_north_south_pj",
    "hop_north_south_ns",
    "synaptic_update_pj",
    "synaptic_update_ns",
    "step_ns",
    "step_floor_ns",
    "static_per_core_mw",
    "static_per_chip_mw",
    "float32_add_pj",
    "float32_multiply_pj",
    "int8_add_pj",
    "int8_multiply_pj",
    "int32_add_pj",
    "int32_multiply_pj",
    "sram_per_byte_pj",
    "sram_32kb_per_byte_pj",
    "sram_1mb_per_byte_pj",
    "dram_per_byte_pj",
}
# What a joule is for; see hw_targets.cost.boxes.
BOXES = (
    "dynamic",
    "idle",
    "static, cores in use",
    "static, whole chip",
    "readout",
    "reset between samples",
    "input and output",
    "host",
)
# Rows that mean something only where neurons sit on the cores of a chip.
PLACED = (
    "message_pj",
    "hop_east_west_pj",
    "hop_north_south_pj",
    "static_per_core_mw",
)


@dataclass(frozen=True)
class Cost:
    """One row.

    Attributes:
        value: Published cost; None in a scenario, which has bounds only.
        low: Lower bound, equal to the value where none is published.
        high: Upper bound, equal to the value where none is published.
        where: Table or equation of the source.
        uncertainty: Where the bounds come from.
    """

    name: str
    value: Decimal | None
    low: Decimal
    high: Decimal
    bounded: bool
    source: str
    where: str
    year: int
    node: str
    kind: str
    uncertainty: str

    @property
    def unit(self) -> str:
        """pJ, ns or mW."""
        return UNITS[self.name.rpartition("_")[2]]

    def at(self, level: str) -> Decimal | None:
        """The figure at "low", "value" or "high"; None for the value of a scenario."""
        figure: Decimal | None = getattr(self, level)
        return figure

    def number(self, level: str) -> float:
        """The same as a float; NaN for the value of a scenario."""
        figure = self.at(level)
        return math.nan if figure is None else float(figure)


@dataclass(frozen=True)
class CostTable:
    """Rows by name.

    Attributes:
        omits: What the table has no cost for, in words.
        rows: By operation and unit.
        chip: Chip that networks are placed on (``lava_export.chips.catalogue``); None where the
            table prices operations wherever they are done.
        scenario: What the table stands for among those of its chip, such as "fitted"; "" for none.
        within: Accounting boxes (``hw_targets.cost.boxes``) that the rows hold already.
    """

    name: str
    title: str
    source: str
    year: int
    node: str
    kind: str
    omits: tuple[str, ...]
    rows: dict[str, Cost]
    chip: str | None = None
    scenario: str = ""
    within: tuple[str, ...] = ()

    @property
    def barriers(self) -> list[tuple[int, Cost]]:
        """Cost of the barrier by number of tiles, ascending."""
        matches = [(BARRIER.fullmatch(name), row) for name, row in self.rows.items()]
        return sorted(((int(m[1]), row) for m, row in matches if m), key=lambda pair: pair[0])

    @property
    def learns(self) -> bool:
        """True where the table has a cost for learning on the chip."""
        return "synaptic_update_pj" in self.rows

    @property
    def has_time(self) -> bool:
        """True where the table says how long a step takes."""
        return bool(self.barriers) or "step_ns" in self.rows
