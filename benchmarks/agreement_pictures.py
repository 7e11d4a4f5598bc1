"""Pictures of the agreement map."""

from __future__ import annotations

import io
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np

from spikeff.ir.io.sealed import write_bytes_whole

Found = dict[str, dict[str, dict[str, Any]]]
COLOURS = {
    "rate": "#4c566a",
    "pairs": "#c8553d",
    "windowed_pairs": "#e0a030",
    "synchrony": "#2a7f9e",
}
MARKERS = {"burst": "o", "latency": "s", "latency, lasting": "^"}


def _means(found: Found, key: str) -> dict[str, float]:
    """Mean over seeds of every cell, of the first layer where there is one figure per layer."""
    return {
        name: mean(float(np.atleast_1d(run[key])[0]) for run in runs.values())
        for name, runs in found.items()
    }


def _figure(width: float, height: float, columns: int) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(1, columns)


def _write(figure: Any, path: Path) -> None:
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=110)
    write_bytes_whole(path, picture.getvalue())


def draw_map(found: Found, objective: str, path: Path) -> None:
    """Accuracy, what the time shuffle takes from it, and the ratio, as three maps."""
    accuracy, shuffled = _means(found, "accuracy"), _means(found, "shuffled_accuracy")
    lost = {name: 100 * (accuracy[name] - shuffled[name]) for name in accuracy}
    panels = (
        ("accuracy, %", {n: 100 * a for n, a in accuracy.items()}, "viridis", "{:.1f}"),
        (
            "lost when spikes are shuffled in time, points",
            lost,
            "magma",
            "{:.1f}",
        ),
        (
            "coincidence ratio on positives, layer 1",
            _means(found, "coincidence_ratio"),
            "cividis",
            "{:.2f}",
        ),
    )
    figure, axes = _figure(15, 5, len(panels))
    for ax, (title, values, colours, form) in zip(axes, panels, strict=True):
        keys = [n.split(" | ") for n in values if n.startswith(objective) and n.endswith("| 0")]
        rows = list(dict.fromkeys(k[1] for k in keys))
        columns = list(dict.fromkeys((k[2], k[3]) for k in keys))
        table = np.array(
            [[values[f"{objective} | {g} | {c} | {s} | 0"] for c, s in columns] for g in rows]
        )
        ax.imshow(table, cmap=colours, aspect="auto")
        middle = (table.max() + table.min()) / 2
        for (y, x), value in np.ndenumerate(table):
            ink = "white" if value < middle else "black"
            ax.text(x, y, form.format(value), ha="center", va="center", color=ink, fontsize=8)
        ax.set_yticks(range(len(rows)), rows)
        ticks = [f"{code}\n{'free' if s == 'none' else s}" for code, s in columns]
        ax.set_xticks(range(len(columns)), ticks, rotation=45, ha="right", fontsize=8)
        ax.set_title(title)
    figure.suptitle(f"{objective}: goodness by code and spikes per neuron and sample")
    _write(figure, path)


def draw_frontier(found: Found, path: Path) -> None:
    """Accuracy against ratio, and against synaptic operations; filled: with homeostasis."""
    accuracy = _means(found, "accuracy")
    figure, axes = _figure(13, 5.5, 2)
    for ax, key, title in zip(
        axes,
        ("coincidence_ratio", "synops"),
        ("coincidence ratio on positives, layer 1", "synaptic operations per sample"),
        strict=True,
    ):
        across = _means(found, key)
        for name, x in across.items():
            _, goodness, code, _, push = name.split(" | ")
            colour = COLOURS[goodness]
            face = colour if push != "0" else "none"
            marker = MARKERS[code]
            ax.scatter(x, 100 * accuracy[name], marker=marker, edgecolor=colour, facecolor=face)
        front = _front(across, accuracy, larger=key == "coincidence_ratio")
        ax.plot([across[n] for n in front], [100 * accuracy[n] for n in front], "k:", linewidth=1)
        ax.set_xlabel(title)
        ax.set_ylabel("accuracy, %")
        ax.set_xscale("log")
        ax.grid(alpha=0.3)
    for goodness, colour in COLOURS.items():
        axes[0].scatter([], [], color=colour, label=goodness)
    for code, marker in MARKERS.items():
        axes[0].scatter([], [], edgecolor="black", facecolor="none", marker=marker, label=code)
    axes[0].scatter([], [], color="black", label="filled: with homeostasis")
    axes[0].legend(fontsize="small")
    _write(figure, path)


def _front(across: dict[str, float], accuracy: dict[str, float], larger: bool) -> list[str]:
    """Cells that no other beats in both, from one end of the axis to the other."""
    best, front = -1.0, []
    for name in sorted(across, key=lambda n: across[n], reverse=larger):
        if accuracy[name] > best:
            best = accuracy[name]
            front.append(name)
    return front
