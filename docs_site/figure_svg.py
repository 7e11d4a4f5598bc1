"""Figures as SVG text, the same bytes for the same data."""

from __future__ import annotations

import io

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure


def new_figure(width: float, height: float) -> Figure:
    """A figure of so many inches, without global state."""
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure


def svg(figure: Figure) -> str:
    """The figure as a file."""
    drawn = io.StringIO()
    with rc_context({"svg.hashsalt": "spikeff"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()
