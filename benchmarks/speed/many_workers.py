"""Many workers on paper: `python -m benchmarks.speed.many_workers --data DIR`.

Fits a model of time and traffic (`benchmarks.speed.workers_model`) at one and two processes, and
prints what it says of 8, 64 and 1024 processes or chips, and what takes the longest there. Times of
work are processor seconds, those of messages the shortest of many. Writes many_workers.md and .json
into docs/results, or into `--out`.
"""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import torch
import typer

from benchmarks.results import RESULTS, about, paragraph, stamp, table, write
from benchmarks.speed import workers_model as model
from benchmarks.speed.sides import BATCH, LAYERS, THREE_FACTOR, images, our_trainer
from benchmarks.speed.workers_model import Constants, Prediction
from hw_targets.cost.table_registry import cost_table
from hw_targets.emulator import choice
from spikeff.data.spike_trains import load_samples
from spikeff.learning.microbatch import add_up, in_pieces
from spikeff.nn.builder import encode_images
from spikeff.pipeline import silent
from spikeff.pipeline.run.parts import run_network
from spikeff.pipeline.saved import saved
from spikeff.training.trainer import Trainer

WORKERS = (1, 2, 8, 64, 1024)
STEPS, TESTED, ANSWER = 32, 200, 88  # an answer is a label and ten scores
TEST_SET, TRIALS, TRIAL = 10_000, 1000, 60.0
SIZES = (2**10, 2**23)  # bytes of the messages that are timed
MESSAGES = 30
NETWORK, TABLE = "mnist-columns", "loihi1"
START = "import spikeff.pipeline.run.run, spikeff.training.trainer"


class Clocked:
    """What it stands for, with the processor seconds of one of its methods."""

    def __init__(self, inner: Any, method: str) -> None:
        self.inner, self.method, self.seconds = inner, method, 0.0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if name != self.method:
            return found

        def timed(*arguments: Any) -> Any:
            start = time.process_time()
            result = found(*arguments)
            self.seconds += time.process_time() - start
            return result

        return timed


def processor_seconds(work: Callable[[], Any], turns: int) -> float:
    """Median over turns, after one more."""
    found = []
    for _ in range(turns + 1):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return median(found[1:])


def batch_of(trainer: Trainer, turns: int) -> tuple[float, float, float]:
    """Processor seconds of a batch: drawing, the update, and all."""
    step = trainer._step
    negatives = Clocked(step.negatives, "draw")
    optimisers = [Clocked(each, "ascend") for each in step.optimisers]
    trainer._step = replace(step, negatives=negatives, optimisers=optimisers)
    drawing, updating, whole = [], [], []
    for _ in range(turns + 1):
        for clock in (negatives, *optimisers):
            clock.seconds = 0.0
        start = time.process_time()
        trainer.train_epoch()
        whole.append(time.process_time() - start)
        drawing.append(negatives.seconds)
        updating.append(sum(each.seconds for each in optimisers))
    return median(drawing[1:]), median(updating[1:]), median(whole[1:])


def _pass(rank: int, port: int, found: Any) -> None:
    """Send messages to and fro, and tell the shortest time of each size."""
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.distributed.init_process_group("gloo", rank=rank, world_size=2)
    for size in SIZES:
        message, times = torch.zeros(size, dtype=torch.uint8), []
        for _ in range(MESSAGES):
            start = time.perf_counter()
            torch.distributed.send(message, 1) if rank == 0 else torch.distributed.recv(message, 0)
            torch.distributed.recv(message, 1) if rank == 0 else torch.distributed.send(message, 0)
            times.append((time.perf_counter() - start) / 2)
        if rank == 0:
            found.put(min(times))
    torch.distributed.destroy_process_group()


