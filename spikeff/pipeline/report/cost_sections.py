"""What the report says about energy, time and the chip, section by section."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from spikeff.pipeline.energy.ann import MEMORIES
from spikeff.pipeline.report import bill_sections, energy_figures
from spikeff.pipeline.report.collect import (
    BESIDE_ANN,
    BESIDE_SANAFE,
    CHECK,
    EARLY,
    MOST_MACS,
    Content,
)
from spikeff.pipeline.report.page import Section, folded, preformatted, table
from spikeff.pipeline.units import engineering

if TYPE_CHECKING:
    from hw_targets.cost.report import TableReport
    from hw_targets.cost.spread import Spread
    from hw_targets.cost.systems import System
    from spikeff.pipeline.energy.ann import AnnReport

SPREAD = ("mean", "low", "high", "5 %", "median", "95 %", "worst", "worst sample")


def sections(content: Content) -> list[Section]:
    """Energy, its boxes, where it goes, an ANN and others beside it, the cores, metrics."""
    return [
        _energy(content),
        *bill_sections.sections(content),
        _against_accuracy(content),
        *_ann(content),
        *_sanafe(content),
        *_chip(content),
        _metrics(content),
    ]


def _energy(content: Content) -> Section:
    report = content.energy
    rows = [
        (r.name, t.table, t.kind, part, *_spread(spread))
        for r in report.readings
        for t in r.tables
        for part, spread in _parts(t)
    ]
    rows += [
        ("training step", t.table, t.kind, part, *_spread(spread))
        for t in report.training
        for part, spread in _parts(t)
    ]
    header = ("readout", "costs", "kind", "figure", *SPREAD)
    tables = folded(
        "All figures: bounds of the costs, and percentiles over samples", table(header, rows)
    )
    for estimate in (*report.readings[0].tables, *report.training):
        step = "training step" if estimate in report.training else report.readings[0].name
        tables += folded(f"{estimate.table}, {step}: every term", _terms(estimate))
    tables += preformatted(_left_out(content)) if _left_out(content) else ""
    return Section(
        "Energy and time per inference (estimated)",
        f"{report.kind.capitalize()} from counts of {report.samples:,} samples and published "
        f"costs, never measured. A bar is the mean over samples of dynamic energy (what spikes "
        f"cause), idle energy (what steps cost in silence) and static energy of the cores in use; "
        f"a bracket is the same mean with all rows of the table at their lowest and at their "
        f"highest, no deviation over samples. A table with bounds alone is a bracket without a "
        f"bar. What is not in a bar: the accounting boxes below.",
        (
            ("readings", energy_figures.readings(report)),
            ("split", energy_figures.split(report.main)),
        ),
        tables,
    )


def _left_out(content: Content) -> str:
    """Tables that are not on the page, and learning that is not priced."""
    known = (CHECK, EARLY, BESIDE_ANN, BESIDE_SANAFE)
    lines = [f"{name}: {why}" for name, why in content.absent.items() if name not in known]
    if content.energy.no_learning:
        lines.append(f"no cost of learning: {', '.join(content.energy.no_learning)}")
    return "\n".join(lines)


def _parts(estimate: TableReport) -> list[tuple[str, Spread]]:
    parts = [
        ("dynamic", estimate.dynamic_joules),
        ("idle", estimate.idle_joules),
        ("static, cores in use", estimate.static_joules),
        (" + ".join(estimate.totals[0].holds), estimate.total_joules),
        ("time", estimate.seconds),
        ("the same x time", estimate.energy_delay_js),
    ]
    return [(name, s) for name, s in parts if s is not None]


def _spread(spread: Spread) -> tuple[object, ...]:
    figures = [spread.low, spread.high, spread.p5, spread.p50, spread.p95, spread.worst]
    if math.isnan(spread.mean):
        return ("", *(engineering(f, spread.unit) for f in figures[:2]), *("",) * 5)
    texts = [engineering(f, spread.unit) for f in (spread.mean, *figures)]
    return (*texts, "" if spread.worst_sample is None else spread.worst_sample)


def _terms(estimate: TableReport) -> str:
    rows = [
        (
            t.layer,
            t.counted,
            t.count,
            t.factor,
            t.row,
            "" if t.value is None else t.value,
            f"{t.low:g} to {t.high:g}" if t.bounded else "none published",
            t.unit,
            "" if t.joules is None else engineering(t.joules, "J"),
            t.part,
            f"{t.kind}, {t.year}, {t.node}: {t.source}, {t.where}. Bounds: {t.uncertainty}",
        )
        for t in estimate.terms
    ]
    header = (
        *("layer", "counted", "count", "times", "row", "cost", "bounds", "unit"),
        *("per inference", "part", "source"),
    )
    extra = "" if estimate.static_row is None else preformatted(f"static: {estimate.static_row}")
    missing = ", ".join((*estimate.not_priced, *estimate.omits)) or "nothing"
    return table(header, rows) + extra + preformatted(f"not counted: {missing}")


def _against_accuracy(content: Content) -> Section:
    title = "Energy against accuracy over goodness thresholds"
    if content.early is None:
        return Section(title, f"Not here: {content.absent[EARLY]}")
    published = energy_figures.published_results(content.energy.dataset)
    figure = energy_figures.against_accuracy(
        content.early, content.energy, published, content.energy.samples
    )
    how = (
        "labels are shown in the order of the linear readout until a goodness exceeds the threshold"
        if content.network.labels is not None
        else "steps are run until the best class leads the next by more than the threshold"
    )
    beside = (
        " Crosses: measured by others; what each figure counts (dynamic energy, a whole chip, a "
        "share of its cores) is in the table below, and only like stands beside like."
        if published
        else ""
    )
    return Section(
        title,
        f"An answer may come early: {how}. Bars across are bounds of the costs, bars upwards 95 % "
        f"intervals of the accuracy: points whose bars overlap need not differ.{beside}",
        (("thresholds", figure),),
        _systems(published),
    )


def _systems(published: Sequence[System]) -> str:
    if not published:
        return ""
    rows = [
        (
            s.title,
            s.network,
            engineering(1e-6 * (s.microjoules or 0), "J"),
            "" if s.accuracy is None else f"{s.accuracy:g} %",
            s.counts,
            s.kind,
            s.year,
            f"{s.source}; {s.where}",
        )
        for s in published
    ]
    header = ("system", "network", "inference", "accuracy", "counts", "kind", "year", "source")
    return folded("What others measured", table(header, rows))


def _ann(content: Content) -> list[Section]:
    ann, title = content.energy.ann, "Beside an ANN of the same size"
    if ann is None:
        return _absent(content, BESIDE_ANN, title)
    rows = [
        (
            case.precision,
            "not trained" if math.isnan(case.accuracy) else f"{100 * case.accuracy:.2f} %",
            MEMORIES[e.memory],
            "skipped" if e.skipping else "computed",
            engineering(e.joules, "J"),
            "; ".join(
                f"{t.count:,.0f} {t.counted} x {t.picojoules:g} pJ ({t.row})" for t in e.terms
            ),
        )
        for case in ann.cases
        for e in case.energies
    ]
    header = ("precision", "accuracy", "weights in", "zeros", "per sample", "terms")
    host = [
        (
            h.what,
            engineering(h.seconds, "s"),
            h.reason if h.joules is None else engineering(h.joules, "J"),
        )
        for h in ann.host
    ]
    sizes = "-".join(str(n) for n in ann.sizes)
    source = ann.cases[0].energies[0].terms[0].source
    return [
        Section(
            title,
            f"Fully connected ReLU network {sizes}, {ann.macs:,} multiply-accumulates, "
            f"{_training(ann)}; energy by {source}.",
            (),
            table(header, rows)
            + table(("this machine", "time per sample", "energy per sample"), host),
        )
    ]


def _training(ann: AnnReport) -> str:
    if ann.epochs:
        return f"trained for {ann.epochs} epochs on the same data"
    if ann.macs > MOST_MACS:
        return (
            f"not trained here, which beyond {MOST_MACS:,} takes long (`spikeff energy --compare "
            f"ann` trains it): zeros are skipped where no value or no spike was"
        )
    return "not trained: the network was made elsewhere"


def _sanafe(content: Content) -> list[Section]:
    beside, title = content.energy.sanafe, "Beside SANA-FE"
    if beside is None:
        return _absent(content, BESIDE_SANAFE, title)
    rows = [
        (p.part, engineering(p.ours, p.unit), engineering(p.theirs, p.unit), p.difference)
        for p in beside.parts
    ]
    return [
        Section(
            title,
            f"The sanafe package {beside.version} on our architecture, network and the spike trace "
            f"of the first sample, all passes: {beside.steps} steps, both at the costs of "
            f"{beside.table}.",
            (),
            table(("part", "ours", "SANA-FE", "difference"), rows),
        )
    ]


def _absent(content: Content, name: str, title: str) -> list[Section]:
    """A section that says why there is none; nothing where none was asked for."""
    reason = content.absent.get(name)
    return [] if reason is None else [Section(title, f"Not here: {reason}")]


def _chip(content: Content) -> list[Section]:
    """Where the neurons sit; nothing where the first table needs no chip."""
    from hw_targets.cost.placement import MESH_COLUMNS, MESH_ROWS

    chip = content.placement.chip
    if chip is None:
        return []
    figure = energy_figures.capacity(content.network, content.placement, MESH_COLUMNS, MESH_ROWS)
    tiles = content.placement.tiles
    return [
        Section(
            "Capacity map of the cores",
            f"{content.placement.cores} of {chip.cores} neuro-cores of one {chip.name} chip on "
            f"{'one tile' if tiles == 1 else f'{tiles} tiles'}: populations on consecutive cores, "
            f"four to a tile; input enters at tile 0.",
            (("capacity", figure),),
        )
    ]


def _metrics(content: Content) -> Section:
    m = content.energy.neurobench
    rows = [
        ("Footprint (bytes)", m.footprint),
        ("Connection sparsity", m.connection_sparsity),
        ("Activation sparsity", m.activation_sparsity),
        ("Synaptic operations, effective ACs", m.effective_acs),
        ("Synaptic operations, effective MACs", m.effective_macs),
        ("Synaptic operations, dense", m.dense),
        ("Membrane updates", m.membrane_updates),
    ]
    return Section(
        "NeuroBench's metrics",
        "By NeuroBench's definitions, per presentation, over the first 256 presentations at most.",
        (),
        table(("metric", "value"), rows),
    )
