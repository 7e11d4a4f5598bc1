"""Pictures of spikes for notebooks and papers, each drawn into axes of matplotlib that are given.

What is said of agreement is shown as it is counted: spikes of different neurons of one column in
one step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import SubFigure
    from matplotlib.image import AxesImage

    from spikeff.ir.arrays import Array

LONE, TOGETHER = "0.65", "#d1495b"


def raster(axes: Axes, spikes: Array, column_size: int | None = None) -> None:
    """Spikes bool (steps, neurons) as dots; coincident ones stand out where there are columns.

    Args:
        column_size: Neurons per column; None where neurons stand alone, as input channels do.
    """
    steps, neurons = np.nonzero(spikes)
    met = (
        _together(spikes, column_size)[steps, neurons]
        if column_size
        else np.zeros(len(steps), bool)
    )
    axes.scatter(
        steps[~met], neurons[~met], s=9, color=LONE if column_size else "black", linewidths=0
    )
    axes.scatter(steps[met], neurons[met], s=14, color=TOGETHER, linewidths=0)
    if column_size:
        axes.set_yticks(np.arange(0, spikes.shape[1] + 1, column_size) - 0.5, minor=True)
        axes.grid(axis="y", which="minor", linewidth=0.3)
        axes.tick_params(axis="y", which="minor", length=0)
    axes.set(xlim=(-0.5, len(spikes) - 0.5), ylim=(-0.5, spikes.shape[1] - 0.5))
    axes.set(xlabel="step", ylabel="neuron" if column_size else "channel")
    _whole_numbers(axes.xaxis)


def coincidences(axes: Axes, spikes: Array, column_size: int, most: int | None = None) -> AxesImage:
    """Coincident pairs of every column and step as an image.

    Args:
        spikes: bool (steps, neurons).
        most: Number of pairs in the darkest colour.
    """
    together = spikes.reshape(len(spikes), -1, column_size).sum(2)
    pairs = together * (together - 1) // 2
    image = axes.imshow(
        pairs.T,
        aspect="auto",
        origin="lower",
        cmap="Reds",
        vmin=0,
        vmax=max(1, int(pairs.max()) if most is None else most),
        interpolation="nearest",
    )
    axes.set(xlabel="step", ylabel="column")
    _whole_numbers(axes.xaxis)
    _whole_numbers(axes.yaxis)
    return image


def membrane(
    axes: Axes, potential: Array, spikes: Array, threshold: float, label: str, style: str = "-"
) -> None:
    """Membrane potential (steps,) of one neuron, its spikes bool (steps,) and its threshold."""
    (line,) = axes.plot(potential, style, label=label)
    times = np.flatnonzero(spikes)
    axes.plot(times, np.full(len(times), threshold), "^", color=line.get_color())
    axes.axhline(threshold, color="0.5", linewidth=0.8, linestyle="--")
    axes.set(xlabel="step", ylabel="membrane potential")


def receptive_fields(
    figure: SubFigure, weights: Array, shape: tuple[int, int], count: int = 24, columns: int = 12
) -> None:
    """Weights (neurons, channels) of the neurons with the strongest ones; red excites.

    Args:
        shape: Rows and columns of the channels.
        figure: A Figure or a part of one.
    """
    strongest = np.argsort(-np.linalg.norm(weights, axis=1), kind="stable")[:count]
    top = float(np.abs(weights[strongest]).max()) or 1.0
    rows = -(-len(strongest) // columns)
    for axes in (grid := figure.subplots(rows, columns, squeeze=False)).flat:
        axes.set_axis_off()
    for axes, neuron in zip(grid.flat, strongest, strict=False):
        axes.imshow(weights[neuron].reshape(shape), cmap="RdBu_r", vmin=-top, vmax=top)
        axes.set_title(str(neuron), fontsize=7, pad=2)


def similarity_map(axes: Axes, activity: Array, labels: Array, seed: int = 0) -> None:
    """Samples by the cosine of their activity (samples, features): t-SNE (van der Maaten 2008).

    Colours are ``labels`` (samples,). Distances between far groups mean nothing in such a map.
    """
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(activity) - 1) / 3)
    tsne = TSNE(perplexity=perplexity, metric="cosine", init="pca", random_state=seed)
    place = tsne.fit_transform(np.asarray(activity, np.float32))
    axes.scatter(place[:, 0], place[:, 1], c=labels, cmap="tab10", s=6, linewidths=0)
    axes.set(xticks=[], yticks=[])


def _whole_numbers(axis: Axis) -> None:
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(integer=True))


def _together(spikes: Array, column_size: int) -> Array:
    """Which spikes bool (steps, neurons) meet another one of their column in their step."""
    columns = spikes.reshape(len(spikes), -1, column_size)
    met = columns & (columns.sum(2, keepdims=True) > 1)
    return np.asarray(met.reshape(spikes.shape))
