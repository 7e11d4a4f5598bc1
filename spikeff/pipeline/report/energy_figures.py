"""Figures of what it costs: split by layer and operation, against accuracy, on the chip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from spikeff.ir.io.text import parse_toml
from spikeff.pipeline.report.spike_figures import COLOURS

if TYPE_CHECKING:
    from hw_targets.cost.placement import Placement
    from hw_targets.cost.report import TableReport
    from lava_export.integers.network import IntegerNetwork
    from spikeff.pipeline.energy.early_answer import EarlyPoint
    from spikeff.pipeline.energy.estimate import EnergyReport

MICRO = 1e6  # joules to microjoules


def split(table: TableReport) -> Any:
    """Energy per inference by operation and layer, with the bounds of the cost rows."""
    figure = go.Figure()
    layers = list(dict.fromkeys(t.layer for t in table.terms))
    for k, layer in enumerate(layers):
        terms = [t for t in table.terms if t.layer == layer and t.joules_high > 0]
        middle = [t.joules if t.joules is not None else t.joules_high for t in terms]
        figure.add_trace(
            go.Bar(
                name=layer,
                x=[f"{t.counted}<br>{t.row}" for t in terms],
                y=[MICRO * j for j in middle],
                error_y={
                    "type": "data",
                    "array": [
                        MICRO * (t.joules_high - j) for t, j in zip(terms, middle, strict=True)
                    ],
                    "arrayminus": [
                        MICRO * (j - t.joules_low) for t, j in zip(terms, middle, strict=True)
                    ],
                },
                customdata=[(t.count, t.factor, t.value, t.unit, t.part) for t in terms],
                hovertemplate="%{customdata[0]:,.1f} x %{customdata[1]} x %{customdata[2]} "
                "%{customdata[3]} = %{y:.4f} uJ, %{customdata[4]}",
                marker_color=COLOURS[k % len(COLOURS)],
            )
        )
    figure.update_layout(barmode="group", yaxis_title="uJ per inference", yaxis_type="log")
    return _sized(figure, 480)


def readings(report: EnergyReport) -> Any:
    """Dynamic, idle and static energy of each way of reading, by every table."""
    figure = go.Figure()
    cases = [(r, t) for r in report.readings for t in r.tables]
    names = [[r.name for r, _ in cases], [t.table for _, t in cases]]
    for k, part in enumerate(("dynamic_joules", "idle_joules", "static_joules")):
        figure.add_trace(
            go.Bar(
                name=part.partition("_")[0],
                x=names,
                y=[MICRO * _middle(getattr(t, part)) for _, t in cases],
                marker_color=COLOURS[k],
            )
        )
    totals = [t.total_joules for _, t in cases]
    figure.add_trace(
        go.Scatter(
            name="total, with bounds",
            x=names,
            y=[MICRO * _middle(t) for t in totals],
            mode="markers",
            marker={"color": "black", "size": 6},
            error_y={
                "type": "data",
                "array": [MICRO * (t.high - _middle(t)) for t in totals],
                "arrayminus": [MICRO * (_middle(t) - t.low) for t in totals],
            },
        )
    )
    figure.update_layout(barmode="stack", yaxis_title="uJ per inference")
    return _sized(figure, 480)


def against_accuracy(
    points: Sequence[EarlyPoint], report: EnergyReport, published: Sequence[dict[str, Any]]
) -> Any:
    """Energy against accuracy over goodness thresholds, beside published measurements."""
    figure = go.Figure(
        go.Scatter(
            name=f"goodness thresholds, {report.main.table}",
            x=[MICRO * p.joules for p in points],
            y=[100 * p.accuracy for p in points],
            error_x={
                "type": "data",
                "array": [MICRO * (p.joules_high - p.joules) for p in points],
                "arrayminus": [MICRO * (p.joules - p.joules_low) for p in points],
            },
            customdata=[(p.threshold, p.stages) for p in points],
            mode="lines+markers",
            hovertemplate="threshold %{customdata[0]:.4g}: %{x:.3f} uJ, %{y:.2f} %, "
            "%{customdata[1]:.2f} stages",
            line_color=COLOURS[0],
        )
    )
    for k, reading in enumerate(report.readings):
        total = reading.tables[0].total_joules
        figure.add_trace(
            go.Scatter(
                name=reading.name,
                x=[MICRO * _middle(total)],
                y=[100 * reading.accuracy],
                mode="markers",
                marker={"size": 11, "symbol": "diamond", "color": COLOURS[k + 1]},
            )
        )
    if published:
        figure.add_trace(
            go.Scatter(
                name="published, measured by their authors",
                x=[p["microjoules"] for p in published],
                y=[p["accuracy"] for p in published],
                text=[p["work"] for p in published],
                mode="markers+text",
                textposition="top center",
                textfont={"size": 9},
                marker={"size": 9, "symbol": "x", "color": "black"},
                hovertemplate="%{text}: %{x} uJ, %{y} %",
            )
        )
    figure.update_layout(
        xaxis_title="uJ per inference, all parts that the table prices",
        yaxis_title="right answers (%)",
        xaxis_type="log",
    )
    return _sized(figure, 520)


def capacity(network: IntegerNetwork, placement: Placement, columns: int, rows: int) -> Any:
    """The chip's cores, four to a tile: which population sits where, and how full it is."""
    from lava_export.chips import limits
    from lava_export.chips.catalogue import CHIPS

    chip = CHIPS["loihi1"]
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
    free = go.Heatmap(
        z=np.zeros(share.shape),
        colorscale=[[0, "#e4e7eb"], [1, "#e4e7eb"]],
        showscale=False,
        hovertemplate="free<extra></extra>",
        xgap=2,
        ygap=2,
    )
    figure = go.Figure(free)
    figure.add_trace(
        go.Heatmap(
            z=share,
            text=names,
            hoverongaps=False,
            hovertemplate="%{text}<extra></extra>",
            zmin=0,
            zmax=100,
            xgap=2,
            ygap=2,
            colorscale="Viridis",
            colorbar={"title": "synaptic<br>memory (%)"},
        )
    )
    figure.update_yaxes(
        autorange="reversed",
        scaleanchor="x",
        constrain="domain",
        title_text="cores, 2 x 2 to a tile",
    )
    figure.update_xaxes(constrain="domain")
    return _sized(figure, 420)


def published_results(dataset: str) -> tuple[list[dict[str, Any]], str]:
    """Published measurements on a data set, and their source; nothing where none are kept."""
    text = resources.files("spikeff.pipeline.report").joinpath("published.toml")
    known = parse_toml(text.read_text("utf-8"), text.name).get(dataset, {})
    return list(known.get("works", [])), str(known.get("source", ""))


def _middle(spread: Any) -> float:
    """The mean; the upper bound of a scenario, nothing where a table has no figure."""
    if spread is None:
        return 0.0
    return float(spread.high if math.isnan(spread.mean) else spread.mean)


def _sized(figure: Any, height: int) -> Any:
    figure.update_layout(
        height=height,
        margin={"l": 60, "r": 20, "t": 40, "b": 60},
        template="plotly_white",
        legend={"orientation": "h", "y": 1.12},
    )
    return figure
