"""Figures of what the network does: training, accuracy, rasters, goodness, receptive fields."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from spikeff.pipeline.report.drawing import (
    LAYERS,
    NEUTRAL,
    RIGHT,
    SIGNED,
    WRONG,
    error_bars,
    layer_colours,
    styled,
    wilson,
)
from spikeff.plots.samples import tiled

if TYPE_CHECKING:
    from spikeff.evidence.figures import Evaluation
    from spikeff.ir.arrays import Array
    from spikeff.training.history import History

FIELDS_SHOWN = 24
FIELD_COLUMNS = 6


def accuracy(stages: Sequence[tuple[str, str, float, int]], chance: float) -> Any:
    """Accuracy through the pipeline with 95 % intervals (Wilson 1927), and chance.

    Args:
        stages: For each stage what was read, how, the share right and the number of samples.
    """
    share = np.array([s[2] for s in stages])
    low, high = wilson(share, np.array([s[3] for s in stages]))
    figure = go.Figure(
        go.Scatter(
            x=100 * share,
            y=[s[0] for s in stages],
            mode="markers",
            error_x=error_bars(100 * share, 100 * low, 100 * high),
            customdata=[(s[1], s[3]) for s in stages],
            hovertemplate="%{y}: %{x:.2f} %<br>%{customdata[0]}<br>%{customdata[1]} samples"
            "<extra></extra>",
            marker={"color": RIGHT, "size": 9},
        )
    )
    for (name, *_), value, end in zip(stages, share, high, strict=True):
        figure.add_annotation(
            x=100 * end,
            y=name,
            text=f"{100 * value:.2f}",
            showarrow=False,
            xanchor="left",
            xshift=6,
        )
    figure.add_vline(x=100 * chance, line={"dash": "dot", "color": NEUTRAL})
    figure.update_xaxes(range=[0, 125], tickvals=[0, 20, 40, 60, 80, 100])
    figure.update_yaxes(autorange="reversed")
    return styled(figure, 60 + 44 * len(stages), "accuracy (%); dotted: chance")


def training(log: History, samples: str) -> list[tuple[str, Any]]:
    """How accuracy and agreement grew, from before the first epoch on."""
    probes = log.probes
    scores = go.Figure()
    held = log.validations
    if held:
        _curve(scores, "validation samples", [v.accuracy for v in held], RIGHT, "solid", first=1)
    _curve(scores, samples, [p.accuracy for p in probes], RIGHT, "dot" if held else "solid")
    _curve(scores, "after the shuffle", [p.shuffled_accuracy for p in probes], WRONG, "solid")
    _curve(scores, "rate goodness", [p.rate_accuracy for p in probes], NEUTRAL, "dash")
    styled(scores, 340, "epoch", "accuracy (%)")
    agreement = go.Figure()
    for layer in range(len(probes[0].coincidence_ratio)):
        for kind, dash in (("positives", "solid"), ("negatives", "dot")):
            agreement.add_trace(
                go.Scatter(
                    x=list(range(len(probes))),
                    y=[_ratio(p, kind, layer) for p in probes],
                    name=f"layer {layer + 1}, {kind}",
                    line={"color": LAYERS[(layer + 1) % len(LAYERS)], "dash": dash},
                )
            )
    agreement.add_hline(y=1, line={"dash": "dot", "color": NEUTRAL})
    styled(agreement, 340, "epoch", "coincidence ratio; dotted: chance")
    shares = _time_shares(probes)
    for figure in (scores, shares, agreement):
        figure.update_xaxes(dtick=max(1, len(probes) // 8))
    return [("training", scores), ("time", shares), ("agreement", agreement)]


def _time_shares(probes: Sequence[Evaluation]) -> Any:
    """The share of what is above chance that the shuffle takes, where anything is."""
    figure = go.Figure()
    shares = [math.nan if p.time_share is None else p.time_share for p in probes]
    _curve(figure, "share of the accuracy above chance that is time", shares, RIGHT, "solid")
    figure.update_yaxes(range=[-5, 105])
    return styled(figure, 260, "epoch", "time share (%)")


def _curve(
    figure: Any, name: str, shares: Sequence[float], colour: str, dash: str, first: int = 0
) -> None:
    figure.add_trace(
        go.Scatter(
            x=list(range(first, first + len(shares))),
            y=[100 * share for share in shares],
            name=name,
            line={"color": colour, "dash": dash},
        )
    )


def _ratio(probe: Evaluation, kind: str, layer: int) -> float:
    return (probe.coincidence_ratio if kind == "positives" else probe.negative_ratio)[layer]


def raster(spikes: dict[str, Array]) -> Any:
    """Spikes of one presentation. spikes : population to bool (steps, neurons)."""
    figure = go.Figure()
    offset, colours = 0, layer_colours(spikes)
    for name, z in spikes.items():
        steps, neurons = np.nonzero(z)
        figure.add_trace(
            go.Scatter(
                x=steps,
                y=neurons + offset,
                customdata=neurons,
                mode="markers",
                marker={"size": 4, "color": colours[name]},
                name=name,
                hovertemplate=f"{name}, neuron %{{customdata}}, step %{{x}}<extra></extra>",
            )
        )
        offset += z.shape[1]
    figure.update_layout(showlegend=True)
    figure.update_xaxes(dtick=max(1, next(iter(spikes.values())).shape[0] // 8))
    return styled(figure, 360, "step", "neuron, populations stacked")


def goodness(positives: Array, negatives: Array) -> Any:
    """Histograms of goodness under right and wrong labels, as shares."""
    figure = go.Figure()
    both = np.concatenate([positives, negatives])
    size = float(np.ptp(both)) / 50 or 1.0
    for name, values, colour in (
        ("right label or class", positives, RIGHT),
        ("wrong labels or classes", negatives, WRONG),
    ):
        figure.add_trace(
            go.Histogram(
                x=values,
                histnorm="probability",
                name=name,
                opacity=0.65,
                marker_color=colour,
                xbins={"start": float(both.min()), "size": size},
            )
        )
    figure.update_layout(barmode="overlay")
    return styled(figure, 380, "goodness, summed over layers", "share of presentations")


def own_samples(groups: Mapping[str, Sequence[Array]]) -> Any:
    """Images that the network made, a row for each start.

    Args:
        groups: Images uint8 (rows, columns) by what they started from.
    """
    sheet = tiled(list(groups.values()))
    height = len(sheet) / len(groups)
    figure = go.Figure(
        go.Heatmap(z=sheet, colorscale="gray_r", showscale=False, hoverinfo="skip", name="")
    )
    figure.update_yaxes(
        autorange="reversed",
        scaleanchor="x",
        constrain="domain",
        tickvals=[height * (k + 0.5) for k in range(len(groups))],
        ticktext=list(groups),
    )
    figure.update_xaxes(visible=False, constrain="domain")
    return styled(figure, height=60 + 46 * len(groups))


def receptive_fields(weights: Array, shape: tuple[int, int]) -> Any:
    """Weights from the pixels to the first layer's neurons with the strongest ones.

    Args:
        weights: (neurons, pixels).
    """
    strongest = np.argsort(-np.linalg.norm(weights, axis=1), kind="stable")[:FIELDS_SHOWN]
    rows = -(-len(strongest) // FIELD_COLUMNS)
    figure = make_subplots(
        rows=rows, cols=FIELD_COLUMNS, horizontal_spacing=0.01, vertical_spacing=0.02
    )
    top = float(np.abs(weights[strongest]).max()) or 1.0
    for k, neuron in enumerate(strongest):
        row, column = k // FIELD_COLUMNS + 1, k % FIELD_COLUMNS + 1
        figure.add_trace(
            go.Heatmap(
                z=weights[neuron].reshape(shape),
                zmin=-top,
                zmax=top,
                colorscale=SIGNED,
                showscale=k == 0,
                colorbar={"title": "weight"},
                hovertemplate=f"neuron {neuron}, row %{{y}}, column %{{x}}: %{{z:.3f}}",
                name="",
            ),
            row=row,
            col=column,
        )
        # Square pixels: one unit down is one unit to the right.
        across = "x" if k == 0 else f"x{k + 1}"
        figure.update_yaxes(scaleanchor=across, constrain="domain", row=row, col=column)
    styled(figure, 120 * rows + 40)
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(visible=False, autorange="reversed")
    return figure
