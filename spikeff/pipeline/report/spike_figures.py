"""Figures of what the network does: rasters, goodness, receptive fields, accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

if TYPE_CHECKING:
    from spikeff.ir.arrays import Array

COLOURS = ("#1b6ca8", "#d1495b", "#3d8b5f", "#e3a018", "#7a5195", "#6b7280")
FIELDS_SHOWN = 36
FIELD_COLUMNS = 9


def accuracy(stages: Sequence[tuple[str, str, float, int]]) -> Any:
    """Accuracy through the pipeline with 95 % intervals (Wilson 1927).

    Args:
        stages: For each stage what was read, how, the share right and the number of samples.
    """
    share = np.array([s[2] for s in stages])
    low, high = wilson(share, np.array([s[3] for s in stages]))
    figure = go.Figure(
        go.Bar(
            x=[s[0] for s in stages],
            y=100 * share,
            error_y={
                "type": "data",
                "array": 100 * (high - share),
                "arrayminus": 100 * (share - low),
            },
            text=[f"{100 * s:.2f}" for s in share],
            textposition="inside",
            customdata=[(s[1], s[3]) for s in stages],
            hovertemplate="%{x}: %{y:.2f} %<br>%{customdata[0]}<br>%{customdata[1]} samples",
            marker_color=COLOURS[0],
        )
    )
    return _titled(figure, None, "right answers (%)")


def wilson(share: Array, samples: Array) -> tuple[Array, Array]:
    """95 % interval of a share (Wilson 1927)."""
    z = 1.959964
    centre = (share + z**2 / (2 * samples)) / (1 + z**2 / samples)
    half = z / (1 + z**2 / samples)
    half = half * np.sqrt(share * (1 - share) / samples + z**2 / (4 * samples**2))
    return centre - half, centre + half


def rasters(shown: Sequence[tuple[str, dict[str, Array]]]) -> Any:
    """Spikes of single presentations. shown : title, and population -> bool (steps, neurons)."""
    figure = make_subplots(
        rows=1, cols=len(shown), shared_yaxes=True, subplot_titles=[title for title, _ in shown]
    )
    for column, (_, spikes) in enumerate(shown, start=1):
        offset = 0
        for k, (name, z) in enumerate(spikes.items()):
            steps, neurons = np.nonzero(z)
            figure.add_trace(
                go.Scatter(
                    x=steps,
                    y=neurons + offset,
                    customdata=neurons,
                    mode="markers",
                    marker={"size": 4, "color": COLOURS[k % len(COLOURS)]},
                    name=name,
                    legendgroup=name,
                    showlegend=column == 1,
                    hovertemplate=f"{name}, neuron %{{customdata}}, step %{{x}}",
                ),
                row=1,
                col=column,
            )
            offset += z.shape[1]
    figure.update_xaxes(title_text="step")
    figure.update_yaxes(title_text="neuron, populations stacked", row=1, col=1)
    return _sized(figure, 520)


def goodness(positives: Array, negatives: Array) -> Any:
    """Histograms of goodness under right and wrong labels, as shares."""
    figure = go.Figure()
    both = np.concatenate([positives, negatives])
    size = float(np.ptp(both)) / 50 or 1.0
    for name, values, colour in (
        ("right label or class", positives, COLOURS[2]),
        ("wrong labels or classes", negatives, COLOURS[1]),
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
    return _titled(figure, "goodness, summed over layers", "share")


def receptive_fields(weights: Array, shape: tuple[int, int]) -> Any:
    """Weights from the pixels to the first layer's neurons with the strongest ones.

    Args:
        weights: (neurons, pixels).
    """
    strongest = np.argsort(-np.linalg.norm(weights, axis=1), kind="stable")[:FIELDS_SHOWN]
    rows = -(-len(strongest) // FIELD_COLUMNS)
    figure = make_subplots(
        rows=rows,
        cols=FIELD_COLUMNS,
        subplot_titles=[str(n) for n in strongest],
        horizontal_spacing=0.01,
        vertical_spacing=0.08,
    )
    top = float(np.abs(weights[strongest]).max()) or 1.0
    for k, neuron in enumerate(strongest):
        figure.add_trace(
            go.Heatmap(
                z=weights[neuron].reshape(shape),
                zmin=-top,
                zmax=top,
                colorscale="RdBu",
                showscale=k == 0,
                colorbar={"title": "weight"},
                hovertemplate=f"neuron {neuron}, row %{{y}}, column %{{x}}: %{{z:.3f}}",
                name="",
            ),
            row=k // FIELD_COLUMNS + 1,
            col=k % FIELD_COLUMNS + 1,
        )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, autorange="reversed")
    return _sized(figure, 120 * rows + 60)


def _titled(figure: Any, x: str | None, y: str | None) -> Any:
    figure.update_layout(xaxis_title=x, yaxis_title=y)
    return _sized(figure, 420)


def _sized(figure: Any, height: int) -> Any:
    figure.update_layout(
        height=height,
        margin={"l": 60, "r": 20, "t": 40, "b": 50},
        template="plotly_white",
        legend={"orientation": "h", "y": 1.12},
    )
    return figure
