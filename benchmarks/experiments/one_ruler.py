"""The picture of frugality: like beside like, by one ruler.

Ours, and the network of others whose operations are known, are priced by one table; a bar leads
from the published minimum to what a board took. What others measured stands beside, each point with
a sign for what its figure counts.
"""

from __future__ import annotations

from statistics import fmean
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from benchmarks.experiments.page import Records, value_at
from benchmarks.experiments.pictures import NOTE, as_png, mean_at
from benchmarks.experiments.sweep import Sweep
from hw_targets.beside.ann import ann_energy
from hw_targets.cost.anchors import validation
from hw_targets.cost.systems import System, systems
from hw_targets.cost.table_registry import cost_table
from spikeff.pipeline.report.drawing import wilson

SIGNS = {
    "dynamic": "D",
    "whole chip": "s",
    "share of cores": "v",
    "whole system": "P",
    "simulated": "+",
    "not stated": "x",
}
MICRO = 1e-6


def one_ruler(wanted: dict[str, Any], sweep: Sweep, records: Records) -> bytes:
    """``y`` in percent of ``samples`` against the joules ``x`` by a table, beside others.

    anchor : network of others that is priced too.   ann : sizes, accuracy and effective operations.
    """
    figure = Figure(figsize=(10, 6.2), layout="constrained")
    axes = figure.subplots()
    first, *_ = validation()
    _ours(axes, wanted, records, first.measured / first.high)
    _anchor(axes, wanted)
    _ann(axes, wanted)
    found = [
        s
        for s in systems().values()
        if s.task == wanted["task"] and s.per == "inference" and (s.accuracy or 0) > wanted["least"]
    ]
    for counts, sign in SIGNS.items():
        _others(axes, [s for s in found if s.counts == counts], counts, sign)
    axes.set(xscale="log", xlabel=wanted["xlabel"], ylabel=wanted["ylabel"])
    axes.set_ylim(wanted["least"], 100)
    axes.margins(x=0.1)  # for the names beside the points
    axes.xaxis.set_major_formatter(EngFormatter("J"))
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", fontsize=8)
    return as_png(figure)


def _bars(share: float, samples: int) -> list[list[float]]:
    """How far the 95 % interval of a share lies below and above it, in percent."""
    low, high = wilson(np.array([share]), np.array([samples]))
    return [[100 * (share - float(low[0]))], [100 * (float(high[0]) - share)]]


def _ours(axes: Any, wanted: dict[str, Any], records: Records, board: float) -> None:
    for k, (name, runs) in enumerate(records.items()):
        joules = mean_at(runs, wanted["x"])
        share = fmean(value_at(run, wanted["y"]) for run in runs.values())
        label = "ours by neurons: Davies 2018, bar to what a board would take" if k == 0 else None
        across = [[0.0], [(board - 1) * joules]]
        axes.errorbar(
            [joules],
            [100 * share],
            xerr=across,
            yerr=_bars(share, wanted["samples"]),
            fmt="o",
            color="C0",
            capsize=3,
            label=label,
        )
        axes.annotate(name, (joules, 100 * share), xytext=(-5, 4), **NOTE | {"ha": "right"})


def _anchor(axes: Any, wanted: dict[str, Any]) -> None:
    """The network of others by the same table, and its measurement."""
    priced = next(p for p in validation() if p.anchor.name == wanted["anchor"])
    share = (priced.anchor.system.accuracy or 0.0) / 100
    middle = (priced.low + priced.high) / 2
    axes.errorbar(
        [middle],
        [100 * share],
        xerr=[[0.0], [priced.measured - middle]],
        yerr=_bars(share, wanted["samples"]),
        fmt="o",
        color="C3",
        capsize=3,
        label=f"{priced.anchor.system.title}, by the same table; bar to what its board took",
    )


def _ann(axes: Any, wanted: dict[str, Any]) -> None:
    """An ANN in int8 on 45 nm logic: every operation, and those without a zero."""
    ann = wanted["ann"]
    table = cost_table("digital45")
    ends = [
        ann_energy(ann["sizes"], "int8", table, effective_macs=macs).joules
        for macs in (ann["effective_macs"], None)
    ]
    axes.errorbar(
        [ends[1]],
        [100 * ann["accuracy"]],
        xerr=[[ends[1] - ends[0]], [0.0]],
        yerr=_bars(ann["accuracy"], ann["samples"]),
        fmt="^",
        color="C2",
        capsize=3,
        label="int8 ANN 784-400-10 on 45 nm logic, bar to zeros skipped",
    )


def _others(axes: Any, found: list[System], counts: str, sign: str) -> None:
    points = [((s.microjoules or 0) * MICRO, s.accuracy) for s in found]
    if points:
        style = {"marker": sign, "color": "black", "s": 26}
        axes.scatter(*zip(*points, strict=True), label=f"measured by others: {counts}", **style)
    for system, point in zip(found, points, strict=True):
        axes.annotate(system.title, point, xytext=(0, -12), **NOTE | {"fontsize": 7})
