"""Emulator and training by torch: `python -m benchmarks.speed.gpu --data DIR`.

Wall time of trained networks on MNIST, and of a training step, in turns in one process: compiled
loops, torch on this processor, and torch on a GPU where torch finds one; "not measured" elsewhere.
Writes gpu_speed.md and .json into docs/results, or into `--out`.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Annotated, Any

import torch
import typer

from benchmarks.results import RESULTS, about, paragraph, stamp, table, write
from benchmarks.speed.sides import BATCH, SIDES, finish, images
from benchmarks.speed.turns import Seconds, in_turns, seconds_of
from hw_targets.emulator import choice, torch_kernel
from hw_targets.emulator import run as emulator
from spikeff.data.spike_trains import load_samples
from spikeff.pipeline.presentations import presentations
from spikeff.pipeline.saved import saved

NETWORKS = ("mnist-columns", "mnist-once", "mnist-burst")
STEPS = (8, 32)
COMPILED, CPU, CUDA = "compiled loops", "torch, cpu", "torch, cuda"
TRAINED = ("local rule, label in input", "local rule, class columns", "backprop, Norse")
NOT_MEASURED = "not measured"


def _devices() -> dict[str, str]:
    """Sides that compute by torch, with the device of each."""
    return {CPU: "cpu"} | ({CUDA: "cuda"} if torch.cuda.is_available() else {})


def emulated(name: str, data: Path, presented: int, turns: int) -> Seconds:
    """Seconds per presentation of every side."""
    network = saved(f"zoo:{name}").network()
    count = presented if network.labels is None else presented // network.labels.classes
    split = load_samples(network, "test", data, None).head(count)
    inputs = presentations(split, network.input, network.labels, network.steps)
    sides = {COMPILED: lambda: emulator.run(network, inputs)}
    for side, device in _devices().items():
        sides[side] = lambda device=device: torch_kernel.run(network, inputs, False, device)
    timed = {s: lambda work=work: seconds_of(work) / inputs.shape[1] for s, work in sides.items()}
    return in_turns(timed, turns, warm_up=1)


def trained(name: str, data: Path, steps: int, turns: int) -> Seconds:
    """Seconds per presentation of one side of `benchmarks.speed.sides` on every device."""
    make, shown = SIDES[name]
    timed = {}
    for side, device in _devices().items():
        step = make(images(data), steps, torch.get_num_threads(), device)

        def work(step: Any = step, device: str = device) -> None:
            step()
            finish(device)

        timed[side] = lambda work=work: seconds_of(work) / (BATCH * shown)
    return in_turns(timed, turns, warm_up=1)


def _cells(seconds: Seconds, sides: tuple[str, ...]) -> list[str]:
    return [
        _cell([1e3 * each for each in seconds[side]]) if side in seconds else NOT_MEASURED
        for side in sides
    ]


def _cell(found: list[float]) -> str:
    return f"{median(found):.3f} ({min(found):.3f} to {max(found):.3f})"


def page(kept: dict[str, Any]) -> list[str]:
    """Both tables, from what the file of figures holds."""
    run = [(f"`zoo:{k}`", *_cells(s, (COMPILED, CPU, CUDA))) for k, s in kept["emulator"].items()]
    learned = [(k, *_cells(s, (CPU, CUDA))) for k, s in kept["training"].items()]
    gpu = kept["gpu"]
    return [
        "# Emulator and training by torch",
        "",
        *paragraph(
            stamp(kept["about"]),
            f"GPU: {gpu}." if gpu else f"No GPU was at hand: its column says {NOT_MEASURED!r}.",
            f"Milliseconds of wall time per presentation, medians of {kept['turns']} turns "
            f"(shortest to longest: what else ran on the cores counts).",
        ),
        "",
        "## Emulator (`spikeff run --device`)",
        "",
        *table(("network", COMPILED, CPU, CUDA), run),
        "",
        f"## Training, batches of {BATCH} images (`spikeff train --device`)",
        "",
        *table(("side, 784-1000-1000", CPU, CUDA), learned),
    ]


def main(
    data: Annotated[Path, typer.Option(help="Directory of MNIST's IDX files.")],
    presented: Annotated[int, typer.Option(help="Presentations of each network.")] = 1000,
    turns: Annotated[int, typer.Option(help="Turns of every side.")] = 5,
    out: Annotated[Path, typer.Option(help="Directory of the results.")] = RESULTS,
) -> None:
    """Time every side and write both files."""
    choice.COMPILED_FROM = 0
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    command = f"python -m benchmarks.speed.gpu --data DIR --presented {presented} --turns {turns}"
    kept = {
        "about": about(command),
        "gpu": gpu,
        "turns": turns,
        "emulator": {name: emulated(name, data, presented, turns) for name in NETWORKS},
        "training": {
            f"{name}, T = {steps}": trained(name, data, steps, turns)
            for name in TRAINED
            for steps in STEPS
        },
    }
    write(out, "gpu_speed", page(kept), kept)


if __name__ == "__main__":
    typer.run(main)
