"""The emulator's inner loop beside its limit: `python -m benchmarks.speed.inner_loop --data DIR`.

Processor time of trained networks on MNIST, in turns, in one process (`OMP_NUM_THREADS=1` for one
core): compiled loops, the NumPy witness (the path of version 0.1), the bare addition of as many
rows of int16 as there are synaptic operations, and the dense float32 products. Writes
inner_loop.md and .json into docs/results, or into `--out`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import numpy as np
import torch
import typer

from benchmarks.results import RESULTS, about, paragraph, stamp, table, write
from benchmarks.speed.turns import in_turns, paired
from hw_targets.cost.counts import count_spikes, source_spikes
from hw_targets.emulator import choice, witness
from hw_targets.emulator import run as emulator
from hw_targets.emulator.compiled_kernels import add_rows
from hw_targets.emulator.stage import stages_of
from lava_export.integers.network import IntegerNetwork
from spikeff.data.spike_trains import load_samples
from spikeff.ir.arrays import Array
from spikeff.ir.trace import compare_traces
from spikeff.pipeline.presentations import presentations
from spikeff.pipeline.saved import saved

NETWORKS = ("mnist-columns", "mnist-once", "mnist-burst", "mnist")
COMPILED, NUMPY, ROWS, DENSE = "compiled", "NumPy (0.1)", "bare rows", "dense products"
WIDTH = 1000
Work = Callable[[], Any]


def processor_seconds(work: Work) -> float:
    """Processor seconds of ``work``, all threads together."""
    start = time.process_time()
    work()
    return time.process_time() - start


def bare_rows(operations: int) -> Work:
    """As many additions as synaptic operations: rows of int16 of a table, a hundred at a time."""
    rng = np.random.default_rng(0)
    rows = rng.integers(-100, 100, (WIDTH, WIDTH)).astype(np.int16)
    total, part = np.zeros(WIDTH, np.int32), np.zeros(WIDTH, np.int16)
    spikes = [np.flatnonzero(rng.random(WIDTH) < 0.1).astype(np.int32) for _ in range(64)]
    sums = round(operations / (WIDTH * np.mean([len(s) for s in spikes])))

    def run() -> None:
        for k in range(sums):
            some = spikes[k % len(spikes)]
            add_rows(total, part, rows, some, 0, len(some), 256, 1)

    return run


def dense_products(network: IntegerNetwork, inputs: Array) -> Work:
    """The dense float32 products of every step, operands and results ready."""
    sources = emulator.run(network, inputs).trace.spikes | {"input": inputs}
    work = []
    for stage in stages_of(network):
        for s in stage.synapses:
            if s.dense is not None and s.source in sources:
                rows = torch.from_numpy(sources[s.source][: network.steps].astype(np.float32))
                work.append((rows.flatten(0, 1), torch.from_numpy(s.dense.astype(np.float32))))

    def run() -> None:
        torch.set_num_threads(1)
        for rows, weights in work:
            rows @ weights

    return run


def measure(name: str, data: Path, images: int, turns: int) -> dict[str, Any]:
    """Processor seconds of every side, in turns, and what they are divided by."""
    network = saved(f"zoo:{name}").network()
    count = images if network.labels is None else images // network.labels.classes
    split = load_samples(network, "test", data, None).head(count)
    inputs = presentations(split, network.input, network.labels, network.steps)
    compiled, plain = emulator.run(network, inputs), partial(emulator.run, network, inputs)
    reference = plain(run_samples=witness.run_samples)
    sources = source_spikes(network, inputs, compiled.trace)
    operations = count_spikes(network, sources, active=None).total_synops
    sides: dict[str, Work] = {
        COMPILED: plain,
        NUMPY: lambda: plain(run_samples=witness.run_samples),
        ROWS: bare_rows(operations),
        DENSE: dense_products(network, inputs),
    }
    timed = {side: partial(processor_seconds, work) for side, work in sides.items()}
    return {
        "presentations": inputs.shape[1],
        "operations": operations,
        "equal": compare_traces(compiled.trace, reference.trace).equal,
        "seconds": in_turns(timed, turns, warm_up=1),
    }


def page(kept: dict[str, Any]) -> list[str]:
    """The table, from what the file of figures holds."""
    rows = []
    for name, found in kept["networks"].items():
        seconds, operations = found["seconds"], found["operations"]
        cells = [
            f"{1e3 * median(seconds[side]) / found['presentations']:.3f} "
            f"({1e9 * median(seconds[side]) / operations:.4f})"
            for side in (COMPILED, NUMPY, ROWS, DENSE)
        ]
        ratio = f"{paired(seconds, NUMPY, COMPILED):.1f}x"
        million = f"{operations / found['presentations'] / 1e6:.2f}"
        equal = "all" if found["equal"] else "NO"
        rows.append((f"`zoo:{name}`", million, *cells, ratio, equal))
    columns = (COMPILED, NUMPY, ROWS, DENSE, "NumPy / compiled", "bits equal")
    return [
        "# The emulator's inner loop",
        "",
        *paragraph(
            stamp(kept["about"]),
            "Milliseconds of processor time per presentation and, in brackets, nanoseconds per "
            f"synaptic operation; medians of {kept['turns']} turns with OMP_NUM_THREADS=1, "
            "ratios paired by turn. Bare rows are as many int16 additions as there are synaptic "
            "operations, a row of 1000 at a time: the limit of whoever adds every spike's row. "
            "The compiled loops go below it where they add only what changes. Millions are "
            "synaptic operations per presentation; labels in the input take ten "
            "presentations per image.",
        ),
        "",
        *table(("network", "millions", *columns), rows),
    ]


def main(
    data: Annotated[Path, typer.Option(help="Directory of MNIST's IDX files.")],
    images: Annotated[int, typer.Option(help="Presentations of each network.")] = 2000,
    turns: Annotated[int, typer.Option(help="Turns of every side.")] = 5,
    out: Annotated[Path, typer.Option(help="Directory of the results.")] = RESULTS,
) -> None:
    """Time every side on every network and write both files."""
    choice.COMPILED_FROM = 0
    found = {name: measure(name, data, images, turns) for name in NETWORKS}
    command = f"python -m benchmarks.speed.inner_loop --images {images}"
    kept = {"about": about(command), "turns": turns, "networks": found}
    write(out, "inner_loop", page(kept), kept)


if __name__ == "__main__":
    typer.run(main)
