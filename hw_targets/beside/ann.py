"""Energy of a fully connected ANN on digital logic, by the table ``digital45``.

For one sample at a time: every weight is read once, sums stay in registers (32-bit where weights
are int8), activations are read once and written once per layer. Weights come from 8 KB banks on the
chip, the favourable case, from larger memories, or from DRAM. ``skipping`` leaves out operations
whose activation or weight is zero, and the reading of those weights.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from hw_targets.cost.energy import PICO
from hw_targets.cost.table import Cost, CostTable
from spikeff.errors import ConfigError, UnknownNameError

MAC_ROWS = {
    "float32": (("float32_multiply_pj", "float32_add_pj"), 4),
    "int8": (("int8_multiply_pj", "int32_add_pj"), 1),
}


@dataclass(frozen=True)
class AnnTerm:
    """``count`` per sample times one row; joules rounded once from the exact product."""

    counted: str
    count: float
    row: str
    picojoules: float
    source: str
    joules: float


@dataclass(frozen=True)
class AnnEnergy:
    """Joules per sample.   memory : where the weights are, as in the rows of the table."""

    precision: str
    memory: str
    skipping: bool
    joules: float
    terms: tuple[AnnTerm, ...]


def ann_energy(
    sizes: Sequence[int],
    precision: str,
    table: CostTable,
    memory: str = "sram",
    effective_macs: float | None = None,
) -> AnnEnergy:
    """Energy per sample of an ANN with layers of ``sizes`` neurons, the input first.

    Args:
        effective_macs: Operations per sample whose factors are not zero, to price an ANN that skips
            the others; None prices all.
    """
    if precision not in MAC_ROWS:
        raise UnknownNameError("precision", precision, MAC_ROWS)
    rows, width = MAC_ROWS[precision]
    memory_row = f"{memory}_per_byte_pj"
    absent = sorted({*rows, memory_row, "sram_per_byte_pj"} - table.rows.keys())
    if absent:
        raise ConfigError(f"cost table {table.name!r} has no {', '.join(absent)}; use digital45.")
    dense = sum(a * b for a, b in itertools.pairwise(sizes))
    macs = dense if effective_macs is None else effective_macs
    moved = sum(a + b for a, b in itertools.pairwise(sizes)) * width
    counted = [("multiply-accumulates", macs, table.rows[row]) for row in rows]
    counted.append(("bytes of weights", macs * width, table.rows[memory_row]))
    counted.append(("bytes of activations", moved, table.rows["sram_per_byte_pj"]))
    exact = [_joules(count, row) for _, count, row in counted]
    terms = tuple(
        AnnTerm(
            what, count, row.name, float(row.value or 0), f"{row.source}, {row.where}", float(j)
        )
        for (what, count, row), j in zip(counted, exact, strict=True)
    )
    return AnnEnergy(
        precision, memory, effective_macs is not None, float(sum(exact, Fraction())), terms
    )


def _joules(count: float, row: Cost) -> Fraction:
    if row.value is None:
        raise ConfigError(f"row {row.name!r} has bounds and no value; a baseline needs a value.")
    return Fraction(count) * Fraction(row.value) * PICO