def messages() -> tuple[float, float]:
    """Latency of a message between two processes, and seconds of a byte."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    context = get_context("spawn")
    found = context.Queue()
    both = [context.Process(target=_pass, args=(rank, port, found)) for rank in range(2)]
    for process in both:
        process.start()
    small, large = found.get(), found.get()
    for process in both:
        process.join()
    byte = (large - small) / (SIZES[1] - SIZES[0])
    return small - SIZES[0] * byte, byte


def start() -> float:
    """Processor seconds of a process that imports what it needs."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", START], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def constants(data: Path, turns: int) -> Constants:
    """All of them, measured here."""
    choice.COMPILED_FROM = 0
    split = images(data)

    def of_layers(layers: tuple[int, ...]) -> tuple[float, float, float]:
        trainer = our_trainer("class_columns", THREE_FACTOR, split, STEPS, "cpu", layers)
        return batch_of(trainer, turns)

    draw, update, whole = of_layers(LAYERS)
    below_draw, _, below = of_layers(LAYERS[:1])
    pieces = len(in_pieces(BATCH, STEPS, torch.device("cpu")))
    shapes = [(LAYERS[0], split.images.shape[1]), LAYERS]
    total, more = ([[torch.zeros(shape)] for shape in shapes] for _ in range(2))
    network = saved(f"zoo:{NETWORK}").network()
    tested = load_samples(network, "test", data, None).head(TESTED)
    trainer = our_trainer("class_columns", THREE_FACTOR, split, STEPS, "cpu")
    settings = trainer.config.data
    latency, byte = messages()
    return Constants(
        draw=draw / BATCH,
        update=update,
        piece=(whole - draw - update) / pieces,
        pieces=pieces,
        images=BATCH,
        adding=processor_seconds(lambda: add_up(total, more), turns),
        changes=sum(4 * part.numel() for layer in total for part in layer),
        layers=(below - below_draw, whole - draw - (below - below_draw)),
        spikes=BATCH * (STEPS * LAYERS[0] + 4 * LAYERS[0]),
        latency=latency,
        byte=byte,
        run=processor_seconds(lambda: run_network(network, "emulator", tested, silent), turns)
        / TESTED,
        start=start(),
        encode=processor_seconds(lambda: encode_images(settings, split.whole()), turns) / BATCH,
        step=cost_table(TABLE).rows["step_floor_ns"].number("value") * 1e-9,
        steps=network.steps,
    )


def predicted(c: Constants, workers: int) -> dict[str, tuple[float, Prediction]]:
    """Of each way to share work: how many times as fast as one worker, and the prediction."""
    alone = model.data_parallel(c, 1).seconds
    batch, grown = (model.data_parallel(c, workers, times) for times in (1, workers))
    pipeline = model.layer_pipeline(c, workers)
    run, tried, chip = (
        (lambda n: model.shards(c, n, TEST_SET, ANSWER)),
        (lambda n: model.trials(c, n, TRIALS, TRIAL)),
        (lambda n: model.chips(c, n)),
    )
    found = {
        f"torchrun, batches of {BATCH}": (alone / batch.seconds, batch),
        f"torchrun, {BATCH} images a process": (workers * alone / grown.seconds, grown),
        "torchrun --pipeline, a layer a process": (
            model.one_process(c, workers) / pipeline.seconds,
            pipeline,
        ),
    }
    for name, predict in (
        (f"run --ray, {TEST_SET:,} images", run),
        (f"tune --ray, {TRIALS:,} trials of {TRIAL:.0f} s", tried),
        (f"{TABLE} chips, a network each", chip),
    ):
        found[name] = (predict(1).seconds / predict(workers).seconds, predict(workers))
    return found


def _of_workers(c: Constants, workers: int) -> list[tuple[str, ...]]:
    return [
        (name, f"{faster:.3g}", f"{p.seconds:.3g} s", f"{p.moved / 1e6:,.1f} MB", p.longest)
        for name, (faster, p) in predicted(c, workers).items()
    ]


def page(kept: dict[str, Any]) -> list[str]:
    """Constants and a table for each number of workers."""
    held = kept["constants"] | {"layers": tuple(kept["constants"]["layers"])}
    c = Constants(**held)
    columns = ("way", "times as fast as one", "seconds", "moved", "takes the longest")
    lines = [
        "# Many workers, on paper",
        "",
        *paragraph(
            stamp(kept["about"]),
            f"A model, not a measurement: constants are fitted at one and two processes here, on "
            f"784-{LAYERS[0]}-{LAYERS[1]} with class columns, T = {STEPS}, and on `zoo:{NETWORK}`; "
            "work in processor seconds, messages over the loopback of one machine, so that a "
            "network is slower. Seconds are of a batch, of the whole run or search, of an image "
            "for chips, whose step is the shortest that was measured on a board. In the pipeline a "
            "net has as many layers as there are processes, and is compared with the same net in "
            "one. What each way is good for: [beyond one machine](../many-machines.md).",
        ),
        "",
        "## Constants",
        "",
        *table(("constant", "value"), [(f"`{k}`", _shown(v)) for k, v in asdict(c).items()]),
    ]
    for workers in WORKERS:
        lines += ["", f"## {workers:,} worker{'s' * (workers > 1)}", ""]
        lines += table(columns, _of_workers(c, workers))
    return lines


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value))
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def main(
    data: Annotated[Path, typer.Option(help="Directory of MNIST's IDX files.")],
    turns: Annotated[int, typer.Option(help="Turns of every measurement.")] = 5,
    out: Annotated[Path, typer.Option(help="Directory of the results.")] = RESULTS,
) -> None:
    """Measure the constants, write both files and print the page."""
    command = f"python -m benchmarks.speed.many_workers --data DIR --turns {turns}"
    kept = {"about": about(command), "constants": asdict(constants(data, turns))}
    write(out, "many_workers", page(kept), kept)
    typer.echo("\n".join(page(kept)))


if __name__ == "__main__":
    typer.run(main)
