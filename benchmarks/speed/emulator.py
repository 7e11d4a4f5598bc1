"""The emulator beside other simulators: `python -m benchmarks.speed.emulator`.

All sides run the same nets on the same spikes, in turns, in one process; figures are medians of
paired ratios. Writes emulator_speed.md and .json into docs/results, or into `--out`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import numpy as np
import torch
import typer
from norse.torch import LIFFeedForwardState, LIFParameters
from norse.torch.functional.lif import lif_feed_forward_step

from benchmarks.results import RESULTS, about, paragraph, stamp, table, write
from benchmarks.speed.turns import in_turns, paired, seconds_of
from hw_targets.emulator import choice, torch_kernel
from hw_targets.emulator import run as emulator
from hw_targets.lava import cpu as lava_cpu
from lava_export.integers.network import IntegerConnection, IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE
from spikeff.ir.network import INPUT
from spikeff.ir.trace import compare_traces
from spikeff.parallel import cores
from spikeff.references import brian2_integers
from tests.networks import layered, random_spikes

NETWORKS = {
    "784-500-500, T = 8": lambda: layered((500, 500), 8),
    "784-500-500, T = 32": lambda: layered((500, 500), 32),
    "784-500 recurrent, T = 8": lambda: layered((500,), 8, recurrent=True),
}
EMULATOR = "emulator"
Side = Callable[[], float]


def matrix_products(network: IntegerNetwork, inputs: Array) -> Side:
    """The dense float32 products of every step alone, operands and results ready."""
    sources = {INPUT: inputs} | emulator.run(network, inputs).trace.spikes
    work = []
    for c in (c for c in forward(network) if c.source in sources):
        rows = torch.from_numpy(sources[c.source][: network.steps].astype(np.float32))
        weights = torch.from_numpy(c.weights.T.astype(np.float32))
        out = torch.empty(rows.shape[1], weights.shape[1])
        work += [(step, weights, out) for step in rows]

    def run() -> None:
        torch.set_num_threads(cores())
        for step, weights, out in work:
            torch.mm(step, weights, out=out)

    return lambda: seconds_of(run)


def forward(network: IntegerNetwork) -> list[IntegerConnection]:
    """Dense connections from the input and from layers."""
    return [c for c in network.connections if c.connectivity == DENSE and c.delay == 0]


@torch.no_grad()
def norse_forward(network: IntegerNetwork, inputs: Array) -> None:
    """Norse's step over all layers, float32, without a graph; no recurrent synapses."""
    torch.set_num_threads(cores())
    parameters = LIFParameters(v_th=torch.as_tensor(float(network.populations[0].vth)))
    spikes = torch.from_numpy(inputs).float()
    for c in forward(network):
        matrix = torch.from_numpy(c.weights.T.astype(np.float32))
        rest = torch.zeros(inputs.shape[1], matrix.shape[1])
        state, steps = LIFFeedForwardState(rest, rest), []
        for step in spikes:
            out, state = lif_feed_forward_step(step @ matrix, state, parameters, network.dt)
            steps.append(out)
        spikes = torch.stack(steps)


