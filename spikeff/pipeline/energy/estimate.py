"""Step 6: joules and seconds per inference, estimated from the emulator's own counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.spike_trains import load_samples
from spikeff.errors import ConfigError, UnknownNameError
from spikeff.ir.numbers import plain_numbers
from spikeff.pipeline import Report, silent
from spikeff.pipeline.energy.ann import AnnReport, compare_ann
from spikeff.pipeline.energy.measurement import TRAINING, Measured, measure
from spikeff.pipeline.energy.sanafe import SanafeReport, compare_sanafe, require_files
from spikeff.pipeline.integers import BITS, integers_of
from spikeff.pipeline.presentations import presentations
from spikeff.pipeline.run.readings import READINGS
from spikeff.pipeline.samples import data_directory
from spikeff.pipeline.saved import saved

if TYPE_CHECKING:
    from hw_targets.beside.neurobench import NeuroBenchMetrics
    from hw_targets.cost.counts import Counts
    from hw_targets.cost.placement import Placement
    from hw_targets.cost.profile import Profile
    from hw_targets.cost.report import TableReport
    from hw_targets.cost.spread import Spread
    from hw_targets.cost.table import CostTable
    from lava_export.integers.network import IntegerNetwork
    from spikeff.ir.arrays import Array
    from spikeff.ir.trace import SpikeTrace

TABLES = ("loihi1",)
ANN = "ann"
STATE_PRESENTATIONS = 256


@dataclass(frozen=True)
class LayerCounts:
    """What a layer did per inference, mean over samples; synapses are the incoming ones."""

    layer: str
    spikes: float
    excitatory_synops: float
    inhibitory_synops: float
    dense_synops: float
    active_updates: float
    inactive_updates: float
    messages: float
    hops_east_west: float
    hops_north_south: float


@dataclass(frozen=True)
class ReadingReport:
    """One way of reading the answer: its accuracy, and the cost of one inference."""

    name: str
    meaning: str
    passes: int
    accuracy: float
    synops: Spread
    spikes: Spread
    layers: tuple[LayerCounts, ...]
    tables: tuple[TableReport, ...]


@dataclass(frozen=True)
class EnergyReport:
    """Everything that ``spikeff energy`` says. ``kind`` is "estimated": never measured.

    Attributes:
        training: One step of learning on chip per sample, forward passes and weight updates; empty
            for networks that the local rule did not train.
        neurobench: Metrics over the first ``STATE_PRESENTATIONS`` presentations at most.
        profile: By layer, core and step, over the same presentations, by the first table.
    """

    kind: str
    file: str
    dataset: str
    split: str
    samples: int
    cores: int
    tiles: int
    readings: tuple[ReadingReport, ...]
    training: tuple[TableReport, ...]
    neurobench: NeuroBenchMetrics
    profile: Profile
    ann: AnnReport | None
    sanafe: SanafeReport | None

    @property
    def main(self) -> TableReport:
        """The network's own reading by the first table."""
        return self.readings[0].tables[0]


@plain_numbers
def energy(
    file: Path | str,
    samples: int | None = None,
    data: Path | str | None = None,
    split: str = "test",
    tables: Sequence[str] = TABLES,
    compare: Sequence[str] = (),
    sanafe: Path | str | None = None,
    spikes: Path | str | None = None,
    report: Report = silent,
) -> EnergyReport:
    """Run integers over ``split`` and estimate their energy.

    Args:
        file: Network file or "zoo:NAME"; or a run directory, quantised to 8 bits as by
            ``spikeff export``.
        tables: Names of bundled cost tables, or paths of TOML files with one.
        compare: "ann" trains an ANN of the same size and prices it on 45 nm logic.
        spikes: .npz file of spike trains to use instead, see ``spikeff.data.spike_trains``.
        sanafe: Folder for SANA-FE's files of the first sample; runs the sanafe package on them.
    """
    unknown = [name for name in compare if name != ANN]
    if unknown:
        raise UnknownNameError("comparison", unknown[0], (ANN,))
    costs = _cost_tables(tables)
    found = saved(file)
    directory = data_directory(file, data) if spikes is None else None
    network = integers_of(found, directory)
    origin = f"{file}, quantised to {BITS} bits" if found.is_run else str(file)
    given = Path(spikes) if spikes is not None else None
    if sanafe is not None:
        require_files(Path(sanafe), found.path, directory, spikes)
    images = load_samples(network, split, directory, given).head(samples)
    placement, measured = measure(network, images, costs, report)
    ann = compare_ann(network, images, directory, report) if ANN in compare else None
    beside = compare_sanafe(network, placement, images, Path(sanafe)) if sanafe else None
    return summary(network, placement, measured, images, (origin, split), ann, beside)


