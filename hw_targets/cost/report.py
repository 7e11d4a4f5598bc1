"""An estimate as a report: every part with its spread, every term with its count and its row."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hw_targets.cost.energy import DYNAMIC, IDLE, STATIC, Estimate, Term
from hw_targets.cost.spread import Spread, spread
from hw_targets.cost.table import LEVELS
from spikeff.ir.arrays import Array


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
class TableReport:
    """Energy and time of one inference by one table.

    Attributes:
        static_joules: Energy of static power; None where the table has no such figure.
        seconds: Time; None where the table has no such figures.
        energy_delay_js: Energy-delay product; None where the table has no such figures.
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
    cores: int
    dynamic_joules: Spread
    idle_joules: Spread
    static_joules: Spread | None
    total_joules: Spread
    seconds: Spread | None
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
    has_static = estimate.static_per_core is not None and seconds is not None
    return TableReport(
        table=table.name,
        title=table.title,
        kind=table.kind,
        year=table.year,
        node=table.node,
        source=table.source,
        inferences=estimate.inferences,
        steps=estimate.steps,
        cores=estimate.cores,
        dynamic_joules=_part(estimate, DYNAMIC),
        idle_joules=_part(estimate, IDLE),
        static_joules=_part(estimate, STATIC) if has_static else None,
        total_joules=_spread("J", total),
        seconds=_spread("s", seconds) if seconds is not None else None,
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
