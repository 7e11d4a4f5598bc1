"""Everything that the report shows, gathered from a run or from a network file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import torch

from spikeff.data.dataset import Split
from spikeff.data.spike_trains import load_samples
from spikeff.errors import DataError, LimitError, SpikeffError
from spikeff.evidence.figures import Evaluation
from spikeff.ir.network import INPUT, NetworkDescription
from spikeff.lowering import describe
from spikeff.pipeline import Report
from spikeff.pipeline.energy.early_answer import early_answers
from spikeff.pipeline.energy.energy_report import EnergyReport
from spikeff.pipeline.energy.estimate import ANN
from spikeff.pipeline.energy.measurement import Measured, measure, placements
from spikeff.pipeline.energy.sanafe import SanafeReport, compare_sanafe
from spikeff.pipeline.energy.summary import summary
from spikeff.pipeline.fidelity.check import check_samples
from spikeff.pipeline.fidelity.check_report import CheckReport
from spikeff.pipeline.integers import integers_of
from spikeff.pipeline.presentations import presentations
from spikeff.pipeline.report.streams import Streams, streams_of
from spikeff.pipeline.run.evaluation import EvaluationReport, evaluate_network
from spikeff.pipeline.sample import OwnSample, image_samples
from spikeff.pipeline.saved import Saved
from spikeff.training.checkpoint import read_history
from spikeff.training.config.files import config_text
from spikeff.training.evaluation import evaluate
from spikeff.training.history import History

if TYPE_CHECKING:
    from hw_targets.cost.placement import Placement
    from hw_targets.cost.table import CostTable
    from lava_export.integers.network import IntegerNetwork
    from spikeff.ir.arrays import Array
    from spikeff.pipeline.energy.ann import AnnReport
    from spikeff.pipeline.energy.early_answer import EarlyPoint

RASTERS = 3
OWN_SAMPLES = 8  # of each start, and of each label
# Multiply-accumulates of an ANN that is trained for a page, and synapses that SANA-FE is given:
# more take minutes and gigabytes.
MOST_MACS = 4_000_000
MOST_SYNAPSES = 500_000
CHECK, EARLY, BESIDE_ANN, BESIDE_SANAFE = "check", "early answers", "ANN", "SANA-FE"
Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Trained:
    """What only a run has.

    Attributes:
        configuration: TOML.
        samples: That it makes itself; () without a generative side.
    """

    description: NetworkDescription
    evaluation: Evaluation
    history: History
    configuration: str
    samples: tuple[OwnSample, ...]


@dataclass(frozen=True, eq=False)
class Content:
    """Everything that the page shows.

    Attributes:
        trained: None for a network file, and where the samples have no labels.
        evaluation: Of the integers; None where the samples have no labels.
        streams: None for layers in a row.
        absent: Why a part is not there, by its name.
    """

    source: Saved
    command: tuple[str, ...]
    split: Split
    network: IntegerNetwork
    placement: Placement
    measured: Measured
    trained: Trained | None
    evaluation: EvaluationReport | None
    check: CheckReport | None
    energy: EnergyReport
    early: tuple[EarlyPoint, ...] | None
    rasters: tuple[tuple[str, dict[str, Array]], ...]
    streams: Streams | None
    absent: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What a page is asked for.

    Attributes:
        samples: Of the test split; None takes all.
        spikes: File of spike trains to use instead.
        check_samples: Samples that go through every simulator.
    """

    source: Saved
    directory: Path | None
    spikes: Path | None
    samples: int | None
    check_samples: int
    bits: int
    tables: tuple[str, ...]
    compare: tuple[str, ...]
    command: tuple[str, ...]


