"""The emulator beside other simulators, same nets, same spikes: `python -m benchmarks.emulator`.

All sides take turns in one process, `--repetitions` times; figures are medians. Writes
docs/results/emulator_speed.json and docs/results/emulator_speed.md, or into `--out`.
"""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from norse.torch import LIFFeedForwardState, LIFParameters
from norse.torch.functional.lif import lif_feed_forward_step

from benchmarks.emulator_networks import layered, random_spikes
from hw_targets.emulator import run as emulator
from hw_targets.emulator import torch_kernel as torch_emulator
from hw_targets.lava import cpu as lava_cpu
from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE
from spikeff.ir.io.sealed import write_bytes_whole
from spikeff.ir.network import INPUT
from spikeff.ir.trace import compare_traces
from spikeff.parallel import cores
from spikeff.provenance import package_versions
from spikeff.references import brian2_integers

RESULTS = Path(__file__).parent.parent / "docs" / "results"
NETWORKS = {
    "784-500-500, T = 8": lambda: layered((500, 500), 8),
    "784-500-500, T = 32": lambda: layered((500, 500), 32),
    "784-500 recurrent, T = 8": lambda: layered((500,), 8, recurrent=True),
}
EMULATOR, PRODUCTS, NORSE = "emulator", "matrix products", "Norse, float"
LAVA, BRIAN2, NENGO = "Lava", "Brian2, cython", "nengo-loihi"


def matrix_products(network: IntegerNetwork, inputs: Array, spikes: dict[str, Array]) -> float:
    """Seconds of the dense float32 products of every step alone, operands and results ready."""
    torch.set_num_threads(cores())
    sources = {INPUT: inputs} | spikes
    work = []
    for c in network.connections:
        if c.connectivity == DENSE and c.source in sources:
            rows = torch.from_numpy(sources[c.source][: network.steps].astype(np.float32))
            weights = torch.from_numpy(c.weights.T.astype(np.float32))
            work.append((rows, weights, torch.empty(rows.shape[1], weights.shape[1])))
    start = time.perf_counter()
    for rows, weights, out in work:
        for step in rows:
            torch.mm(step, weights, out=out)
    return time.perf_counter() - start


def norse_forward(network: IntegerNetwork, inputs: Array) -> float:
    """Seconds of Norse's step over all layers, float32, without a graph; no recurrent synapses."""
    torch.set_num_threads(cores())
    chain = [
        c
        for c in network.connections
        if c.connectivity == DENSE and c.delay == 0 and c.source != c.target
    ]
    chain = [c for c in chain if c.source == INPUT or c.source.startswith("layer")]
    weights = [torch.from_numpy(c.weights.T.astype(np.float32)) for c in chain]
    parameters = LIFParameters(v_th=torch.as_tensor(float(network.populations[0].vth)))
    start = time.perf_counter()
    with torch.no_grad():
        spikes = torch.from_numpy(inputs).float()
        for matrix in weights:
            size = (inputs.shape[1], matrix.shape[1])
            state = LIFFeedForwardState(torch.zeros(size), torch.zeros(size))
            steps = []
            for step in spikes:
                out, state = lif_feed_forward_step(step @ matrix, state, parameters, network.dt)
                steps.append(out)
            spikes = torch.stack(steps)
    return time.perf_counter() - start


