"""Figures of networks in time: two streams that meet, goodness over steps, fields up and down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from spikeff.pipeline.report.drawing import LAYERS, NEUTRAL, RIGHT, WRONG, styled

if TYPE_CHECKING:
    from spikeff.ir.arrays import Array
    from spikeff.pipeline.report.streams import Meeting

BOTH, BELOW, BACK, NEITHER = (
    "both in this step",
    "from below alone",
    "what comes back alone",
    "neither: current that lasts",
)


def meeting(found: Meeting) -> Any:
    """Spikes of one presentation, by the streams that excite the neuron in the same step."""
    below, back = found.below, found.back
    figure = go.Figure()
    for name, where, colour in (
        (BOTH, below & back, RIGHT),
        (BELOW, below & ~back, LAYERS[0]),
        (BACK, back & ~below, WRONG),
        (NEITHER, ~below & ~back, NEUTRAL),
    ):
        steps, neurons = np.nonzero(found.spikes & where)
        figure.add_trace(
            go.Scatter(
                x=steps,
                y=neurons,
                mode="markers",
                marker={"size": 4, "color": colour},
                name=f"{name} ({len(steps)})",
                hovertemplate="neuron %{y}, step %{x}<extra></extra>",
            )
        )
    figure.update_layout(showlegend=True)
    figure.update_xaxes(dtick=max(1, len(found.spikes) // 8))
    return styled(figure, 360, "step", "neuron")


def growth(layers: Mapping[str, tuple[Array, Array]]) -> Any:
    """Mean goodness of the spikes up to each step, of right labels or classes and of wrong ones."""
    figure = go.Figure()
    for k, (layer, values) in enumerate(layers.items()):
        for kind, curve, dash in zip(("right", "wrong"), values, ("solid", "dot"), strict=True):
            figure.add_trace(
                go.Scatter(
                    x=list(range(len(curve))),
                    y=curve,
                    name=f"{layer}, {kind}",
                    line={"color": LAYERS[(k + 1) % len(LAYERS)], "dash": dash},
                )
            )
    return styled(figure, 340, "step", "goodness so far")
