"""From NIR file to integers and energy: `python -m benchmarks.speed.imports`.

Each network is written as NIR with random weights, then read, quantised and priced in a process of
its own. Writes imports.md and .json into docs/results, or into `--out`.
"""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import nir
import numpy as np
import typer

from benchmarks.results import RESULTS, about, paragraph, stamp, table, write
from benchmarks.speed.own_process import figures_of
from lava_export.nir.file import write_nir
from spikeff.ir.arrays import Array

STEPS, SAMPLES, DT = 10, 5, 1e-4
SIDE, CHANNELS = 64, 16
POOLED = (CHANNELS, 8, 8)
DENSE, CONVOLUTIONAL = "dense", "convolutional"
# What each is, whether it is priced too, and the board that holds it.
NETWORKS = {
    DENSE: ("256-300-80, 100,800 synapses", True, None),
    CONVOLUTIONAL: ("64x64, 16-16-16 channels of 3x3, 10 million synapses", False, "nahuku-8"),
}
RUN = """
import json, resource, sys, time
start = time.perf_counter()
import spikeff
name, priced, board = sys.argv[1], sys.argv[2] == "True", sys.argv[3]
from spikeff.pipeline.compile.nir import from_nir
made = from_nir(name + ".nir", name + ".net", dt=1e-4, steps=10, reset="zero",
                readout="counts", board=None if board == "None" else board)
imported = time.perf_counter() - start
if priced:
    spikeff.energy(name + ".net", spikes=name + ".npz")
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"seconds_to_integers": imported, "seconds": time.perf_counter() - start,
    "processor_seconds": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}))
"""


def _lif(*shape: int) -> Any:
    tau, zero = np.full(shape, 10 * DT), np.zeros(shape)
    return nir.LIF(tau=tau, r=tau / DT, v_leak=zero, v_threshold=zero + 1, v_reset=zero)


def _convolution(sources: int, rng: np.random.Generator) -> Any:
    kernels = rng.normal(0, 0.1, (CHANNELS, sources, 3, 3))
    return nir.Conv2d((SIDE, SIDE), kernels, 1, 1, 1, 1, np.zeros(CHANNELS))


def graph(name: str) -> tuple[Any, int]:
    """The network as NIR, and its input channels."""
    rng = np.random.default_rng(0)
    if name == DENSE:
        first, last = rng.normal(0, 0.2, (300, 256)), rng.normal(0, 0.2, (80, 300))
        nodes, shape = [nir.Linear(first), _lif(300), nir.Linear(last), _lif(80)], (256,)
    else:
        grid, shape = (CHANNELS, SIDE, SIDE), (1, SIDE, SIDE)
        nodes = [_convolution(1, rng), _lif(*grid)]
        nodes += [_convolution(CHANNELS, rng), _lif(*grid)]
        nodes += [nir.SumPool2d((8, 8), (8, 8), (0, 0)), _lif(*POOLED)]
        nodes += [nir.Flatten({"input": np.array(POOLED)}, 0)]
        nodes += [nir.Linear(rng.normal(0, 0.01, (10, int(np.prod(POOLED))))), _lif(10)]
    ends = nir.Input(np.array(shape)), nir.Output(np.array(nodes[-1].v_threshold.shape))
    every = [ends[0], *nodes, ends[1]]
    names = [f"n{k}" for k in range(len(every))]
    edges = list(pairwise(names))
    made = nir.NIRGraph(dict(zip(names, every, strict=True)), edges, type_check=False)
    return made, int(np.prod(shape))


def _inputs(channels: int) -> Array:
    return np.random.default_rng(1).random((SAMPLES, STEPS, channels)) < 0.2


def measure(name: str, folder: Path) -> dict[str, float]:
    """Seconds and memory of one network, read from its file in a process of its own."""
    made, channels = graph(name)
    write_nir(folder / f"{name}.nir", made)
    np.savez_compressed(folder / f"{name}.npz", spikes=_inputs(channels))
    _, priced, board = NETWORKS[name]
    return figures_of(RUN, folder / name, priced, board)


def page(kept: dict[str, Any]) -> list[str]:
    """The table, from what the file of figures holds."""
    rows = []
    for name, found in kept["networks"].items():
        what, priced, board = NETWORKS[name]
        last = "energy" if priced else "integers"
        where = f", on {board}" if board else ""
        rows.append(
            (
                f"{what}{where}",
                last,
                f"{found['seconds']:.1f} s",
                f"{found['processor_seconds']:.1f} s",
                f"{found['peak_mb']:.0f} MB",
            )
        )
    return [
        "# From a NIR file to integers and energy",
        "",
        *paragraph(
            stamp(kept["about"]),
            f"Random weights, {STEPS} steps, quantised by weights alone; energy of {SAMPLES} "
            "samples. The time is from starting Python's imports to the last figure, the "
            "processor's beside it: where the two are far apart the machine had other work.",
        ),
        "",
        *table(("network", "up to", "time", "processor", "peak memory"), rows),
    ]


def main(out: Annotated[Path, typer.Option()] = RESULTS) -> None:
    """Measure both networks and write the page."""
    with tempfile.TemporaryDirectory() as folder:
        found = {name: measure(name, Path(folder)) for name in NETWORKS}
    kept = {"about": about("python -m benchmarks.speed.imports"), "networks": found}
    write(out, "imports", page(kept), kept)


if __name__ == "__main__":
    typer.run(main)
