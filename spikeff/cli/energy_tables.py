"""The energy report as tables for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from spikeff.cli.grid import print_grid, print_table
from spikeff.cli.output import counted, percent
from spikeff.pipeline.units import bounded, engineering

if TYPE_CHECKING:
    from hw_targets.cost.boxes import Box, Total
    from hw_targets.cost.report import TableReport
    from hw_targets.cost.spread import Spread
    from spikeff.pipeline.energy.ann import AnnReport
    from spikeff.pipeline.energy.energy_report import EnergyReport, ReadingReport
    from spikeff.pipeline.energy.sanafe import SanafeReport

NO_LEARNING = "no cost of learning in the table"


def show_energy(result: EnergyReport) -> None:
    """All tables: readings, boxes, times, every term, counts, comparisons, sources."""
    _show_readings(result)
    show_boxes(result.readings[0])
    for table in result.readings[0].tables:
        _show_terms(result, table)
    _show_layers(result)
    _show_per_synapse(result)
    if any(cost.format != "dense" for cost in result.by_format):
        _show_by_format(result)
    if result.ann is not None:
        _show_ann(result.ann)
    if result.sanafe is not None:
        _show_sanafe(result.sanafe)
    _show_sources(result)


def _show_by_format(result: EnergyReport) -> None:
    print_grid(
        "synaptic operations by the format of their synapses: estimated, and in no total",
        ("costs", "synapses", "format", "operations", "as priced", "by format"),
        [
            (
                cost.table,
                cost.connection,
                cost.format,
                f"{cost.synops:,.1f}",
                engineering(cost.priced_joules, "J"),
                f"{engineering(cost.joules_low, 'J')} to {engineering(cost.joules_high, 'J')}",
            )
            for cost in result.by_format
        ],
    )


def _show_readings(result: EnergyReport) -> None:
    rows = []
    for reading in result.readings:
        for table in reading.tables:
            rows.append(_reading_row(_accurate(reading.name, reading.accuracy), table))
    rows += [_reading_row("training step on chip", table) for table in result.training]
    rows += [("training step on chip", name, NO_LEARNING, "", "") for name in result.no_learning]
    on = ""
    if result.cores is not None and result.tiles is not None:
        on = f"; {counted(result.cores, 'core')} on {counted(result.tiles, 'tile')}"
    if result.chips is not None and result.chips > 1:
        on += f" of {result.chips} chips"
    print_grid(
        f"{result.file}: {result.kind}, mean per inference over {result.samples} samples{on}. In "
        f"parentheses: all rows of the table at their lowest and at their highest, no deviation "
        f"over samples. Static energy and the rest of the bill: accounting boxes, below.",
        ("readout", "costs", "dynamic", "idle", "time, cores overlap"),
        rows,
    )
    for reading in result.readings:
        if reading.messages_between_chips:
            between = f"{reading.messages_between_chips:,.1f} per inference, which no table prices"
            print_table(reading.name, [("messages between chips", between)])
        rows = [("synaptic operations", *_percentiles(reading.synops))]
        rows += [
            (f"{_held(t.totals[0])}, {t.table}", *_percentiles(t.total_joules))
            for t in reading.tables
        ]
        header = ("per inference", "mean", "5 %", "median", "95 %", "worst", "worst sample")
        print_grid(f"{reading.name}, over samples: {reading.meaning}", header, rows)


def show_boxes(reading: ReadingReport) -> None:
    """The bill of one inference box by box, its totals, and the interval of its time."""
    tables = reading.tables
    rows = [
        (name, *(_box(table.boxes[k]) for table in tables))
        for k, name in enumerate(box.name for box in tables[0].boxes)
    ]
    names = dict.fromkeys(total.name for table in tables for total in table.totals)
    for name in names:
        found = [{total.name: total for total in t.totals}.get(name) for t in tables]
        rows.append((f"total, {name}", *("" if f is None else _total(f) for f in found)))
    header = ("accounting box", *(_stands_for(table) for table in tables))
    print_grid(f"{reading.name}: what an inference costs, and what is not counted", header, rows)
    rows = [(table.table, box.name, box.why) for table in tables for box in table.boxes]
    print_grid("how each box was found", ("costs", "box", "how"), rows)
    rows = [
        (table.table, time.name, bounded(time.seconds), time.meaning)
        for table in tables
        for time in table.times
    ]
    print_grid(
        "time of an inference, by what overlaps", ("costs", "overlaps", "time", "meaning"), rows
    )


def _box(box: Box) -> str:
    if box.joules is not None:
        return bounded(box.joules)
    return "not counted" if box.why.startswith("not counted") else "within dynamic"


def _total(total: Total) -> str:
    return f"{bounded(total.joules)}: {_held(total)}"


def _held(total: Total) -> str:
    return " + ".join(total.holds)


def _stands_for(table: TableReport) -> str:
    return f"{table.table}, {table.scenario}" if table.scenario else table.table


def _show_per_synapse(result: EnergyReport) -> None:
    from spikeff.pipeline.energy.thresholds import verdicts

    rows = []
    for reading in result.readings:
        spikes = reading.spikes_per_synapse
        said = [f"{word} {_range(t.low, t.high)} ({t.year})" for word, t in verdicts(spikes)]
        rows.append((reading.name, f"{spikes:.3g}", "; ".join(said)))
    print_grid(
        "spikes per synapse and inference; an ANN uses each synapse once, and the sources of "
        "spikeff energy --json say below how many spikes they see an advantage",
        ("readout", "spikes", "thresholds"),
        rows,
    )


def _range(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _accurate(name: str, accuracy: float) -> str:
    """A readout with its accuracy, where the labels are known."""
    return name if math.isnan(accuracy) else f"{name}, accuracy {percent(accuracy)}"


def _reading_row(name: str, table: TableReport) -> tuple[str, ...]:
    parts = (table.dynamic_joules, table.idle_joules, table.seconds)
    return (name, _stands_for(table), *(bounded(part) for part in parts))


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
    from spikeff.pipeline.energy.ann import MEMORIES

    rows = []
    for case in ann.cases:
        for energy in case.energies:
            where = MEMORIES[energy.memory]
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
    made = result.provenance
    rows = [
        ("spikeff", f"{made.version}, commit {made.commit or 'not recorded'}"),
        ("network", f"sha256 {made.network}"),
        ("samples", f"sha256 {made.data}"),
        *((f"table {name}", f"sha256 {digest}") for name, digest in made.tables.items()),
    ]
    print_table(f"what this was made of, form {made.schema} of --json", rows)
