"""Pictures of the agreement map: cells as maps, and their frontiers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, NullFormatter

from benchmarks.experiments.page import Records, value_at
from benchmarks.experiments.pictures import as_png, mean_at
from benchmarks.experiments.sweep import Case, Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HELD = "1, held"  # spikes of a cell with homeostasis
MARKERS = ("o", "s", "^", "v", "D")
RATIOS = (1, 2, 3, 4, 6, 8)  # ticks
SIDES = {"coincidence_ratio.0": "coincidence ratio, layer 1", "synops": "operations / sample"}
# Title, value of a run, and form of each map.
PANELS: tuple[tuple[str, Callable[[Any], float], str], ...] = (
    ("accuracy, %", lambda run: 100 * run["accuracy"], "{:.1f}"),
    (
        "lost when spikes are shuffled in time, points",
        lambda run: 100 * (run["accuracy"] - run["shuffled_accuracy"]),
        "{:.1f}",
    ),
    ("coincidence ratio, layer 1", lambda run: run["coincidence_ratio"][0], "{:.2f}"),
)


def _within(wanted: dict[str, Any], sweep: Sweep, records: Records) -> list[Case]:
    """Cells that were measured and whose first labels are those of ``within``."""
    labels = tuple(wanted["within"])
    chosen = (case for case in sweep.cases if case.labels[: len(labels)] == labels)
    return [case for case in chosen if case.name in records]


def accuracy_map(wanted: dict[str, Any], sweep: Sweep, records: Records) -> bytes:
    """Accuracy, what the time shuffle takes from it, and the ratio, one map under another."""
    cases = [c for c in _within(wanted, sweep, records) if c.labels[-1] != HELD]
    figure = Figure(figsize=(9, 10.5), layout="constrained")
    for axes, (title, value, form) in zip(figure.subplots(3, 1), PANELS, strict=True):
        _panel(axes, cases, records, value, form)
        axes.set_title(title)
    figure.suptitle(f"{', '.join(wanted['within'])}: goodness by code and spikes per neuron")
    return as_png(figure)


def _panel(
    axes: Axes, cases: list[Case], records: Records, value: Callable[[Any], float], form: str
) -> None:
    rows = list(dict.fromkeys(c.labels[2] for c in cases))
    columns = list(dict.fromkeys(c.labels[3:] for c in cases))
    cells = np.full((len(rows), len(columns)), np.nan)
    for case in cases:
        place = rows.index(case.labels[2]), columns.index(case.labels[3:])
        cells[place] = np.mean([value(run) for run in records[case.name].values()])
    axes.imshow(cells, cmap="viridis", aspect="auto")
    middle = (np.nanmax(cells) + np.nanmin(cells)) / 2
    for (y, x), shown in np.ndenumerate(cells):
        ink = "white" if shown < middle else "black"
        axes.text(x, y, form.format(shown), ha="center", va="center", color=ink, fontsize=11)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xticks(range(len(columns)), [_broken(labels) for labels in columns], fontsize=9)


def _broken(labels: tuple[str, ...]) -> str:
    return "\n".join(labels).replace(", ", ",\n")


def frontier(wanted: dict[str, Any], sweep: Sweep, records: Records) -> bytes:
    """Accuracy against ratio, and against synaptic operations; filled: with homeostasis."""
    cases = _within(wanted, sweep, records)
    goodness, codes = (list(dict.fromkeys(c.labels[k] for c in cases)) for k in (2, 3))
    figure = Figure(figsize=(9, 10), layout="constrained")
    axes = figure.subplots(2, 1)
    for ax, (key, title) in zip(axes, SIDES.items(), strict=True):
        points = []
        for case in (c for c in cases if _all_there(records[c.name], key)):
            runs = records[case.name]
            points.append((mean_at(runs, key), 100 * mean_at(runs, "accuracy")))
            colour, mark = goodness.index(case.labels[2]), codes.index(case.labels[3])
            face = f"C{colour}" if case.labels[-1] == HELD else "none"
            ax.scatter(*points[-1], marker=MARKERS[mark], edgecolor=f"C{colour}", facecolor=face)
        front = _front(points, larger=key != "synops")
        ax.plot(*zip(*front, strict=True), "k:", linewidth=1)
        ax.set(xscale="log", xlabel=title, ylabel="accuracy, %")
        ax.grid(alpha=0.3)
    axes[0].set_xticks(RATIOS, [str(ratio) for ratio in RATIOS])
    axes[0].xaxis.set_minor_formatter(NullFormatter())
    axes[1].xaxis.set_major_formatter(EngFormatter())
    for k, name in enumerate(goodness):
        axes[0].scatter([], [], color=f"C{k}", label=name)
    for k, name in enumerate(codes):
        axes[0].scatter([], [], edgecolor="k", facecolor="none", marker=MARKERS[k], label=name)
    axes[0].legend(fontsize="small", title="filled: with homeostasis")
    return as_png(figure)


def _all_there(runs: dict[str, Any], key: str) -> bool:
    return all(value_at(run, key) is not None for run in runs.values())


def _front(points: list[tuple[float, float]], larger: bool) -> list[tuple[float, float]]:
    """Points that no other beats in both, from one end of the axis to the other."""
    front: list[tuple[float, float]] = []
    for point in sorted(points, reverse=larger):
        if not front or point[1] > front[-1][1]:
            front.append(point)
    return front
