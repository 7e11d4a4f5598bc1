"""The ANN of the same size: trained, read in float32 and int8, priced on 45 nm logic, timed.

A network made elsewhere has no training data, and training a large ANN takes longer than a page
may. Such an ANN is priced without training: the operations follow from the sizes, and what skipping
zeros leaves from the neurons that spiked at all.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.encoders import get_encoder
from spikeff.data.registry import load_split
from spikeff.ir.arrays import Array
from spikeff.ir.roles import LAYERS
from spikeff.pipeline import Report
from spikeff.pipeline.presentations import presentations

if TYPE_CHECKING:
    from hw_targets.beside.ann import AnnEnergy
    from lava_export.integers.network import IntegerNetwork

TABLE = "digital45"
# Where the weights are read from, by the rows of the table.
MEMORIES = {
    "sram": "8 KB banks on chip",
    "sram_32kb": "32 KB banks on chip",
    "sram_1mb": "1 MB on chip",
    "dram": "DRAM",
}
TIMED_SAMPLES = 100


@dataclass(frozen=True)
class AnnCase:
    """One precision.

    Attributes:
        accuracy: Not a number where the ANN was not trained.
        energies: Weights in small banks on chip, the same with zeros skipped, and in each larger
            memory of ``MEMORIES``.
    """

    precision: str
    accuracy: float
    effective_macs: float
    energies: tuple[AnnEnergy, ...]


@dataclass(frozen=True)
class HostCost:
    """This machine on one sample. joules : None where ``reason`` says why."""

    what: str
    seconds: float
    joules: float | None
    reason: str


@dataclass(frozen=True)
class AnnReport:
    """Accuracy and energy of an ANN of the same size.

    Attributes:
        sizes: Neurons per layer, the input first.
        epochs: Of its training; 0 where it was not trained.
        macs: Multiply-accumulates per sample, none skipped.
    """

    sizes: tuple[int, ...]
    epochs: int
    macs: int
    cases: tuple[AnnCase, ...]
    host: tuple[HostCost, ...]


def compare_ann(
    network: IntegerNetwork,
    test: Split,
    directory: Path | None,
    report: Report,
    most_macs: float = math.inf,
) -> AnnReport:
    """Train an ANN with the network's layers on the same training data and price it.

    Args:
        test: Samples to answer; spike trains where the network has no data set.
        directory: Of the training data.
        most_macs: Multiply-accumulates per sample beyond which the ANN is priced without training.
    """
    if not network.dataset:
        return _untrained(network, test)
    hidden = layer_sizes(network)
    sizes = (test.images.shape[1], *hidden, test.classes)
    if _macs(sizes) > most_macs:
        return _untrained(network, test, sizes)
    from spikeff.references.ann import EPOCHS, ann_baseline, answer_one_by_one, train_ann

    train = load_split(network.dataset, "train", directory)
    layers = train_ann(train, hidden, 0, lambda n: report("train the ANN", n, EPOCHS))
    baseline = ann_baseline(layers, train, test)
    some = test.head(min(len(test), TIMED_SAMPLES))
    timed = _timed("ANN in float32, one by one", len(some), lambda: answer_one_by_one(layers, some))
    found = {c.precision: (c.accuracy, c.effective_macs) for c in (baseline.float32, baseline.int8)}
    return _report(baseline.sizes, baseline.epochs, found, (timed, _timed_emulator(network, some)))


def _untrained(
    network: IntegerNetwork, split: Split, sizes: tuple[int, ...] | None = None
) -> AnnReport:
    """An ANN of ``sizes`` on the values of a sample; where None, of the network's own on spikes."""
    from hw_targets.beside.ann import MAC_ROWS
    from hw_targets.emulator import run as emulator

    inputs = presentations(split, network.input, network.labels, network.steps)
    spikes = emulator.run(network, inputs).trace.window(network.steps).spikes
    layers = [
        _numbers(network, inputs),
        *(spikes[p.name] for p in network.populations if p.role in LAYERS),
    ]
    reached = [z.any(axis=0).sum(axis=1).mean() for z in layers]
    if sizes is None:
        sizes = tuple(z.shape[2] for z in layers)
    else:
        reached[0] = np.count_nonzero(split.whole(), axis=1).mean()
    macs = float(sum(n * size for n, size in zip(reached, sizes[1:], strict=False)))
    some = split.head(min(len(split), TIMED_SAMPLES))
    found = dict.fromkeys(MAC_ROWS, (math.nan, macs))
    return _report(sizes, 0, found, (_timed_emulator(network, some),))


def _numbers(network: IntegerNetwork, inputs: Array) -> Array:
    """Which of the numbers that an ANN is given are not 0, whatever channels carry them."""
    planes = get_encoder(network.input.encoder).planes
    if planes == 1 or network.labels is not None:
        return inputs
    return np.asarray(inputs.reshape(*inputs.shape[:2], planes, -1).any(axis=2))


def _report(
    sizes: tuple[int, ...],
    epochs: int,
    found: dict[str, tuple[float, float]],
    host: tuple[HostCost, ...],
) -> AnnReport:
    """The report of accuracy and effective multiply-accumulates ``found`` by precision."""
    cases = tuple(
        AnnCase(precision, accuracy, macs, _energies(sizes, precision, macs))
        for precision, (accuracy, macs) in found.items()
    )
    return AnnReport(sizes, epochs, _macs(sizes), cases, host)


def _macs(sizes: tuple[int, ...]) -> int:
    return sum(a * b for a, b in itertools.pairwise(sizes))


def _timed_emulator(network: IntegerNetwork, some: Split) -> HostCost:
    from hw_targets.emulator import run as emulator

    inputs = presentations(some, network.input, network.labels, network.steps)
    work = partial(emulator.run, network, inputs)
    return _timed("emulator, all passes, in batches", len(some), work)


def layer_sizes(network: IntegerNetwork) -> tuple[int, ...]:
    """Neurons of every layer, without gates, counters and what reads out on the chip."""
    return tuple(p.size for p in network.populations if p.role in LAYERS)


def _energies(sizes: tuple[int, ...], precision: str, effective: float) -> tuple[AnnEnergy, ...]:
    from hw_targets.beside.ann import ann_energy
    from hw_targets.cost.table_registry import cost_table

    table = cost_table(TABLE)
    return (
        ann_energy(sizes, precision, table),
        ann_energy(sizes, precision, table, effective_macs=effective),
        *(ann_energy(sizes, precision, table, memory) for memory in list(MEMORIES)[1:]),
    )


def _timed(what: str, samples: int, work: Callable[[], object]) -> HostCost:
    """Seconds and joules per sample of ``work`` on ``samples`` samples, after one warm-up."""
    from hw_targets.beside.host import host_energy

    work()
    with host_energy() as used:
        start = time.perf_counter()
        work()
        seconds = time.perf_counter() - start
    joules = None if used.joules is None else used.joules / samples
    return HostCost(what, seconds / samples, joules, used.reason)
