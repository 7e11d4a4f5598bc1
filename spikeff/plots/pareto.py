"""The Pareto front of a search as a picture: accuracy against synaptic operations."""

from __future__ import annotations

import io
from collections.abc import Sequence

Point = tuple[int, float, float, bool]


def plot_front(points: Sequence[Point], base: int | None = None) -> bytes:
    """Trials and their Pareto front as a PNG.

    Args:
        points: Number, synaptic operations per sample, share right, and whether on the front.
        base: Number of the trial that is marked as the configuration searched around.
    """
    # The object interface: no global state, no display.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

    figure = Figure(figsize=(8, 5.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    others = [p for p in points if not p[3]]
    front = sorted((p for p in points if p[3]), key=lambda p: p[1])
    axes.plot(
        [p[1] for p in others], [100 * p[2] for p in others], "o", color="0.7", label="dominated"
    )
    axes.step(
        [p[1] for p in front],
        [100 * p[2] for p in front],
        "o-",
        where="post",
        color="C0",
        label="Pareto front",
    )
    for number, synops, accuracy, _ in front:
        axes.annotate(
            str(number),
            (synops, 100 * accuracy),
            textcoords="offset points",
            xytext=(-4, 6),
            ha="right",
            fontsize="small",
        )
    for _, synops, accuracy, _ in (p for p in points if p[0] == base):
        axes.plot(
            synops,
            100 * accuracy,
            "D",
            markersize=11,
            fillstyle="none",
            color="C3",
            label=f"trial {base}: the base",
        )
    axes.set_xscale("log" if all(p[1] > 0 for p in points) else "symlog")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(EngFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("synaptic operations per sample")
    axes.set_ylabel("right answers on held-out training samples (%)")
    axes.grid(alpha=0.3, which="both")
    axes.legend(loc="lower right")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    return picture.getvalue()
