"""The training log as a picture: accuracy and agreement as they grow."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spikeff.ir.io.whole_file import write_bytes_whole
from spikeff.training.run_folder import PICTURE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from spikeff.evidence.figures import Evaluation
    from spikeff.training.history import History

PANELS = ("accuracy", "time", "ratio", "gap", "firing")


def plot_training(run: Path, log: History) -> Path:
    """Draw the log of a run into ``run``/training.png, whole or not at all.

    Returns:
        Path of the picture.
    """
    path = run / PICTURE
    write_bytes_whole(path, picture_of(log))
    return path


def picture_of(log: History) -> bytes:
    """A PNG of accuracy, time share, coincidence ratio, goodness gap and firing by epoch."""
    # The object interface: no global state, no display.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    history, probes = log.epochs, log.probes
    figure = Figure(figsize=(15, 7))
    FigureCanvasAgg(figure)
    # Fixed margins: a layout found by trial draws everything twice.
    margins = {"left": 0.05, "right": 0.99, "bottom": 0.08, "top": 0.98, "wspace": 0.2}
    panels: dict[str, Any] = figure.subplot_mosaic(
        [[*PANELS[:3]], [PANELS[0], *PANELS[3:]]], gridspec_kw=margins
    )
    accuracy, time, ratio, gap, firing = (panels[name] for name in PANELS)
    _accuracies(accuracy, probes, log.validations)
    _time_shares(time, probes)
    _per_layer(ratio, [p.coincidence_ratio for p in probes], "positives", "-")
    _per_layer(ratio, [p.negative_ratio for p in probes], "negatives", ":")
    ratio.axhline(1.0, color="grey", linewidth=0.8)
    ratio.set_ylabel("coincident pairs / pairs by chance")
    _per_layer(gap, [(0.0,) * len(history[0].goodness_gap)] + [r.goodness_gap for r in history])
    gap.set_ylabel("goodness gap, positives - negatives")
    _per_layer(firing, [[100 * f for f in p.firing] for p in probes], "positives", "-")
    firing.set_ylabel("firing, % of neuron-steps")
    for axes in panels.values():
        axes.set_xlabel("epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    return picture.getvalue()


def _accuracies(
    axes: Axes, probes: Sequence[Evaluation], validations: Sequence[Evaluation]
) -> None:
    lines = {
        "by goodness": [p.accuracy for p in probes],
        "spikes shuffled in time": [p.shuffled_accuracy for p in probes],
        "same spikes by rate goodness": [p.rate_accuracy for p in probes],
        "linear readout": [p.readout_accuracy for p in probes],
    }
    for label, values in lines.items():
        axes.plot([100 * v for v in values], label=label)
    if validations:
        epochs = range(1, len(validations) + 1)
        held = [100 * each.accuracy for each in validations]
        axes.plot(
            epochs, held, "k--", label=f"by goodness, {validations[0].samples} for validation"
        )
    axes.set_ylabel(f"% right of {probes[0].samples} training samples")
    axes.set_ylim(0, 100)


def _time_shares(axes: Axes, probes: Sequence[Evaluation]) -> None:
    """Of the probes whose accuracy is clearly above chance. Shares beyond 0 and 100 % are noise."""
    shares = [math.nan if p.time_share is None else 100 * p.time_share for p in probes]
    axes.plot(shares, label="(accuracy - shuffled) / (accuracy - chance)")
    axes.axhline(0.0, color="grey", linewidth=0.8)
    axes.set_ylim(-5, 105)
    axes.set_ylabel("% of the accuracy above chance that is time")


def _per_layer(
    axes: Axes, rows: Sequence[Sequence[float]], what: str = "", style: str = "-"
) -> None:
    for layer, values in enumerate(zip(*rows, strict=True)):
        axes.plot(values, style, color=f"C{layer}", label=f"layer {layer + 1} {what}".strip())
