"""An estimate as a report: every part with its spread, every term with its count and its row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hw_targets.cost.boxes import Box, Total, boxes, totals
from hw_targets.cost.energy import BLOCKING, DYNAMIC, FLOOR, IDLE, STATIC, Estimate, Term
from hw_targets.cost.latency import CORES, EVERYTHING, NOTHING
from hw_targets.cost.spread import Spread, spread
from hw_targets.cost.table import LEVELS
from spikeff.ir.arrays import Array

MEANINGS = {
    EVERYTHING: "all cores work at once, and receive while they send",
    CORES: "all cores work at once, each does one thing after the other",
    BLOCKING: "what is busy or full blocks what comes behind, on the mesh and within a core",
    NOTHING: "one thing after the other on the whole chip: at most",
    FLOOR: "as many steps at the shortest pace that was measured on a board",
}
STEPS, STEPS_MEAN = "steps", "every step lasts as long as the table says"


@dataclass(frozen=True)
class TermReport:
    """``count`` per inference, each paid ``factor`` times by a row; joules per inference."""

    layer: str
    counted: str
    part: str
    count: float
    factor: int
    row: str
    unit: str
    value: float | None
    low: float
    high: float
    bounded: bool
    source: str
    where: str
    year: int
    node: str
    kind: str
    uncertainty: str
    joules: float | None
    joules_low: float
    joules_high: float


@dataclass(frozen=True)
class TimeReport:
    """Seconds of an inference.

    Attributes:
        meaning: What works at the same time.
        inferences: How many, the first ones where a mesh that blocks was not simulated for all.
    """

    name: str
    meaning: str
    inferences: int
    seconds: Spread


@dataclass(frozen=True)
class TableReport:
    """Energy and time of one inference by one table.

    Attributes:
        chip: Chip that the network was placed on; None where the table needs no placement.
        cores: In use on that chip; None without one.
        scenario: What the table stands for among those of its chip; "" for none.
        boxes: Every part of the bill, counted or not.
        totals: Sums with the boxes that they hold.
        static_joules: Static energy of the cores in use; None where the table has no such figure.
        total_joules: The first of ``totals``.
        seconds: Time where cores overlap; None where the table has no such figures.
        times: The interval that the time lies in, shortest first, and the floor of a board.
        energy_delay_js: ``total_joules`` times ``seconds``; None without times.
        unbounded: Rows for which no bound is published; they enter both bounds with their value.
    """

    table: str
    title: str
    kind: str
    year: int
    node: str
    source: str
    inferences: int
    steps: int
    chip: str | None
    cores: int | None
    scenario: str
    boxes: tuple[Box, ...]
    totals: tuple[Total, ...]
    dynamic_joules: Spread
    idle_joules: Spread
    static_joules: Spread | None
    total_joules: Spread
    seconds: Spread | None
    times: tuple[TimeReport, ...]
    energy_delay_js: Spread | None
    terms: tuple[TermReport, ...]
    static_row: str | None
    not_priced: tuple[str, ...]
    omits: tuple[str, ...]
    unbounded: tuple[str, ...]


def table_report(estimate: Estimate) -> TableReport:
    """Summarise an estimate over its inferences."""
    table, seconds = estimate.table, estimate.seconds
    total = {level: estimate.total_joules(level) for level in LEVELS}
    return TableReport(
        table=table.name,
        title=table.title,
        kind=table.kind,
        year=table.year,
        node=table.node,
        source=table.source,
        inferences=estimate.inferences,
        steps=estimate.steps,
        chip=table.chip,
        cores=estimate.cores if table.chip is not None else None,
        scenario=table.scenario,
        boxes=boxes(estimate),
        totals=totals(estimate),
        dynamic_joules=_part(estimate, DYNAMIC),
        idle_joules=_part(estimate, IDLE),
        static_joules=_part(estimate, STATIC) if estimate.has_static else None,
        total_joules=_spread("J", total),
        seconds=_spread("s", seconds) if seconds is not None else None,
        times=_times(estimate),
        energy_delay_js=(
            _spread("J s", {level: total[level] * seconds[level] for level in LEVELS})
            if seconds is not None
            else None
        ),
        terms=tuple(_term(term) for term in estimate.terms),
        static_row=_static_row(estimate),
        not_priced=estimate.not_priced,
        omits=table.omits,
        unbounded=tuple(name for name, row in table.rows.items() if not row.bounded),
    )


def _times(estimate: Estimate) -> tuple[TimeReport, ...]:
    if estimate.seconds is not None and "step_ns" in estimate.table.rows:
        return (_time(estimate, STEPS, STEPS_MEAN, estimate.seconds),)
    known = {CORES: estimate.seconds} if estimate.seconds is not None else {}
    known |= estimate.interval
    return tuple(
        _time(estimate, name, meaning, known[name])
        for name, meaning in MEANINGS.items()
        if name in known
    )


def _time(estimate: Estimate, name: str, meaning: str, levels: dict[str, Array]) -> TimeReport:
    simulated = len(levels["value"])
    if simulated < estimate.inferences:
        meaning += f"; the first {simulated} of {estimate.inferences} inferences"
    return TimeReport(name, meaning, simulated, _spread("s", levels))


def _part(estimate: Estimate, part: str) -> Spread:
    levels = {level: estimate.joules(part, level) for level in LEVELS}
    return _spread("J", levels, estimate.mean_joules(part))


def _spread(unit: str, levels: dict[str, Array], mean: float | None = None) -> Spread:
    return spread(unit, levels["value"], levels["low"], levels["high"], mean)


def _term(term: Term) -> TermReport:
    cost = term.cost
    means = {level: term.exact_mean(level) for level in LEVELS}
    return TermReport(
        layer=term.layer,
        counted=term.counted,
        part=term.part,
        count=float(np.mean(term.count)),
        factor=term.factor,
        row=cost.name,
        unit=cost.unit,
        value=None if cost.value is None else float(cost.value),
        low=float(cost.low),
        high=float(cost.high),
        bounded=cost.bounded,
        source=cost.source,
        where=cost.where,
        year=cost.year,
        node=cost.node,
        kind=cost.kind,
        uncertainty=cost.uncertainty,
        joules=None if means["value"] is None else float(means["value"]),
        joules_low=float(means["low"] or 0),
        joules_high=float(means["high"] or 0),
    )


def _static_row(estimate: Estimate) -> str | None:
    cost = estimate.static_per_core
    if cost is None:
        return None
    return f"{cost.name} = {cost.value} ({cost.kind}; {cost.source}; {cost.where})"
