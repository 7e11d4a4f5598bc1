"""Joules of an inference: counts times published costs, each product kept apart.

    dynamic = what spikes cause: synaptic operations, active updates, spikes, messages, hops
    idle    = what steps cost even in silence: inactive updates, pipeline fill included
    static  = static power per core * cores in use * seconds

A term is one count of one layer times one row of a cost table, so every joule can be traced to
both. Sums and means are taken in exact fractions and rounded once. Bounds are those of the rows,
taken all low or all high at once: an interval, no standard deviation.

The figures are estimates, never measurements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from hw_targets.cost.counts import ByName, Counts, targets
from hw_targets.cost.latency import (
    CORES,
    OVERLAPS,
    floor_seconds,
    inference_seconds,
    inference_steps,
)
from hw_targets.cost.mesh.blocking import blocked_seconds
from hw_targets.cost.placement import Placement
from hw_targets.cost.table import LEVELS, Cost, CostTable
from hw_targets.cost.traffic import Traffic
from hw_targets.cost.workload import Around, Workload, around, workload
from lava_export.integers.network import IntegerNetwork
from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array

PICO, MILLI = Fraction(1, 10**12), Fraction(1, 10**3)
DYNAMIC, IDLE, STATIC = "dynamic", "idle", "static"
BLOCKING, FLOOR = "blocking", "floor"

# Row of a table, what is counted, how often the row is paid for each, part of the energy. On
# digital logic: 8-bit weights are read once for each operation, sums stay in registers, u and v
# (4 bytes each) are read and written, decayed and added to in every step.
RULES = (
    ("synaptic_operation_pj", "synaptic operations", 1, DYNAMIC),
    ("neuron_update_active_pj", "active updates", 1, DYNAMIC),
    ("neuron_update_inactive_pj", "inactive updates", 1, IDLE),
    ("dense_operation_pj", "dense operations", 1, DYNAMIC),
    ("spike_pj", "spikes", 1, DYNAMIC),
    ("message_pj", "messages", 1, DYNAMIC),
    ("hop_east_west_pj", "hops east-west", 1, DYNAMIC),
    ("hop_north_south_pj", "hops north-south", 1, DYNAMIC),
    ("synaptic_update_pj", "learning updates", 1, DYNAMIC),
    ("int32_add_pj", "synaptic operations", 1, DYNAMIC),
    ("sram_per_byte_pj", "synaptic operations", 1, DYNAMIC),
    ("int32_add_pj", "active updates", 2, DYNAMIC),
    ("int32_multiply_pj", "active updates", 2, DYNAMIC),
    ("sram_per_byte_pj", "active updates", 16, DYNAMIC),
    ("int32_add_pj", "inactive updates", 2, IDLE),
    ("int32_multiply_pj", "inactive updates", 2, IDLE),
    ("sram_per_byte_pj", "inactive updates", 16, IDLE),
)
# Each prices a synapse in its own way: a table has one of them.
SYNAPSES = ("synaptic_operation_pj", "dense_operation_pj", "int32_add_pj")


@dataclass(frozen=True, eq=False)
class Term:
    """``factor`` times ``count`` (inferences,) at ``cost``, of one layer and one part."""

    layer: str
    counted: str
    part: str
    factor: int
    count: Array
    cost: Cost

    def joules(self, level: str = "value") -> Array:
        """Of every inference, (inferences,); NaN where the row has no such figure."""
        return np.asarray(self.count * (self.factor * self.cost.number(level) * 1e-12))

    def exact_mean(self, level: str = "value") -> Fraction | None:
        """Joules per inference as an exact fraction; None where the row has no such figure."""
        figure = self.cost.at(level)
        if figure is None:
            return None
        total = self.factor * int(self.count.sum()) * Fraction(figure)
        return total * PICO / len(self.count)


@dataclass(frozen=True, eq=False)
class Estimate:
    """Energy and time of inferences by one cost table.

    Attributes:
        seconds: Cores overlap; (inferences,) for each level; None where the table has no times.
        interval: The same by what else may overlap ("everything", "nothing"), on a mesh that
            blocks (``BLOCKING``, of the first inferences only) and at the shortest step of a board
            (``FLOOR``), as far as the table has rows for it.
        around: What stands around the priced operations.
        not_priced: What was counted and has no row in the table.
    """

    table: CostTable
    terms: tuple[Term, ...]
    seconds: dict[str, Array] | None
    interval: dict[str, dict[str, Array]]
    around: Around
    cores: int
    chips: int
    steps: int
    not_priced: tuple[str, ...]

    @property
    def static_per_core(self) -> Cost | None:
        """Cost row of the static power of a core; None where the table has none."""
        return self.table.rows.get("static_per_core_mw")

    @property
    def has_static(self) -> bool:
        """True where static energy of the cores in use can be told."""
        return self.static_per_core is not None and self.seconds is not None

    def joules(self, part: str, level: str = "value") -> Array:
        """Of every inference, (inferences,), of "dynamic", "idle" or "static"."""
        if part == STATIC:
            return self._static(level)
        chosen = [t.joules(level) for t in self.terms if t.part == part]
        return np.asarray(sum(chosen)) if chosen else np.zeros(self.inferences)

    def total_joules(self, level: str = "value") -> Array:
        """All parts that the table prices, (inferences,)."""
        return np.asarray(sum(self.joules(part, level) for part in (DYNAMIC, IDLE, STATIC)))

    def mean_joules(self, part: str, level: str = "value") -> float:
        """Mean over inferences; of dynamic and idle energy rounded once, from exact fractions."""
        if part == STATIC:
            return float(self._static(level).mean())
        means = [t.exact_mean(level) for t in self.terms if t.part == part]
        known = [mean for mean in means if mean is not None]
        return float(sum(known, Fraction())) if len(known) == len(means) else float("nan")

    @property
    def inferences(self) -> int:
        """Number of inferences."""
        return len(self.terms[0].count)

    def _static(self, level: str) -> Array:
        if self.static_per_core is None or self.seconds is None:
            return np.zeros(self.inferences)
        figure = self.static_per_core.at(level)
        watts = float("nan") if figure is None else float(Fraction(figure) * MILLI * self.cores)
        return np.asarray(self.seconds[level] * watts)


def estimate(
    network: IntegerNetwork,
    placement: Placement,
    counts: Counts,
    load: Traffic,
    groups: Array,
    table: CostTable,
    mesh: bool = True,
) -> Estimate:
    """Energy and time of inferences, each of the presentations that a row of ``groups`` names.

    Args:
        mesh: Whether the mesh with blocking is simulated, where the table says how long work takes.
    """
    _require_one_price(table)
    work = workload(network, counts, load, groups)
    terms = tuple(_terms(work, table))
    if not terms:
        raise ConfigError(f"cost table {table.name!r} prices nothing that a network does.")
    times = _times(network, placement, load, groups, table)
    if mesh and CORES in times and "step_ns" not in table.rows:
        blocked = blocked_seconds(network, placement, load, groups, table, LEVELS)
        times[BLOCKING] = {level: _longer(blocked[level], times[CORES][level]) for level in LEVELS}
    return Estimate(
        table,
        terms,
        times.pop(CORES, None),
        times,
        around(network, counts.gathered(groups), groups.shape[1]),
        placement.cores,
        placement.chips,
        inference_steps(network, groups.shape[1]),
        _not_priced(work, terms, table),
    )


def _times(
    network: IntegerNetwork, placement: Placement, load: Traffic, groups: Array, table: CostTable
) -> dict[str, dict[str, Array]]:
    """Seconds of every inference by what overlaps and by level; nothing without rows of time."""
    inferences, passes = groups.shape
    times: dict[str, dict[str, Array]] = {}
    if table.has_time:
        for overlap in OVERLAPS:
            times[overlap] = {
                level: inference_seconds(network, placement, load, groups, table, level, overlap)
                for level in LEVELS
            }
    steps = inference_steps(network, passes)
    floor = {level: floor_seconds(steps, inferences, table, level) for level in LEVELS}
    known = {level: seconds for level, seconds in floor.items() if seconds is not None}
    return times | ({FLOOR: known} if known else {})


def _longer(blocked: Array, overlapping: Array) -> Array:
    """A core that receives after it has sent may take longer than one that blocks meanwhile."""
    return np.maximum(blocked, overlapping[: len(blocked)])


def _not_priced(work: Workload, terms: Sequence[Term], table: CostTable) -> tuple[str, ...]:
    """What was counted and has no row; dense operations are another way to count synapses."""
    priced = {term.counted for term in terms} | {"dense operations"}
    if "dense_operation_pj" in table.rows:
        priced.add("synaptic operations")
    missing = [counted for counted in work if counted not in priced]
    if not table.has_time and any(name.startswith("static_") for name in table.rows):
        missing.append("static power, for want of a time")
    return tuple(missing)


def with_learning(
    estimated: Estimate, network: IntegerNetwork, placement: Placement, learning: ByName
) -> Estimate:
    """Add learning updates, by connection (inferences,), to the estimate of their presentations.

    Their time is that of the core with the largest share of the busiest population's neurons.
    """
    terms = tuple(_terms({"learning updates": learning}, estimated.table))
    row = estimated.table.rows.get("synaptic_update_ns")
    seconds, interval = estimated.seconds, estimated.interval
    if seconds is not None and row is not None:
        busiest = np.zeros(estimated.inferences)
        target_of = targets(network)
        for name, updates in learning.items():
            cores = placement.core_of[target_of[name]]
            share = np.bincount(cores).max() / len(cores)
            busiest = np.maximum(busiest, updates * share)
        extra = {level: busiest * (row.number(level) * 1e-9) for level in LEVELS}
        seconds = {level: s + extra[level] for level, s in seconds.items()}
        interval = {
            name: {
                level: s + (name != FLOOR) * extra[level][: len(s)] for level, s in times.items()
            }
            for name, times in interval.items()
        }
    missing = () if terms else ("learning updates",)
    return replace(
        estimated,
        terms=estimated.terms + terms,
        seconds=seconds,
        interval=interval,
        not_priced=estimated.not_priced + missing,
    )


def joined(parts: Sequence[Estimate]) -> Estimate:
    """Estimates of consecutive inferences of one network by one table, as one."""
    first = parts[0]
    terms = tuple(
        replace(term, count=np.concatenate([part.terms[k].count for part in parts]))
        for k, term in enumerate(first.terms)
    )
    seconds = None
    if first.seconds is not None:
        seconds = {
            level: np.concatenate([p.seconds[level] for p in parts if p.seconds is not None])
            for level in LEVELS
        }
    interval = {
        name: {
            level: np.concatenate(
                [part.interval[name][level] for part in parts if name in part.interval]
            )
            for level in LEVELS
        }
        for name in first.interval
    }
    around = replace(
        first.around,
        entering=np.concatenate([part.around.entering for part in parts]),
        leaving=np.concatenate([part.around.leaving for part in parts]),
    )
    return replace(first, terms=terms, seconds=seconds, interval=interval, around=around)


def _terms(work: Workload, table: CostTable) -> Iterator[Term]:
    for row, counted, factor, part in RULES:
        if row in table.rows:
            for layer, count in work.get(counted, {}).items():
                yield Term(layer, counted, part, factor, count, table.rows[row])


def _require_one_price(table: CostTable) -> None:
    prices = [row for row in SYNAPSES if row in table.rows]
    if len(prices) > 1:
        raise ConfigError(
            f"cost table {table.name!r} prices a synaptic operation twice, by "
            f"{' and by '.join(prices)}; make it two tables."
        )