def collect(request: Request, progress: Report) -> Content:
    """Run every step that the page shows; see ``spikeff.pipeline.report.report.report``.

    A comparison that cannot be made costs its own section, and no other.
    """
    from hw_targets.cost.table_registry import cost_table

    source, directory = request.source, request.directory
    network = integers_of(source, directory, request.bits)
    absent: dict[str, str] = {}
    costs = _placeable(network, [cost_table(name) for name in request.tables], absent)
    split = load_samples(network, "test", directory, request.spikes).head(request.samples)
    progress("evaluate", 0, len(split))
    known = split.labels.min() >= 0
    trained = _trained(source, split) if known else None
    evaluation = evaluate_network(network, split, 0, 0, progress) if known else None
    placement, measured = measure(network, split, costs, progress)
    ann = _attempt(BESIDE_ANN, absent, lambda: _ann(request, network, split, progress))
    beside = _attempt(BESIDE_SANAFE, absent, lambda: _sanafe(network, split))
    bits = f", quantised to {request.bits} bits" if request.source.is_run else ""
    return Content(
        request.source,
        request.command,
        split,
        network,
        placement,
        measured,
        trained,
        evaluation,
        _attempt(CHECK, absent, lambda: _check(request, split, progress)),
        summary(
            network,
            placement,
            measured,
            split,
            (f"{request.source.name}{bits}", "test"),
            ann,
            beside,
        ),
        _attempt(EARLY, absent, lambda: _early(network, split, measured, costs[0])),
        _rasters(network, split),
        streams_of(network, split),
        absent,
    )


def _placeable(
    network: IntegerNetwork, tables: list[CostTable], absent: dict[str, str]
) -> list[CostTable]:
    """The tables whose chip holds the network; why the others are left out goes into ``absent``.

    Raises:
        LimitError: No table is left.
    """
    refused: list[LimitError] = []
    kept = []
    for table in tables:
        try:
            placements(network, [table])
        except LimitError as error:
            absent[table.name] = str(error)
            refused.append(error)
        else:
            kept.append(table)
    if not kept and refused:
        raise refused[0]
    return kept


def _trained(source: Saved, split: Split) -> Trained | None:
    if source.is_integers:
        return None
    model = source.model()
    return Trained(
        describe(model),
        evaluate(model, split),
        read_history(source.path),
        config_text(model.config),
        image_samples(model, split, OWN_SAMPLES, 1, torch.Generator().manual_seed(0)),
    )


def _attempt(name: str, absent: dict[str, str], part: Callable[[], Found | None]) -> Found | None:
    try:
        return part()
    except SpikeffError as error:
        absent[name] = str(error)
        return None


def _check(request: Request, split: Split, progress: Report) -> CheckReport:
    first = split.head(min(request.check_samples, len(split)))
    return check_samples(request.source, first, request.directory, request.bits, progress)


def _ann(
    request: Request, network: IntegerNetwork, split: Split, progress: Report
) -> AnnReport | None:
    from spikeff.pipeline.energy.ann import compare_ann

    if ANN not in request.compare:
        return None
    return compare_ann(network, split, request.directory, progress, MOST_MACS)


def _early(
    network: IntegerNetwork, split: Split, measured: Measured, costs: CostTable
) -> tuple[EarlyPoint, ...]:
    if split.labels.min() < 0:
        raise DataError("the samples have no labels, so that no answer is right or wrong.")
    return early_answers(network, split, measured, costs)


def _sanafe(network: IntegerNetwork, split: Split) -> SanafeReport:
    synapses = sum(len(c.connectivity.stored(c.weights)[0]) for c in network.connections)
    if synapses > MOST_SYNAPSES:
        raise LimitError(
            f"{synapses:,} synapses, and beyond {MOST_SYNAPSES:,} SANA-FE takes minutes; "
            f"`spikeff energy --sanafe DIR` runs it."
        )
    with tempfile.TemporaryDirectory(prefix="spikeff-sanafe-") as folder:
        return compare_sanafe(network, split, Path(folder))


def _rasters(network: IntegerNetwork, split: Split) -> tuple[tuple[str, dict[str, Array]], ...]:
    """Input and population spikes of the first samples, with the right label where one is shown."""
    from hw_targets.emulator import run as emulator

    first = split.head(min(len(split), RASTERS))
    inputs = presentations(first, network.input, network.labels, network.steps)
    right = np.arange(len(first))
    if network.labels is not None:
        right = right * network.labels.classes + np.maximum(first.labels, 0)
    trace = emulator.run(network, inputs).trace.window(network.steps)
    return tuple(
        (
            f"sample {k}, label {first.labels[k]}" if first.labels[k] >= 0 else f"sample {k}",
            {INPUT: inputs[:, p]} | {name: z[:, p] for name, z in trace.spikes.items()},
        )
        for k, p in enumerate(right)
    )
