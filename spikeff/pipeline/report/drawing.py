"""What all figures of the page share: colours with one meaning each, sizes, units.

Colours are those of Okabe and Ito (2008), which people who see red and green alike can tell
apart. Backgrounds are transparent and lines grey, for light pages and dark ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from spikeff.ir.arrays import Array
from spikeff.ir.network import BLANK, INPUT

RIGHT, WRONG = "#0072b2", "#d55e00"  # right label or class; wrong ones, and after the shuffle
LAYERS = ("#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6fdf", "#7f7f7f")  # input and layers
PARTS = {"dynamic": "#e69f00", "idle": "#56b4e9", "static": "#999999"}
NEUTRAL = "#7a828c"
SIGNED = [[0.0, "#2166ac"], [0.5, "#f7f7f7"], [1.0, "#b2182b"]]  # red excites, blue inhibits
SI_TICKS = {"tickformat": "~s"}  # ticks with SI prefixes; the axis names the unit
GRID = "rgba(128,128,128,0.25)"
Z95 = 1.959964  # of the normal distribution


def layer_colours(names: Iterable[str]) -> dict[str, str]:
    """A colour for the input and for each population, the same in every figure."""
    others = [name for name in dict.fromkeys(names) if name not in (INPUT, BLANK)]
    coloured = {name: LAYERS[k % len(LAYERS)] for k, name in enumerate((INPUT, *others))}
    return coloured | {BLANK: NEUTRAL}


def wilson(share: Array, samples: Array) -> tuple[Array, Array]:
    """95 % interval of a share (Wilson 1927)."""
    centre = (share + Z95**2 / (2 * samples)) / (1 + Z95**2 / samples)
    half = Z95 / (1 + Z95**2 / samples)
    half = half * np.sqrt(share * (1 - share) / samples + Z95**2 / (4 * samples**2))
    return centre - half, centre + half


def error_bars(middle: Iterable[float], low: Iterable[float], high: Iterable[float]) -> Any:
    """Error bars from ``low`` to ``high``."""
    return {
        "type": "data",
        "array": [float(top - value) for top, value in zip(high, middle, strict=True)],
        "arrayminus": [float(value - bottom) for value, bottom in zip(middle, low, strict=True)],
    }


def styled(figure: Any, height: int, x: str | None = None, y: str | None = None) -> Any:
    """Size, axes and background of every figure."""
    figure.update_layout(
        height=height,
        margin={"l": 10, "r": 10, "t": 40, "b": 10},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": NEUTRAL, "size": 13},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hoverlabel={"font": {"size": 13}},
    )
    lines = {"gridcolor": GRID, "zerolinecolor": GRID, "automargin": True}
    figure.update_xaxes(**lines)
    figure.update_yaxes(**lines)
    if x is not None:
        figure.update_xaxes(title_text=x)
    if y is not None:
        figure.update_yaxes(title_text=y)
    return figure
