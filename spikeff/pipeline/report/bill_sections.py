"""What the report says about where joules and seconds belong: boxes, times, profile."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from spikeff.pipeline.energy.thresholds import verdicts
from spikeff.pipeline.report import energy_figures
from spikeff.pipeline.report.collect import Content
from spikeff.pipeline.report.page import Section, folded, table
from spikeff.pipeline.units import bounded, engineering

if TYPE_CHECKING:
    from hw_targets.cost.boxes import Box
    from hw_targets.cost.profile import Profile
    from hw_targets.cost.report import TableReport


def sections(content: Content) -> list[Section]:
    """The bill box by box, the interval of time, the profile, spikes per synapse."""
    return [_boxes(content), _times(content), _profile(content.energy.profile), _spikes(content)]


def _boxes(content: Content) -> Section:
    reading = content.energy.readings[0]
    rows = [
        (box.name, *(_figure(t.boxes[k]) for t in reading.tables))
        for k, box in enumerate(reading.tables[0].boxes)
    ]
    totals = [
        (t.table, total.name, bounded(total.joules), " + ".join(total.holds))
        for t in reading.tables
        for total in t.totals
    ]
    how = [(t.table, box.name, box.why) for t in reading.tables for box in t.boxes]
    return Section(
        "Accounting boxes: what an inference costs, and what is not counted",
        f"{reading.name.capitalize()}: mean over samples, in parentheses with all costs at their "
        f"lowest and at their highest. A total says which boxes it holds. A chip draws its static "
        f"power whether or not a network keeps it busy; low: lowest power over the shortest time, "
        f"high: highest power over the longest.",
        (),
        table(("box", *(_stands_for(t) for t in reading.tables)), rows)
        + table(("costs", "total", "joules", "holds"), totals)
        + folded("How each box was found", table(("costs", "box", "how"), how)),
    )


def _figure(box: Box) -> str:
    if box.joules is not None:
        return bounded(box.joules)
    return "not counted" if box.why.startswith("not counted") else "within dynamic"


def _stands_for(estimate: TableReport) -> str:
    return f"{estimate.table}, {estimate.scenario}" if estimate.scenario else estimate.table


def _times(content: Content) -> Section:
    reading = content.energy.readings[0]
    rows = [
        (t.table, time.name, bounded(time.seconds), time.meaning)
        for t in reading.tables
        for time in t.times
    ]
    return Section(
        "Time of an inference: an interval",
        f"{reading.name.capitalize()}. How much works at the same time is not published, and a "
        f"board waits: the interval reaches from what a table says where everything overlaps to a "
        f"mesh whose routers fill up and whose busy cores block what comes behind.",
        (),
        table(("costs", "overlaps", "time", "meaning"), rows),
    )


def _profile(profile: Profile) -> Section:
    layers = [(p.layer, p.cores, p.spikes, p.synops, _joules(p.joules)) for p in profile.layers]
    cores = [
        (p.core, p.layer, p.neurons, p.spikes, p.synops, _joules(p.joules)) for p in profile.cores
    ]
    steps = [
        (
            p.step,
            p.spikes,
            p.synops,
            _joules(p.joules),
            "" if p.seconds is None else engineering(p.seconds, "s"),
            "" if p.watts is None else engineering(p.watts, "W"),
        )
        for p in profile.steps
    ]
    counted = ("spikes", "synaptic operations", "energy")
    known = profile.steps[0].watts is not None and math.isfinite(profile.steps[0].watts)
    figures = (("power", energy_figures.power(profile)),) if known else ()
    return Section(
        "Where it goes: layers, cores and steps",
        f"One presentation, mean of {profile.presentations}, by {profile.table}: dynamic and idle "
        f"energy. A bar of the power trace is as wide as its step lasts while cores overlap.",
        figures,
        table(("layer", "cores", *counted), layers)
        + folded("By core", table(("core", "layer", "neurons", *counted), cores))
        + folded("By step", table(("step", *counted, "time", "power"), steps)),
    )


def _joules(joules: float) -> str:
    return engineering(joules, "J")


def _spikes(content: Content) -> Section:
    from hw_targets.beside.spikes_per_synapse import THRESHOLDS

    rows = [
        (
            reading.name,
            reading.spikes_per_synapse,
            *(said for said, _ in verdicts(reading.spikes_per_synapse)),
        )
        for reading in content.energy.readings
    ]
    heads = [f"{t.low:g}" if t.low == t.high else f"{t.low:g} to {t.high:g}" for t in THRESHOLDS]
    sources = [(f"{head}, {t.kind}", t.source) for head, t in zip(heads, THRESHOLDS, strict=True)]
    return Section(
        "Spikes per synapse and inference",
        "An ANN uses each synapse once for an inference. Below a published threshold a spiking "
        "network of the same size can cost less, above it cannot, within it that depends on the "
        "hardware.",
        (),
        table(("readout", "spikes per synapse", *heads), rows)
        + folded("The thresholds", table(("threshold", "source"), sources)),
    )
