"""The ANN of the same size: trained, read in float32 and int8, priced on 45 nm logic, timed."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spikeff.data.dataset import Split
from spikeff.data.registry import load_split
from spikeff.ir.roles import LAYERS
from spikeff.pipeline import Report
from spikeff.pipeline.run.presentations import presentations

if TYPE_CHECKING:
    from hw_targets.beside.ann import AnnEnergy
    from lava_export.integers.network import IntegerNetwork

TABLE = "digital45"
TIMED_SAMPLES = 100


@dataclass(frozen=True)
class AnnCase:
    """One precision. energies : weights on chip, the same with zeros skipped, weights in DRAM."""

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
        macs: Multiply-accumulates per sample, none skipped.
    """

    sizes: tuple[int, ...]
    epochs: int
    macs: int
    cases: tuple[AnnCase, ...]
    host: tuple[HostCost, ...]


def compare_ann(
    network: IntegerNetwork, test: Split, directory: Path | None, report: Report
) -> AnnReport:
    """Train an ANN with the network's layers on the same training data and price it."""
    from hw_targets.emulator import run as emulator
    from spikeff.references.ann import EPOCHS, ann_baseline, answer_one_by_one, train_ann

    train = load_split(network.dataset, "train", directory)
    hidden = layer_sizes(network)
    layers = train_ann(train, hidden, 0, lambda n: report("train the ANN", n, EPOCHS))
    baseline = ann_baseline(layers, train, test)
    some = test.head(min(len(test), TIMED_SAMPLES))
    inputs = presentations(some, network.input, network.labels, network.steps)
    host = (
        _timed("ANN in float32, one by one", len(some), lambda: answer_one_by_one(layers, some)),
        _timed(
            "emulator, all passes, in batches", len(some), lambda: emulator.run(network, inputs)
        ),
    )
    sizes = baseline.sizes
    return AnnReport(
        sizes,
        baseline.epochs,
        sum(a * b for a, b in itertools.pairwise(sizes)),
        tuple(
            AnnCase(
                case.precision,
                case.accuracy,
                case.effective_macs,
                _energies(sizes, case.precision, case.effective_macs),
            )
            for case in (baseline.float32, baseline.int8)
        ),
        host,
    )


def layer_sizes(network: IntegerNetwork) -> tuple[int, ...]:
    """Neurons of every layer, without gates, counters and what reads out on the chip."""
    return tuple(p.size for p in network.populations if p.role in LAYERS)


def _energies(sizes: tuple[int, ...], precision: str, effective: float) -> tuple[AnnEnergy, ...]:
    from hw_targets.beside.ann import ann_energy
    from hw_targets.cost.table import cost_table

    table = cost_table(TABLE)
    return (
        ann_energy(sizes, precision, table),
        ann_energy(sizes, precision, table, effective_macs=effective),
        ann_energy(sizes, precision, table, memory="dram"),
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