def nengo_loihi(python: Path, network: IntegerNetwork, inputs: Array) -> float:
    """Seconds of nengo-loihi's emulator in an interpreter of its own; see ``nengo_loihi_side``."""
    first, chain = network.populations[0], forward(network)
    thresholds = [p.vth for p in network.populations]
    weights = {f"W{depth}": c.weights for depth, c in enumerate(chain)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.npz"
        np.savez(path, spikes=inputs, vth=thresholds, du=first.du, dv=first.dv, **weights)
        side = Path(__file__).with_name("nengo_loihi_side.py")
        command = [str(python), "-W", "ignore", str(side), str(path), "1"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"][0])


def sides(
    network: IntegerNetwork, inputs: Array, few: Array, nengo: Path | None
) -> dict[str, Side]:
    """What is timed, each giving seconds per presentation; without a batch, on the ``few``."""
    samples, streamed = inputs.shape[1], few.shape[1]
    products = matrix_products(network, inputs)

    def batched(run: Callable[[], Any]) -> Side:
        return lambda: seconds_of(run) / samples

    by_name: dict[str, Side] = {
        EMULATOR: batched(lambda: emulator.run(network, inputs)),
        "matrix products": lambda: products() / samples,
        "Lava": lambda: lava_cpu.run_integer(network, few).seconds / streamed,
        "Brian2": lambda: (
            seconds_of(lambda: brian2_integers.run(network, few, "cython", False)) / streamed
        ),
    }
    if torch.cuda.is_available():
        by_name["emulator, torch on cuda"] = batched(
            lambda: torch_kernel.run(network, inputs, device="cuda")
        )
    if not any(c.source == c.target for c in network.connections):
        by_name["Norse, float"] = batched(lambda: norse_forward(network, inputs))
        if nengo is not None:
            by_name["nengo-loihi"] = lambda: nengo_loihi(nengo, network, few)
    return by_name


def measure(
    network: IntegerNetwork, inputs: Array, few: Array, by_name: dict[str, Side], turns: int
) -> dict[str, Any]:
    """Seconds per presentation of every side, in turns; and whether Lava gives the same spikes."""
    seconds = in_turns(by_name, turns)
    ours, lava = emulator.run(network, few).trace, lava_cpu.run_integer(network, few).trace
    return {
        "seconds": seconds,
        "ratio": {name: paired(seconds, name, EMULATOR) for name in seconds},
        "equal_to_lava": compare_traces(ours, lava).equal,
    }


def page(kept: dict[str, Any]) -> list[str]:
    """The table, from what the file of figures holds."""
    found = kept["networks"]
    names = list(dict.fromkeys(side for network in found.values() for side in network["seconds"]))
    rows = []
    for network, row in found.items():
        cells = (_cell(row, name) for name in names)
        rows.append((network, *cells, "all" if row["equal_to_lava"] else "NO"))
    return [
        "# The emulator beside other simulators",
        "",
        *paragraph(
            stamp(kept["about"]),
            f"Milliseconds per presentation, medians of {kept['turns']} turns, and how many times "
            "the emulator's. Batched sides run all presentations at once; Lava, Brian2 and "
            "nengo-loihi, which have no batch, the streamed ones in a row (the last without a "
            "reset between them). Lava's and nengo-loihi's time is the simulation alone; "
            "Brian2's includes making the network. Matrix products are the net's dense float32 "
            "products of every step alone, operands ready.",
        ),
        "",
        *table(("network", *names, "spikes as Lava"), rows),
    ]


def _cell(row: dict[str, Any], name: str) -> str:
    if name not in row["seconds"]:
        return "-"
    return f"{1e3 * median(row['seconds'][name]):.4g} ({row['ratio'][name]:.3g}x)"


def main(
    samples: Annotated[int, typer.Option(help="Presentations of a batch.")] = 4096,
    streamed: Annotated[int, typer.Option(help="Presentations on Lava and Brian2.")] = 20,
    turns: Annotated[int, typer.Option(help="Turns of every side.")] = 5,
    nengo_python: Annotated[
        Path | None, typer.Option(help="Interpreter that has nengo-loihi 1.1.0 (numpy < 1.24).")
    ] = None,
    without: Annotated[list[str] | None, typer.Option(help="Sides that are left out.")] = None,
    out: Annotated[Path, typer.Option(help="Directory of the results.")] = RESULTS,
) -> None:
    """Time every side on every network and write both files."""
    choice.COMPILED_FROM = 0  # as in a long run, which has compiled its loops
    found = {}
    for name, make in NETWORKS.items():
        network = make()
        inputs = random_spikes(network, samples)
        few = inputs[:, :streamed]
        every = sides(network, inputs, few, nengo_python)
        by_name = {side: run for side, run in every.items() if side not in (without or ())}
        found[name] = measure(network, inputs, few, by_name, turns)
    command = f"python -m benchmarks.speed.emulator --samples {samples} --streamed {streamed}"
    kept = {"about": about(command), "turns": turns, "networks": found}
    write(out, "emulator_speed", page(kept), kept)


if __name__ == "__main__":
    typer.run(main)
