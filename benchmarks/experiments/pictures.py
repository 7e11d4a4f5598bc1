"""Pictures of an experiment: a curve, and a raster while agreement grows."""

from __future__ import annotations

import io
from statistics import fmean, pstdev
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from benchmarks.experiments.page import Records, value_at
from benchmarks.experiments.sweep import Sweep
from spikeff.plots.samples import picture_of

# Every colour is seen on white: few spikes together blue, many red.
TOGETHER = LinearSegmentedColormap.from_list("together", ["#8fb1d9", "#5b4fa3", "#d1262b"])
NOTE = {"textcoords": "offset points", "ha": "center", "fontsize": 8}


def as_png(figure: Figure) -> bytes:
    """The figure as a file."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    return picture.getvalue()


def mean_at(runs: dict[str, Any], key: str) -> float:
    """Mean over seeds."""
    return fmean(value_at(run, key) for run in runs.values())


def line(wanted: dict[str, Any], sweep: Sweep, records: Records) -> bytes:
    """``y`` in percent against ``x``, or against the labels of the only axis.

    level : case that is drawn as a level line. beside : a published curve, its name, x and y. Cases
    whose label is no number stand in the table alone.
    """
    figure = Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.subplots()
    drawn = {
        name: runs
        for name, runs in records.items()
        if name != wanted.get("level") and ("x" in wanted or name.isdecimal())
    }
    place = [mean_at(r, wanted["x"]) if "x" in wanted else float(n) for n, r in drawn.items()]
    shares = [[100 * value_at(r, wanted["y"]) for r in runs.values()] for runs in drawn.values()]
    means, errors = [fmean(s) for s in shares], [pstdev(s) for s in shares]
    axes.errorbar(place, means, yerr=errors, marker="o", capsize=3, label="ours")
    for name, x, y in zip(drawn, place, means, strict=True):
        axes.annotate(name, (x, y), xytext=(0, 7), **NOTE)
    if wanted.get("level") in records:
        level = 100 * mean_at(records[wanted["level"]], wanted["y"])
        axes.axhline(level, color="grey", linestyle=":", label=wanted["level"])
    if "beside" in wanted:
        other = wanted["beside"]
        axes.plot(other["x"], other["y"], marker="s", linestyle="--", label=other["name"])
    axes.margins(0.12)  # for the names beside the points
    axes.set(xscale="log", xlabel=wanted["xlabel"], ylabel=wanted["ylabel"])
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right")
    return as_png(figure)


def own_samples(wanted: dict[str, Any], sweep: Sweep, records: Records) -> bytes:
    """Images of the only case, a row for each of ``stages``: title = where the record has them."""
    ((_, runs),) = records.items()
    groups = {
        title: [
            np.array(image, np.uint8) for label in runs["0"][place]["images"] for image in label
        ]
        for title, place in wanted["stages"].items()
    }
    return picture_of(groups)


def growth(wanted: dict[str, Any], sweep: Sweep, records: Records) -> bytes:
    """Rasters of the first columns after some epochs above, the log of the training below."""
    ((_, runs),) = records.items()
    found = runs["0"]
    probes, rasters = found["probes"], found["rasters"]
    figure = Figure(figsize=(11, 7.2), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(1.7, 1))
    panels = above.subplots(1, len(rasters), sharey=True, squeeze=False)[0]
    for axes, (epoch, spikes) in zip(panels, rasters.items(), strict=True):
        drawn = _raster(axes, np.array(spikes).reshape(-1, 2), found, wanted)
        when = "before training" if epoch == "0" else f"after epoch {epoch}"
        ratio = probes[int(epoch)]["coincidence_ratio"][0]
        axes.set_title(f"{when}: {ratio:.1f} x chance", fontsize=10)
    columns = found["neurons"] // found["column_size"]
    panels[0].set_ylabel(
        f"neuron ({wanted['columns']} of {columns} columns, {found['column_size']} neurons each)"
    )
    above.colorbar(drawn, ax=panels, label="spikes of the column in this step")
    _log(below.subplots(1, 2), probes)
    return as_png(figure)


def _raster(axes: Any, spikes: Any, found: dict[str, Any], wanted: dict[str, Any]) -> Any:
    """A spike's colour is how many of its column fire with it, up to ``most``."""
    size, last = found["column_size"], wanted["columns"] * found["column_size"]
    steps, neurons = spikes[spikes[:, 1] < last].T
    together = np.zeros((found["steps"], wanted["columns"]), int)
    np.add.at(together, (steps, neurons // size), 1)
    colour = {"c": together[steps, neurons // size], "cmap": TOGETHER, "vmin": 1}
    mark = {"s": 90, "marker": "_", "linewidths": 1.8, "vmax": wanted["most"]}
    drawn = axes.scatter(steps + 1, neurons, **colour, **mark)
    for edge in range(size, last, size):
        axes.axhline(edge - 0.5, color="0.85", linewidth=0.7, zorder=0)
    axes.set(xlim=(0.3, found["steps"] + 0.7), ylim=(-1, last), xlabel="step")
    return drawn


def _log(panels: Any, probes: list[dict[str, Any]]) -> None:
    ratio, accuracy = panels
    ratio.plot([p["coincidence_ratio"][0] for p in probes], label="with the right label")
    ratio.plot([p["negative_ratio"][0] for p in probes], "--", label="with a wrong label")
    ratio.axhline(1.0, color="grey", linewidth=0.8)
    ratio.set_ylabel("coincident pairs / by chance")
    for name, label in (("accuracy", "goodness"), ("shuffled_accuracy", "shuffled in time")):
        accuracy.plot([100 * p[name] for p in probes], label=label)
    accuracy.set_ylabel(f"% right, {probes[0]['samples']} training samples")
    for axes in panels:
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
