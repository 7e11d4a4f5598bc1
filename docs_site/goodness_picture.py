"""images/goodness.svg: one column's spikes as they are and shuffled in time, and every goodness."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from docs_site.figure_svg import new_figure, svg
from spikeff.ir.arrays import Array
from spikeff.ir.goodness import BUILT_IN, GOODNESS
from spikeff.nn.coincidence import shuffle_in_time

STEPS, NEURONS, SEED, BETA = 30, 8, 0, 0.3
VOLLEYS = {5: (0, 1, 2, 4, 5, 7), 14: (1, 3, 4, 6), 23: (0, 2, 3, 5, 6, 7)}  # step: who fires
ALONE = ((9, 2), (18, 7), (27, 4))  # (step, neuron)


def pages(root: Path) -> dict[str, str]:
    """The picture."""
    return {"images/goodness.svg": picture()}


def column() -> Array:
    """Spikes (steps, neurons) of a column whose neurons fire in volleys."""
    spikes = np.zeros((STEPS, NEURONS), np.float32)
    for step, neurons in VOLLEYS.items():
        spikes[step, list(neurons)] = 1
    for step, neuron in ALONE:
        spikes[step, neuron] = 1
    return spikes


def picture() -> str:
    """Both rasters side by side, with what each goodness makes of them."""
    spikes = column()
    generator = torch.Generator().manual_seed(SEED)
    moved = shuffle_in_time(torch.from_numpy(spikes)[:, None], generator)[:, 0].numpy()
    figure = new_figure(9, 3.4)
    for axes, shown, title in zip(
        figure.subplots(1, 2, sharey=True),
        (spikes, moved),
        ("spikes of a column", "the same, shuffled in time"),
        strict=True,
    ):
        steps, neurons = np.nonzero(shown)
        together = shown.sum(1)[steps]
        drawn = axes.scatter(
            steps, neurons, c=together, marker="|", s=220, linewidths=2.5, cmap="plasma_r"
        )
        drawn.set_clim(1, NEURONS)
        axes.set_title(title)
        axes.set_xlim(-0.7, STEPS - 0.3)
        axes.set_xlabel("step\n" + _values(shown))
    figure.axes[0].set_ylabel("neuron")
    return svg(figure)


def _values(spikes: Array) -> str:
    """Name and value of every built-in goodness."""
    z = spikes[:, None, None, :]
    values = {name: GOODNESS[name].value(z, _beta(name)).item() for name in sorted(BUILT_IN)}
    return "    ".join(f"{name} {value:.1f}" for name, value in values.items())


def _beta(name: str) -> float:
    return BETA if name == "windowed_pairs" else 0.0
