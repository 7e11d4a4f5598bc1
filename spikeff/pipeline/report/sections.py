"""What the report says, section by section."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from spikeff.data.encoders import get_encoder
from spikeff.pipeline.report import energy_figures, spike_figures
from spikeff.pipeline.report.collect import Content, first_weights, origin_of
from spikeff.pipeline.report.page import Section, folded, preformatted, table

if TYPE_CHECKING:
    from hw_targets.cost.report import TableReport
    from hw_targets.cost.spread import Spread
    from spikeff.ir.arrays import Array
    from spikeff.pipeline.energy.sanafe import SanafeReport

SPREAD = ("mean", "low", "high", "5 %", "median", "95 %", "worst", "worst sample")


def sections(content: Content) -> list[Section]:
    """All sections of the page, in order."""
    listed = [_accuracy(content), _fidelity(content), _spikes(content), _goodness(content)]
    if content.description.input.pixels:
        listed.append(_fields(content))
    listed += [_energy(content), _against_accuracy(content)]
    if content.energy.ann is not None:
        listed.append(_ann(content))
    if content.energy.sanafe is not None:
        listed.append(_sanafe(content.energy.sanafe))
    return [*listed, _chip(content), _metrics(content), _origin(content)]


def _accuracy(content: Content) -> Section:
    e, n = content.evaluation, content.evaluation.samples
    stages = [
        ("float, goodness", "trained network, goodness", e.accuracy, n),
        ("float, one pass", "trained network, linear readout", e.readout_accuracy, n),
        ("float, short list", "trained network, short list", e.shortlist_accuracy, n),
        ("time shuffled", "each neuron's spikes moved in time", e.shuffled_accuracy, n),
        ("rate goodness", "the same spikes read by rate", e.rate_accuracy, n),
    ]
    for r in content.energy.readings:
        stages.append((f"integers, {r.name}", r.meaning, r.accuracy, content.energy.samples))
    return Section(
        "Accuracy through the pipeline",
        f"{n} test samples; bars are 95 % intervals of a share (Wilson 1927). Integers ran on the "
        f"emulator.",
        (("accuracy", spike_figures.accuracy(stages)),),
    )


def _fidelity(content: Content) -> Section:
    title = "Fidelity: every simulator on the same spikes"
    if isinstance(content.check, str):
        return Section(title, f"Not checked here: {content.check}")
    rows = [
        (
            f"{p.left} / {p.right}",
            p.spikes,
            p.mismatches,
            "not compared" if p.state_mismatches is None else p.state_mismatches,
            "none" if p.first_divergence is None else str(p.first_divergence),
        )
        for p in content.check.pairs
    ]
    header = ("pair", "spikes", "mismatches", "of u and v", "first divergence")
    note = f"{content.check.samples} samples, {content.check.presentations} presentations."
    return Section(title, note, (), table(header, rows))


def _spikes(content: Content) -> Section:
    return Section(
        "Spikes of single samples",
        "On the emulator, with the right label shown where the label is in the input. Drag to look "
        "closer, double click to return.",
        (("rasters", spike_figures.rasters(content.rasters)),),
    )


def _goodness(content: Content) -> Section:
    goodness = np.concatenate([r.goodness for r in content.measured.readings])
    right = np.zeros(goodness.shape, bool)
    right[np.arange(len(goodness)), content.split.labels] = True
    return Section(
        "Goodness of positives and negatives",
        "Every test sample on the emulator: the goodness under its right label (or of its own "
        "class's columns), and under all wrong ones.",
        (("goodness", spike_figures.goodness(goodness[right], goodness[~right])),),
    )


def _fields(content: Content) -> Section:
    code = content.description.input
    shape = content.split.shape
    if get_encoder(code.encoder).in_steps:
        shape = (1, code.pixels)
    weights: Array = first_weights(content.description)
    return Section(
        "Receptive fields of the first layer",
        "Float weights from the input to the neurons with the strongest ones; numbers are neurons.",
        (("fields", spike_figures.receptive_fields(weights, shape)),),
    )


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
    header = ("reading", "costs", "kind", "figure", *SPREAD)
    tables = folded("All figures, over samples", table(header, rows))
    for estimate in (*report.readings[0].tables, *report.training):
        step = "training step" if estimate in report.training else report.readings[0].name
        tables += folded(f"{estimate.table}, {step}: every term", _terms(estimate))
    return Section(
        "Energy and time per inference (estimated)",
        f"{report.kind.capitalize()} from counts of {report.samples} samples and published costs, "
        f"never measured. Dynamic is what spikes cause, idle what steps cost in silence, static "
        f"what cores leak. Bounds are those of the cost rows; a scenario has bounds and no value "
        f"and is drawn at its upper bound.",
        (
            ("readings", energy_figures.readings(report)),
            ("split", energy_figures.split(report.main)),
        ),
        tables,
    )


def _parts(estimate: TableReport) -> list[tuple[str, Spread]]:
    parts = [
        ("dynamic", estimate.dynamic_joules),
        ("idle", estimate.idle_joules),
        ("static", estimate.static_joules),
        ("total", estimate.total_joules),
        ("time", estimate.seconds),
        ("energy x delay", estimate.energy_delay_js),
    ]
    return [(f"{name} ({s.unit})", s) for name, s in parts if s is not None]


def _spread(spread: Spread) -> tuple[object, ...]:
    figures = (spread.mean, spread.low, spread.high, spread.p5, spread.p50, spread.p95)
    if math.isnan(spread.mean):
        return ("", spread.low, spread.high, *("",) * 5)
    return (*figures, spread.worst, spread.worst_sample)


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
            "" if t.joules is None else t.joules,
            t.part,
            f"{t.kind}, {t.year}, {t.node}: {t.source}, {t.where}. Bounds: {t.uncertainty}",
        )
        for t in estimate.terms
    ]
    header = (
        *("layer", "counted", "count", "times", "row", "cost", "bounds", "unit"),
        *("J per inference", "part", "source"),
    )
    extra = "" if estimate.static_row is None else preformatted(f"static: {estimate.static_row}")
    missing = ", ".join((*estimate.not_priced, *estimate.omits)) or "nothing"
    return table(header, rows) + extra + preformatted(f"not counted: {missing}")


def _against_accuracy(content: Content) -> Section:
    published, source = energy_figures.published_results(content.energy.dataset)
    figure = energy_figures.against_accuracy(content.early, content.energy, published)
    how = (
        "labels are shown in the order of the one-pass readout until a goodness exceeds the "
        "threshold"
        if content.network.labels is not None
        else "steps are run until the best class leads the next by more than the threshold"
    )
    beside = f" Crosses: measured by their authors; {source}." if published else ""
    return Section(
        "Energy against accuracy over goodness thresholds",
        f"An answer may come early: {how}.{beside}",
        (("thresholds", figure),),
    )


def _ann(content: Content) -> Section:
    ann = content.energy.ann
    assert ann is not None
    rows = [
        (
            case.precision,
            f"{100 * case.accuracy:.2f} %",
            "DRAM" if e.memory == "dram" else "8 KB banks on chip",
            "skipped" if e.skipping else "computed",
            e.joules,
            "; ".join(
                f"{t.count:,.0f} {t.counted} x {t.picojoules:g} pJ ({t.row})" for t in e.terms
            ),
        )
        for case in ann.cases
        for e in case.energies
    ]
    header = ("precision", "right", "weights in", "zeros", "J per sample", "terms")
    host = [(h.what, h.seconds, h.reason if h.joules is None else h.joules) for h in ann.host]
    sizes = "-".join(str(n) for n in ann.sizes)
    source = ann.cases[0].energies[0].terms[0].source
    return Section(
        "Beside an ANN of the same size",
        f"Fully connected ReLU network {sizes}, {ann.macs:,} multiply-accumulates, trained for "
        f"{ann.epochs} epochs on the same data; energy by {source}.",
        (),
        table(header, rows) + table(("this machine", "s per sample", "J per sample"), host),
    )


def _sanafe(beside: SanafeReport) -> Section:
    rows = [(f"{p.part} ({p.unit})", p.ours, p.theirs, p.difference) for p in beside.parts]
    return Section(
        "Beside SANA-FE",
        f"The sanafe package {beside.version} on our architecture, network and spike trace: "
        f"{beside.samples} sample(s), {beside.steps} steps, both at the costs of {beside.table}.",
        (),
        table(("part", "ours", "SANA-FE", "difference"), rows),
    )


def _chip(content: Content) -> Section:
    from hw_targets.cost.placement import MESH_COLUMNS, MESH_ROWS

    figure = energy_figures.capacity(content.network, content.placement, MESH_COLUMNS, MESH_ROWS)
    return Section(
        "Capacity map of the cores",
        f"{content.placement.cores} of 128 neuro-cores of one Loihi 1 chip on "
        f"{content.placement.tiles} tiles: populations on consecutive cores, four to a tile; input "
        f"enters at tile 0.",
        (("capacity", figure),),
    )


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


def _origin(content: Content) -> Section:
    return Section(
        "What made this page", "Commands and versions.", (), preformatted(origin_of(content))
    )