def estimated(
    network: IntegerNetwork, split: Split, tables: Sequence[str], origin: tuple[str, str]
) -> EnergyReport:
    """As :func:`energy`, of a network and samples in memory. origin : as in :func:`summary`."""
    placement, measured = measure(network, split, _cost_tables(tables))
    return summary(network, placement, measured, split, origin, None, None)


def _cost_tables(tables: Sequence[str]) -> list[CostTable]:
    from hw_targets.cost.table import cost_table

    costs = [cost_table(name) for name in dict.fromkeys(tables)]
    if not costs:
        raise ConfigError("no cost table was given; pass at least one.")
    return costs


def _with_states(network: IntegerNetwork, split: Split) -> tuple[Array, SpikeTrace]:
    """The first ``STATE_PRESENTATIONS`` presentations, and a run that records u and v."""
    from hw_targets.emulator import run as emulator

    first = split.head(min(len(split), STATE_PRESENTATIONS))
    inputs = presentations(first, network.input, network.labels, network.steps)
    inputs = inputs[:, :STATE_PRESENTATIONS]
    return inputs, emulator.run(network, inputs, record_states=True).trace


def summary(
    network: IntegerNetwork,
    placement: Placement,
    measured: Measured,
    split: Split,
    origin: tuple[str, str],
    ann: AnnReport | None,
    sanafe: SanafeReport | None,
) -> EnergyReport:
    """The report of what :func:`measure` found. origin : file and split, as given."""
    from hw_targets.beside.neurobench import neurobench_metrics
    from hw_targets.cost.counts import count_run
    from hw_targets.cost.profile import profile
    from hw_targets.cost.report import table_report

    inputs, trace = _with_states(network, split)
    first_table = next(iter(measured.estimates.values()))[0].table
    readings = []
    for k, reading in enumerate(measured.readings[0].all):
        right = np.concatenate([r.all[k].right for r in measured.readings])
        counts = measured.counts[reading.name]
        readings.append(
            ReadingReport(
                reading.name,
                READINGS[reading.name],
                reading.passes.shape[1],
                float(right.mean()) if split.labels.min() >= 0 else math.nan,
                _count_spread("synaptic operations", np.sum([*counts.synops.values()], axis=0)),
                _count_spread(
                    "spikes", np.sum([counts.spikes[p.name] for p in network.populations], axis=0)
                ),
                _layers(network, counts, measured.traffic[reading.name]),
                tuple(table_report(e) for e in measured.estimates[reading.name]),
            )
        )
    return EnergyReport(
        kind="estimated",
        file=origin[0],
        dataset=network.dataset,
        split=origin[1],
        samples=len(split),
        cores=placement.cores,
        tiles=placement.tiles,
        readings=tuple(readings),
        training=tuple(table_report(e) for e in measured.estimates.get(TRAINING, ())),
        neurobench=neurobench_metrics(network, count_run(network, inputs, trace), trace),
        profile=profile(network, placement, inputs, trace, first_table),
        ann=ann,
        sanafe=sanafe,
    )


def _count_spread(unit: str, counts: Array) -> Spread:
    from hw_targets.cost.spread import spread

    return spread(unit, counts, counts, counts)


def _layers(
    network: IntegerNetwork, counts: Counts, traffic: dict[str, dict[str, Array]]
) -> tuple[LayerCounts, ...]:
    from hw_targets.cost.counts import targets

    target_of = targets(network)

    def ending_at(name: str, table: dict[str, Array]) -> float:
        return sum(float(n.mean()) for key, n in table.items() if target_of[key] == name)

    def own(name: str, table: dict[str, Array]) -> float:
        return float(table[name].mean()) if name in table else 0.0

    return tuple(
        LayerCounts(
            name,
            own(name, counts.spikes),
            ending_at(name, counts.excitatory),
            ending_at(name, counts.inhibitory),
            ending_at(name, counts.dense),
            own(name, counts.active),
            own(name, counts.inactive),
            own(name, traffic["messages"]),
            own(name, traffic["hops_east_west"]),
            own(name, traffic["hops_north_south"]),
        )
        for name in network.sizes
    )
