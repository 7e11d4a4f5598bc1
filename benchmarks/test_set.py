"""MNIST's test set on the emulator, time and memory: `python -m benchmarks.test_set --data DIR`.

Each run is `spikeff run` in a process of its own. Writes docs/results/test_set.json and
test_set.md, or into `--out`.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.in_memory import RESULTS, table
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.parallel import cores
from spikeff.provenance import package_versions

NETWORKS = {
    "mnist-burst": "784-1000-1000, ten labels per image",
    "mnist": "784-2000, ten labels per image, at most one spike",
    "mnist-columns": "784-1000-1000, one pass",
    "mnist-once": "784-2000, one pass, at most one spike",
    "mnist-frugal": "784-400, one pass, at most one spike",
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
    command = [sys.executable, "-c", RUN, name, str(data), str(samples)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(
    data: Annotated[Path, typer.Option(help="Directory of MNIST's IDX files.")],
    repetitions: Annotated[int, typer.Option(help="Runs of each; figures are medians.")] = 5,
    out: Annotated[Path, typer.Option(help="Directory of the results.")] = RESULTS,
) -> None:
    """Run every network on few and on all images and write both files."""
    runs: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for name in NETWORKS:
        runs[name] = {
            str(n): [measure(name, data, n) for _ in range(repetitions if n == SAMPLES[-1] else 1)]
            for n in SAMPLES
        }
    rows = []
    for name, found in runs.items():
        cells = [f"`zoo:{name}`", NETWORKS[name]]
        for results in found.values():
            seconds = statistics.median(r["seconds"] for r in results)
            cells += [f"{seconds:.1f} s", f"{max(r['peak_mb'] for r in results):.0f} MB"]
        rows.append((*cells, f"{100 * found[str(SAMPLES[-1])][0]['accuracy']:.2f}"))
    header = ("network", "shape")
    for n in SAMPLES:
        header += (f"{n:,} images", "peak memory")
    lines = [
        "# MNIST's test set on the emulator",
        "",
        f"Made by `python -m benchmarks.test_set --data DIR` on {cores()} cores: `spikeff run`,",
        f"from loading the network to the answers, medians of {repetitions} processes for all",
        "images; memory is the peak of the whole process, Python and its libraries included.",
        "",
        *table((*header, "accuracy, %"), rows),
    ]
    about = {"cores": cores(), "versions": package_versions(), "runs": runs}
    write_bytes_whole(out / "test_set.json", json.dumps(about, indent=1).encode())
    write_bytes_whole(out / "test_set.md", "\n".join([*lines, ""]).encode())


if __name__ == "__main__":
    typer.run(main)