def nengo_loihi(python: Path, network: IntegerNetwork, inputs: Array) -> float:
    """Seconds of nengo-loihi's emulator in an interpreter of its own; see ``nengo_loihi_side``."""
    chain = [c for c in network.connections if c.connectivity == DENSE]
    side = Path(__file__).with_name("nengo_loihi_side.py")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.npz"
        np.savez(
            path,
            spikes=inputs,
            vth=[p.vth for p in network.populations],
            du=network.populations[0].du,
            dv=network.populations[0].dv,
            **{f"W{depth}": c.weights for depth, c in enumerate(chain)},
        )
        command = [str(python), "-W", "ignore", str(side), str(path), "1"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"][0])


def timed(work: Callable[[], Any]) -> float:
    """Wall seconds of ``work``."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def sides(
    network: IntegerNetwork,
    inputs: Array,
    streamed: int,
    brian2: bool,
    nengo: Path | None,
    device: str | None,
) -> dict[str, Callable[[], float]]:
    """What is timed, each giving seconds per presentation."""
    samples, few = inputs.shape[1], inputs[:, :streamed]
    spikes = emulator.run(network, inputs).trace.spikes
    by_name: dict[str, Callable[[], float]] = {
        EMULATOR: lambda: timed(lambda: emulator.run(network, inputs)) / samples,
        PRODUCTS: lambda: matrix_products(network, inputs, spikes) / samples,
        LAVA: lambda: lava_cpu.run_integer(network, few).seconds / streamed,
    }
    if device is not None:
        by_name[f"emulator, torch on {device}"] = lambda: (
            timed(lambda: torch_emulator.run(network, inputs, device=device)) / samples
        )
    if not any(c.source == c.target for c in network.connections):
        by_name[NORSE] = lambda: norse_forward(network, inputs) / samples
        if nengo is not None:
            by_name[NENGO] = lambda: nengo_loihi(nengo, network, few)
    if brian2:
        by_name[BRIAN2] = lambda: (
            timed(lambda: brian2_integers.run(network, few, "cython", False)) / streamed
        )
    return by_name


def measure(
    network: IntegerNetwork,
    samples: int,
    streamed: int,
    repetitions: int,
    brian2: bool,
    nengo: Path | None,
    device: str | None,
) -> dict[str, Any]:
    """Seconds per presentation of every side, in turns; and whether Lava gives the same spikes."""
    inputs = random_spikes(network, samples)
    by_name = sides(network, inputs, streamed, brian2, nengo, device)
    seconds: dict[str, list[float]] = {name: [] for name in by_name}
    for _ in range(repetitions):
        for name, work in by_name.items():
            seconds[name].append(work())
    few = inputs[:, :streamed]
    ours, lava = emulator.run(network, few).trace, lava_cpu.run_integer(network, few).trace
    ratios = {
        name: statistics.median(a / b for a, b in zip(found, seconds[EMULATOR], strict=True))
        for name, found in seconds.items()
    }
    return {
        "seconds_per_presentation": seconds,
        "median_seconds": {name: statistics.median(found) for name, found in seconds.items()},
        "ratio_to_emulator": ratios,
        "firing": {name: float(z.mean()) for name, z in ours.spikes.items()},
        "equal_to_lava": compare_traces(ours, lava).equal,
    }


def markdown(about: dict[str, Any], table: dict[str, Any]) -> str:
    """The results as a table."""
    names = list(dict.fromkeys(n for found in table.values() for n in found["median_seconds"]))
    lines = [
        "# The emulator beside other simulators",
        "",
        f"Made by `{about['command']}` on {about['cores']} cores ({about['processor']}).",
        f"Milliseconds per presentation, medians of {about['repetitions']} turns, and how many",
        "times the emulator's. Batched sides run all presentations at once; Lava, Brian2 and",
        f"nengo-loihi, which have no batch, {about['streamed']} in a row (the last without a reset",
        "between them). Lava's and nengo-loihi's time is the simulation alone;",
        "Brian2's includes making the network. Matrix products are the net's dense float32",
        "products of every step alone, operands ready.",
        "",
        "| network | " + " | ".join(names) + " | spikes as Lava |",
        "|---" * (len(names) + 2) + "|",
    ]
    for network, found in table.items():
        cells = [
            f"{1e3 * found['median_seconds'][n]:.4g} ({found['ratio_to_emulator'][n]:.3g}x)"
            if n in found["median_seconds"]
            else "-"
            for n in names
        ]
        lines.append(
            f"| {network} | {' | '.join(cells)} | {'all' if found['equal_to_lava'] else 'NO'} |"
        )
    return "\n".join([*lines, ""])


def main(
    samples: Annotated[int, typer.Option(help="Presentations of a batch.")] = 4096,
    streamed: Annotated[int, typer.Option(help="Presentations on Lava and Brian2.")] = 20,
    repetitions: Annotated[int, typer.Option(help="Turns of every side.")] = 5,
    brian2: Annotated[bool, typer.Option(help="Also Brian2; needs a C++ compiler.")] = True,
    nengo_python: Annotated[
        Path | None, typer.Option(help="Interpreter that has nengo-loihi 1.1.0 (numpy < 1.24).")
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="Also the emulator in torch on this device, e.g. cuda.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Directory of the results.")] = RESULTS,
) -> None:
    """Time every side on every network and write both files."""
    table = {
        name: measure(make(), samples, streamed, repetitions, brian2, nengo_python, device)
        for name, make in NETWORKS.items()
    }
    about = {
        "command": f"python -m benchmarks.emulator --samples {samples} --streamed {streamed} "
        f"--repetitions {repetitions}"
        + ("" if brian2 else " --no-brian2")
        + ("" if nengo_python is None else " --nengo-python PYTHON")
        + ("" if device is None else f" --device {device}"),
        "cores": cores(),
        "processor": platform.machine(),
        "repetitions": repetitions,
        "streamed": streamed,
        "versions": package_versions(),
    }
    content = json.dumps({"about": about, "networks": table}, indent=2) + "\n"
    write_bytes_whole(out / "emulator_speed.json", content.encode())
    write_bytes_whole(out / "emulator_speed.md", markdown(about, table).encode())


if __name__ == "__main__":
    typer.run(main)
