"""The energy report as tables for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from spikeff.cli.grid import print_grid, print_table
from spikeff.cli.output import counted, percent
from spikeff.pipeline.units import bounded, engineering

if TYPE_CHECKING:
    from hw_targets.cost.report import TableReport
    from hw_targets.cost.spread import Spread
    from spikeff.pipeline.energy.ann import AnnReport
    from spikeff.pipeline.energy.estimate import EnergyReport
    from spikeff.pipeline.energy.sanafe import SanafeReport


def show_energy(result: EnergyReport) -> None:
    """All tables: readings, every term, counts, comparisons, sources."""
    _show_readings(result)
    for table in result.readings[0].tables:
        _show_terms(result, table)
    _show_layers(result)
    if result.ann is not None:
        _show_ann(result.ann)
    if result.sanafe is not None:
        _show_sanafe(result.sanafe)
    _show_sources(result)


def _show_readings(result: EnergyReport) -> None:
    rows = []
    for reading in result.readings:
        for table in reading.tables:
            rows.append(_reading_row(_accurate(reading.name, reading.accuracy), table))
    rows += [_reading_row("training step on chip", table) for table in result.training]
    print_grid(
        f"{result.file}: {result.kind}, mean per inference over {result.samples} samples; "
        f"{counted(result.cores, 'core')} on {counted(result.tiles, 'tile')}",
        ("readout", "costs", "dynamic", "idle", "static", "time", "energy x delay"),
        rows,
    )
    for reading in result.readings:
        rows = [("synaptic operations", *_percentiles(reading.synops))]
        rows += [(f"energy, {t.table}", *_percentiles(t.total_joules)) for t in reading.tables]
        header = ("per inference", "mean", "5 %", "median", "95 %", "worst", "worst sample")
        print_grid(f"{reading.name}: {reading.meaning}", header, rows)


def _accurate(name: str, accuracy: float) -> str:
    """A readout with its accuracy, where the labels are known."""
    return name if math.isnan(accuracy) else f"{name}, accuracy {percent(accuracy)}"


def _reading_row(name: str, table: TableReport) -> tuple[str, ...]:
    parts = (table.dynamic_joules, table.idle_joules, table.static_joules, table.seconds)
    return (name, table.table, *(bounded(part) for part in (*parts, table.energy_delay_js)))


def _percentiles(spread: Spread) -> tuple[str, ...]:
    unit = spread.unit if spread.unit in ("J", "s", "J s") else ""
    if math.isnan(spread.mean):
        return (bounded(spread), *("",) * 5)
    figures = (spread.mean, spread.p5, spread.p50, spread.p95, spread.worst)
    return (*(engineering(f, unit).strip() for f in figures), str(spread.worst_sample))


def _show_terms(result: EnergyReport, table: TableReport) -> None:
    rows = []
    for term in table.terms:
        if not term.count:
            continue
        value = "-" if term.value is None else f"{term.value:g}"
        price = f"{term.factor} x {value}" if term.factor > 1 else value
        joules = engineering(term.joules, "J") if term.joules is not None else "between bounds"
        rows.append(
            (
                term.layer,
                term.counted,
                f"{term.count:,.1f}",
                f"{price} {term.unit} [{term.low:g}, {term.high:g}]",
                term.row,
                f"{term.part} {joules}",
            )
        )
    print_grid(
        f"{table.table}: every term of {result.readings[0].name!r}, per inference",
        ("layer", "counted", "count", "cost [bounds]", "row", "energy"),
        rows,
    )


def _show_layers(result: EnergyReport) -> None:
    first, metrics = result.readings[0], result.neurobench
    print_grid(
        f"counts per inference, {first.name}",
        ("layer", "spikes", "excitatory", "inhibitory", "dense", "active", "inactive", "messages"),
        [
            (
                n.layer,
                *(
                    f"{x:,.1f}"
                    for x in (
                        n.spikes,
                        n.excitatory_synops,
                        n.inhibitory_synops,
                        n.dense_synops,
                        n.active_updates,
                        n.inactive_updates,
                        n.messages,
                    )
                ),
            )
            for n in first.layers
        ],
    )
    print_table(
        "NeuroBench's metrics, per presentation",
        [
            ("footprint", f"{metrics.footprint:,} bytes"),
            ("connection sparsity", f"{metrics.connection_sparsity:.4f}"),
            ("activation sparsity", f"{metrics.activation_sparsity:.4f}"),
            ("synaptic operations: effective ACs", f"{metrics.effective_acs:,.1f}"),
            ("synaptic operations: effective MACs", f"{metrics.effective_macs:,.1f}"),
            ("synaptic operations: dense", f"{metrics.dense:,.1f}"),
            ("membrane updates", f"{metrics.membrane_updates:,.1f}"),
        ],
    )


def _show_ann(ann: AnnReport) -> None:
    rows = []
    for case in ann.cases:
        for energy in case.energies:
            where = "DRAM" if energy.memory == "dram" else "8 KB banks on chip"
            skip = "skipped" if energy.skipping else "computed"
            joules = engineering(energy.joules, "J")
            rows.append((case.precision, percent(case.accuracy), where, skip, joules))
    sizes = "-".join(str(n) for n in ann.sizes)
    trained = f"trained for {ann.epochs} epochs" if ann.epochs else "not trained"
    print_grid(
        f"ANN {sizes}, {trained}, {ann.macs:,} MACs, on 45 nm logic",
        ("precision", "accuracy", "weights in", "zeros", "energy per sample"),
        rows,
    )
    print_table(
        "this machine, per sample",
        [(h.what, f"{engineering(h.seconds, 's')}, {_host_joules(h)}") for h in ann.host],
    )


def _show_sanafe(result: SanafeReport) -> None:
    rows = [
        (p.part, engineering(p.ours, p.unit), engineering(p.theirs, p.unit), p.difference)
        for p in result.parts
    ]
    print_grid(
        f"SANA-FE on {counted(result.samples, 'sample')}, {result.steps} steps, "
        f"costs {result.table}; files in {result.folder}",
        ("part", "ours", "SANA-FE", "difference"),
        rows,
    )


def _host_joules(host: Any) -> str:
    return host.reason if host.joules is None else engineering(host.joules, "J")


def _show_sources(result: EnergyReport) -> None:
    rows = []
    for table in result.readings[0].tables:
        rows.append((table.table, f"{table.kind}, {table.node}: {table.source}"))
        if table.static_row is not None:
            rows.append(("", f"static power: {table.static_row}"))
        missing = (*table.not_priced, *table.omits)
        rows.append(("  not counted", ", ".join(missing)))
        rows.append(("  no bound published", ", ".join(table.unbounded) or "none"))
    print_table("where the costs come from", rows)
