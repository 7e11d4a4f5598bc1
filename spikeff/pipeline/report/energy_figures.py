"""Figures of what it costs: by readout, by term, over time, against accuracy, on the chip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from spikeff.data.registry import HELD_OUT
from spikeff.pipeline.report.drawing import (
    LAYERS,
    NEUTRAL,
    PARTS,
    RIGHT,
    SI_TICKS,
    error_bars,
    layer_colours,
    styled,
    wilson,
)
from spikeff.pipeline.units import engineering

if TYPE_CHECKING:
    from hw_targets.cost.placement import Placement
    from hw_targets.cost.profile import Profile
    from hw_targets.cost.report import TableReport
    from hw_targets.cost.systems import System
    from lava_export.integers.network import IntegerNetwork
    from spikeff.pipeline.energy.early_answer import EarlyPoint
    from spikeff.pipeline.energy.energy_report import EnergyReport

LIKE = {"spoken-digits": "keyword spotting"}  # tasks of others that are like a data set
LEAST_JOULES = 1e-15  # where a bound of zero is drawn on a logarithmic axis


def split(table: TableReport) -> Any:
    """Energy per inference by operation and layer: a point with the bounds of its cost.

    Where no value is published, the bounds alone; what costs nothing by the table is left out.
    """
    figure = go.Figure()
    colours = layer_colours(t.layer for t in table.terms)
    shown = [t for t in table.terms if t.joules_high > 0 and t.joules != 0]
    for layer in dict.fromkeys(t.layer for t in shown):
        terms = [t for t in shown if t.layer == layer]
        middle = [t.joules if t.joules is not None else t.joules_high for t in terms]
        low = [max(t.joules_low, LEAST_JOULES) for t in terms]
        figure.add_trace(
            go.Scatter(
                name=layer,
                y=[f"{t.counted}, {layer}" for t in terms],
                x=middle,
                mode="markers",
                error_x=error_bars(middle, low, [t.joules_high for t in terms]),
                customdata=[
                    (f"{t.count:,.1f} x {t.factor} x {t.value} {t.unit}", t.row, t.part)
                    for t in terms
                ],
                hovertemplate="%{customdata[1]}, %{customdata[2]}<br>%{customdata[0]} = %{x:.3s}J",
                marker={
                    "color": colours[layer],
                    "size": 9,
                    "opacity": [1.0 if t.joules is not None else 0.0 for t in terms],
                },
            )
        )
    figure.update_xaxes(type="log", **SI_TICKS)
    figure.update_yaxes(autorange="reversed")
    return styled(figure, 120 + 30 * len(shown), f"J per inference ({table.table})")


def readings(report: EnergyReport) -> Any:
    """Dynamic, idle and static energy of each readout, by every table.

    A table with bounds alone is a bracket without a bar.
    """
    figure = go.Figure()
    cases = [(r, t) for r in report.readings for t in r.tables]
    names = [f"{r.name}, {t.table}" for r, t in cases]
    for part, colour in PARTS.items():
        parts = [getattr(t, f"{part}_joules") for _, t in cases]
        figure.add_trace(
            go.Bar(
                name=part,
                y=names,
                x=[0.0 if s is None or math.isnan(s.mean) else s.mean for s in parts],
                orientation="h",
                marker_color=colour,
                hovertemplate=f"{part}: %{{x:.3s}}J<extra></extra>",
            )
        )
    totals = [t.total_joules for _, t in cases]
    known = [not math.isnan(t.mean) for t in totals]
    middle = [t.mean if k else (t.low + t.high) / 2 for t, k in zip(totals, known, strict=True)]
    figure.add_trace(
        go.Scatter(
            name="total with bounds; bracket: bounds alone",
            y=names,
            x=middle,
            mode="markers",
            marker={"color": NEUTRAL, "size": 7, "opacity": [1.0 if k else 0.0 for k in known]},
            error_x=error_bars(middle, [t.low for t in totals], [t.high for t in totals]),
            customdata=[f"{engineering(t.low, 'J')} to {engineering(t.high, 'J')}" for t in totals],
            hovertemplate="total: %{customdata}<extra></extra>",
        )
    )
    figure.update_layout(barmode="stack")
    figure.update_xaxes(rangemode="tozero", **SI_TICKS)
    figure.update_yaxes(autorange="reversed")
    return styled(figure, 120 + 30 * len(cases), "J per inference")


def against_accuracy(
    points: Sequence[EarlyPoint],
    report: EnergyReport,
    published: Sequence[System],
    samples: int,
) -> Any:
    """Energy against accuracy over goodness thresholds, beside published measurements.

    Bars across: bounds of the costs; bars upwards: 95 % intervals of the accuracy.
    """
    share = np.array([p.accuracy for p in points])
    low, high = wilson(share, np.full(len(points), samples))
    joules = [p.joules for p in points]
    figure = go.Figure(
        go.Scatter(
            name=f"goodness thresholds, {report.main.table}",
            x=joules,
            y=100 * share,
            error_x=error_bars(
                joules, [p.joules_low for p in points], [p.joules_high for p in points]
            ),
            error_y=error_bars(100 * share, 100 * low, 100 * high),
            customdata=[(p.threshold, p.stages) for p in points],
            mode="markers",
            hovertemplate="threshold %{customdata[0]:.4g}: %{x:.3s}J, %{y:.2f} %, "
            "%{customdata[1]:.2f} stages",
            marker={"color": RIGHT, "size": 7},
        )
    )
    for k, reading in enumerate(report.readings):
        total = reading.tables[0].total_joules
        if math.isnan(total.mean):
            continue
        figure.add_trace(
            go.Scatter(
                name=reading.name,
                x=[total.mean],
                y=[100 * reading.accuracy],
                mode="markers",
                marker={"size": 11, "symbol": "diamond", "color": LAYERS[k % len(LAYERS)]},
            )
        )
    if published:
        figure.add_trace(_published(published))
    # Alone, the points lie within a decade or two, and a label for every digit would overlap.
    figure.update_xaxes(type="log", dtick=None if published else "D2", **SI_TICKS)
    top = min(100.5, 100 * float(high.max()) + 1)
    lowest = min([100 * float(low.min()), *(p.accuracy for p in published if p.accuracy)])
    figure.update_yaxes(range=[max(0.0, lowest - 2), top])
    return styled(figure, 520, "J per inference, in total", "accuracy (%)")


def power(profile: Profile) -> Any:
    """Power over the time of one presentation: a bar for each step, as wide as it lasts."""
    seconds = np.array([step.seconds or 0.0 for step in profile.steps])
    watts = [step.watts or 0.0 for step in profile.steps]
    starts = np.cumsum(seconds) - seconds
    figure = go.Figure(
        go.Bar(
            x=starts,
            y=watts,
            width=seconds,
            offset=0,
            marker={"color": PARTS["dynamic"], "line": {"width": 0.5, "color": NEUTRAL}},
            customdata=[
                (step.step, engineering(step.joules, "J"), f"{step.spikes:,.1f}")
                for step in profile.steps
            ],
            hovertemplate="step %{customdata[0]}: %{y:.3s}W, %{customdata[1]}, "
            "%{customdata[2]} spikes<extra></extra>",
        )
    )
    figure.update_xaxes(**SI_TICKS)
    figure.update_yaxes(rangemode="tozero", **SI_TICKS)
    return styled(figure, 300, f"s ({profile.table})", "W")


def _published(published: Sequence[System]) -> Any:
    return go.Scatter(
        name="of others, as each counts",
        x=[1e-6 * (p.microjoules or 0) for p in published],
        y=[p.accuracy for p in published],
        text=[f"{p.title}: {p.counts}" for p in published],
        mode="markers",
        marker={"size": 9, "symbol": "x", "color": NEUTRAL},
        hovertemplate="%{text}, %{x:.3s}J, %{y} %<extra></extra>",
    )


def capacity(network: IntegerNetwork, placement: Placement, columns: int, rows: int) -> Any:
    """The chip's cores, four to a tile: which population sits where, and how full it is."""
    share, names = _occupied(network, placement, columns, rows)
    gaps = {"xgap": 2, "ygap": 2}
    free = go.Heatmap(
        z=np.zeros(share.shape),
        colorscale=[[0, "rgba(128,128,128,0.15)"], [1, "rgba(128,128,128,0.15)"]],
        showscale=False,
        hovertemplate="free<extra></extra>",
        **gaps,
    )
    used = go.Heatmap(
        z=share,
        text=names,
        hoverongaps=False,
        hovertemplate="%{text}<extra></extra>",
        zmin=0,
        zmax=100,
        colorscale="Viridis",
        colorbar={"title": "synaptic<br>memory (%)"},
        **gaps,
    )
    figure = styled(go.Figure([free, used]), 420, None, "cores, 2 x 2 to a tile")
    figure.update_yaxes(autorange="reversed", scaleanchor="x", constrain="domain")
    figure.update_xaxes(constrain="domain")
    figure.update_xaxes(showgrid=False, zeroline=False)
    figure.update_yaxes(showgrid=False, zeroline=False)
    return figure


