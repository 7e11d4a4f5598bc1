"""images/energy.svg: one network by several cost tables, with their bounds."""

from __future__ import annotations

from matplotlib.figure import Figure

from spikeff.pipeline.energy.estimate import energy

FILE, SAMPLES = "zoo:digits", 20
TABLES = ("loihi1", "loihi1-fitted", "loihi2-scenario")


def picture() -> Figure:
    """Dynamic energy of every way of reading; a table without values has an interval only."""
    readings = energy(FILE, samples=SAMPLES, tables=TABLES).readings
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes = figure.subplots()
    for k, name in enumerate(TABLES):
        for row, reading in enumerate(readings):
            found, place = reading.tables[k].dynamic_joules, row + 0.22 * (k - 1)
            axes.plot((found.low, found.high), [place] * 2, color=f"C{k}", linewidth=6, alpha=0.4)
            axes.plot([found.mean], [place], "o", color=f"C{k}", label=None if row else name)
    axes.set_yticks(range(len(readings)), [reading.name for reading in readings])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel(f"dynamic energy per inference / J, {FILE}, first {SAMPLES} test images")
    axes.legend(fontsize="small")
    axes.grid(alpha=0.3)
    return figure
