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
from hw_targets.cost.latency import inference_seconds, inference_steps, pipeline_fill
from hw_targets.cost.placement import Placement
from hw_targets.cost.table import LEVELS, Cost, CostTable
from hw_targets.cost.traffic import Traffic
from lava_export.integers.network import IntegerNetwork
from spikeff.errors import ConfigError
from spikeff.ir.arrays import Array
from spikeff.ir.network import BLANK, INPUT

PICO, MILLI = Fraction(1, 10**12), Fraction(1, 10**3)
DYNAMIC, IDLE, STATIC = "dynamic", "idle", "static"

# Row of a table, what is counted, how often the row is paid for each, part of the energy. On
# digital logic: 8-bit weights are read once for each operation, sums stay in registers, u and v
# (4 bytes each) are read and written, decayed and added to in every step.
RULES = (
    ("synaptic_operation_pj", "synaptic operations", 1, DYNAMIC),
    ("neuron_update_active_pj", "active updates", 1, DYNAMIC),
    ("neuron_update_inactive_pj", "inactive updates", 1, IDLE),
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
Workload = dict[str, ByName]


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
        figure = self.cost.at(level)
        price = float("nan") if figure is None else float(figure)
        return np.asarray(self.count * (self.factor * price * 1e-12))

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
        seconds: (inferences,) for each level; None where the table has no times.
        static_per_core: Cost row of static power; None where the table has none.
        not_priced: What was counted and has no row in the table.
    """

    table: CostTable
    terms: tuple[Term, ...]
    seconds: dict[str, Array] | None
    static_per_core: Cost | None
    cores: int
    steps: int
    not_priced: tuple[str, ...]

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


def workload(network: IntegerNetwork, counts: Counts, load: Traffic, groups: Array) -> Workload:
    """What is priced, by inference: what is counted -> layer -> int64 (inferences,).

    Args:
        groups: Indexes of the presentations of each inference, (inferences, passes).
    """
    n = counts.gathered(groups)
    fill = pipeline_fill(network)
    synops: ByName = {}
    target_of = targets(network)
    for name, count in n.synops.items():
        target = target_of[name]
        synops[target] = synops.get(target, 0) + count
    sizes = network.sizes
    return {
        "synaptic operations": synops,
        "active updates": n.active,
        "inactive updates": {k: c + fill * sizes[k] for k, c in n.inactive.items()},
        "spikes": {k: c for k, c in n.spikes.items() if k not in (INPUT, BLANK)},
        "messages": _gathered(load.messages, groups),
        "hops east-west": _gathered(load.hops_east_west, groups),
        "hops north-south": _gathered(load.hops_north_south, groups),
    }


def estimate(
    network: IntegerNetwork,
    placement: Placement,
    counts: Counts,
    load: Traffic,
    groups: Array,
    table: CostTable,
) -> Estimate:
    """Energy and time of inferences, each of the presentations that a row of ``groups`` names."""
    _require_one_price(table)
    work = workload(network, counts, load, groups)
    terms = tuple(_terms(work, table))
    if not terms:
        raise ConfigError(f"cost table {table.name!r} prices nothing that a network does.")
    seconds = None
    if table.has_time:
        seconds = {
            level: inference_seconds(network, placement, load, groups, table, level)
            for level in LEVELS
        }
    priced = {term.counted for term in terms}
    return Estimate(
        table,
        terms,
        seconds,
        table.rows.get("static_per_core_mw"),
        placement.cores,
        inference_steps(network, groups.shape[1]),
        tuple(counted for counted in work if counted not in priced),
    )


def with_learning(
    estimated: Estimate, network: IntegerNetwork, placement: Placement, learning: ByName
) -> Estimate:
    """Add learning updates, by connection (inferences,), to the estimate of their presentations.

    Their time is that of the core with the largest share of the busiest population's neurons.
    """
    terms = tuple(_terms({"learning updates": learning}, estimated.table))
    row = estimated.table.rows.get("synaptic_update_ns")
    seconds = estimated.seconds
    if seconds is not None and row is not None:
        busiest = np.zeros(estimated.inferences)
        target_of = targets(network)
        for name, updates in learning.items():
            cores = placement.core_of[target_of[name]]
            share = np.bincount(cores).max() / len(cores)
            busiest = np.maximum(busiest, updates * share)
        extra = {level: row.at(level) for level in LEVELS}
        seconds = {
            level: s + busiest * (float("nan") if ns is None else float(ns)) * 1e-9
            for (level, s), ns in zip(seconds.items(), extra.values(), strict=True)
        }
    missing = () if terms else ("learning updates",)
    return replace(
        estimated,
        terms=estimated.terms + terms,
        seconds=seconds,
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
    return replace(first, terms=terms, seconds=seconds)


def _terms(work: Workload, table: CostTable) -> Iterator[Term]:
    for row, counted, factor, part in RULES:
        if row in table.rows:
            for layer, count in work.get(counted, {}).items():
                yield Term(layer, counted, part, factor, count, table.rows[row])


def _require_one_price(table: CostTable) -> None:
    if {"synaptic_operation_pj", "int32_add_pj"} <= table.rows.keys():
        raise ConfigError(
            f"cost table {table.name!r} prices a synaptic operation twice, by "
            f"synaptic_operation_pj and by int32_add_pj; make it two tables."
        )


def _gathered(table: ByName, groups: Array) -> ByName:
    return {name: n[groups].sum(axis=1) for name, n in table.items()}
