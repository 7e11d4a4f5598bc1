"""Time and memory of MNIST's test set: `python -m benchmarks.speed.test_set --data DIR`.

Each run is `spikeff run` in a process of its own. Writes test_set.md and .json into docs/results,
or into `--out`.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Annotated, Any

import typer

from benchmarks.results import RESULTS, about, paragraph, stamp, table, write
from benchmarks.speed.own_process import figures_of

NETWORKS = {
    "mnist-burst": "784-1000-1000, ten labels per image",
    "mnist-pairs": "784-2000, ten labels per image, at most one spike",
    "mnist-columns": "784-1000-1000, one pass",
    "mnist-once-pairs": "784-2000, one pass, at most one spike",
    "mnist-frugal-pairs": "784-400, one pass, at most one spike",
}
SAMPLES = (1000, 10000)
RUN = """
import json, resource, sys, time
import spikeff
start = time.perf_counter()
result = spikeff.run("zoo:" + sys.argv[1], data=sys.argv[2], samples=int(sys.argv[3]))
seconds = time.perf_counter() - start
kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": seconds, "peak_mb": kilobytes / 1024, "accuracy": result.accuracy}))
"""


def measure(name: str, data: Path, samples: int) -> dict[str, Any]:
    """Seconds from loading the network to the answers, and the peak of the whole process."""
    return figures_of(RUN, name, data, samples)


def page(kept: dict[str, Any]) -> list[str]:
    """The table, from what the file of figures holds."""
    rows = []
    for name, found in kept["runs"].items():
        cells = [f"`zoo:{name}`", NETWORKS[name]]
        for results in found.values():
            cells.append(f"{median(r['seconds'] for r in results):.1f} s")
            cells.append(f"{max(r['peak_mb'] for r in results):.0f} MB")
        rows.append((*cells, f"{100 * found[str(SAMPLES[-1])][0]['accuracy']:.2f}"))
    columns = [text for n in SAMPLES for text in (f"{n:,} images", "peak memory")]
    return [
        "# MNIST's test set on the emulator",
        "",
        *paragraph(
            *map(stamp, kept["about"]),
            "`spikeff run`, from loading the network to the answers, medians of "
            f"{kept['turns']} processes; memory is the peak of the whole process, Python and its "
            "libraries included.",
        ),
        "",
        *table(("network", "shape", *columns, "8 bits"), rows),
    ]


def main(
    data: Annotated[Path, typer.Option(help="Directory of MNIST's IDX files.")],
    turns: Annotated[int, typer.Option(help="Runs of each; figures are medians.")] = 5,
    out: Annotated[Path, typer.Option(help="Directory of the results.")] = RESULTS,
) -> None:
    """Run every network on few and on all images and write both files."""
    runs = {
        name: {str(n): [measure(name, data, n) for _ in range(turns)] for n in SAMPLES}
        for name in NETWORKS
    }
    command = f"python -m benchmarks.speed.test_set --data DIR --turns {turns}"
    kept = {"about": [about(command)], "turns": turns, "runs": runs}
    write(out, "test_set", page(kept), kept)


if __name__ == "__main__":
    typer.run(main)
