"""images/energy.svg: one network by several cost tables, with their bounds."""

from __future__ import annotations

from pathlib import Path

from docs_site.figure_svg import new_figure, svg
from spikeff.pipeline.energy.estimate import energy

FILE, SAMPLES = "zoo:digits", 20
TABLES = ("loihi1", "loihi1-fitted", "loihi2-scenario")


def pages(root: Path) -> dict[str, str]:
    """The picture."""
    return {"images/energy.svg": picture()}


def picture() -> str:
    """Dynamic energy of every way of reading; a table without values has an interval only."""
    report = energy(FILE, samples=SAMPLES, tables=TABLES)
    figure = new_figure(8, 3.2)
    axes = figure.subplots()
    for k, name in enumerate(TABLES):
        for row, reading in enumerate(report.readings):
            found = reading.tables[k].dynamic_joules
            place = row + 0.22 * (k - 1)
            label = name if not row else None
            bounds = (found.low, found.high)
            axes.plot(bounds, [place] * 2, color=f"C{k}", linewidth=6, alpha=0.4, label=label)
            if found.mean is not None:
                axes.plot([found.mean], [place], "o", color=f"C{k}")
    axes.set_yticks(range(len(report.readings)), [r.name for r in report.readings])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel(f"dynamic energy per inference / J, {FILE}, first {SAMPLES} test images")
    axes.legend(fontsize="small")
    axes.grid(alpha=0.3)
    return svg(figure)
