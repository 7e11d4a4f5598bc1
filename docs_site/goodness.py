"""images/goodness.svg: one column's spikes as they are and shuffled in time, and every goodness."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from benchmarks.experiments.pictures import TOGETHER
from spikeff.evidence.perturbations import shuffled
from spikeff.ir.goodness import BUILT_IN, GOODNESS

STEPS, NEURONS, SEED = 30, 8, 0
IN_A_LINE = 3  # values below a raster
BETAS = {"windowed_pairs": 0.3}
VOLLEYS = {5: (0, 1, 2, 4, 5, 7), 14: (1, 3, 4, 6), 23: (0, 2, 3, 5, 6, 7)}  # step: who fires
ALONE = {9: (2,), 18: (7,), 27: (4,)}


def picture() -> Figure:
    """Both rasters side by side, with what each goodness makes of them."""
    spikes = np.zeros((STEPS, NEURONS), np.bool_)
    for step, neurons in (VOLLEYS | ALONE).items():
        spikes[step, list(neurons)] = True
    moved = shuffled(spikes[:, np.newaxis], np.random.default_rng(SEED))[:, 0]
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    left.set(title="spikes of a column", ylabel="neuron")
    right.set(title="the same, shuffled in time")
    for axes, shown in ((left, spikes), (right, moved)):
        steps, neurons = np.nonzero(shown)
        together = shown.sum(1)[steps]  # spikes of the column in the same step
        marks = {"marker": "|", "s": 220, "linewidths": 2.5, "cmap": TOGETHER}
        axes.scatter(steps, neurons, c=together, vmin=1, vmax=NEURONS, **marks)
        z = shown[:, None, None, :]
        values = [
            f"{n} {GOODNESS[n].value(z, BETAS.get(n, 0.0)).item():.1f}" for n in sorted(BUILT_IN)
        ]
        lines = ("    ".join(values[k : k + IN_A_LINE]) for k in range(0, len(values), IN_A_LINE))
        axes.set(xlim=(-0.7, STEPS - 0.3), xlabel="\n".join(["step", *lines]))
    return figure