def _occupied(
    network: IntegerNetwork, placement: Placement, columns: int, rows: int
) -> tuple[Any, Any]:
    """Share of synaptic memory of each core and what is on it; not a number where it is free."""
    from lava_export.chips import limits

    chip = placement.chip
    assert chip is not None
    share = np.full((2 * rows, 2 * columns), np.nan)
    names = np.full(share.shape, "", dtype=object)
    for population, part in zip(network.populations, placement.capacity, strict=True):
        cores = placement.core_of[population.name]
        memory = part.synapse_bits / part.cores / chip.synapse_bits
        for core in placement.cores_of(population.name):
            tile, within = divmod(core, limits.CORES_PER_TILE)
            row = 2 * (tile // columns) + within // 2
            column = 2 * (tile % columns) + within % 2
            neurons = int((cores == core).sum())
            share[row, column] = 100 * memory
            names[row, column] = (
                f"core {core}, tile {tile}: {population.name}, {neurons} of "
                f"{chip.neurons} neurons, {part.input_axons} of "
                f"{chip.input_axons} input axons, {100 * memory:.0f} % of synaptic memory"
            )
    return share, names


def published_results(dataset: str) -> tuple[System, ...]:
    """Measurements of others on a data set, or on a task like it, one inference each."""
    from hw_targets.cost.systems import systems

    task = LIKE.get(dataset.partition(HELD_OUT)[0], dataset)
    return tuple(s for s in systems().values() if s.task == task and s.per == "inference")
