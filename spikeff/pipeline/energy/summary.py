"""What was measured over all samples, put together as a report."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from spikeff.data.dataset import Split
from spikeff.pipeline.energy.energy_report import EnergyReport, LayerCounts, ReadingReport
from spikeff.pipeline.energy.measurement import TRAINING, Measured
from spikeff.pipeline.energy.provenance import provenance
from spikeff.pipeline.presentations import presentations
from spikeff.pipeline.run.readings import READINGS

if TYPE_CHECKING:
    from hw_targets.cost.counts import Counts
    from hw_targets.cost.placement import Placement
    from hw_targets.cost.spread import Spread
    from lava_export.integers.network import IntegerNetwork
    from spikeff.ir.arrays import Array
    from spikeff.ir.trace import SpikeTrace
    from spikeff.pipeline.energy.ann import AnnReport
    from spikeff.pipeline.energy.sanafe import SanafeReport

STATE_PRESENTATIONS = 256


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
    from hw_targets.beside.spikes_per_synapse import stored_synapses
    from hw_targets.cost.by_format import costs_by_format
    from hw_targets.cost.counts import count_run
    from hw_targets.cost.profile import profile
    from hw_targets.cost.report import table_report

    inputs, trace = _with_states(network, split)
    tables = [estimate.table for estimate in next(iter(measured.estimates.values()))]
    learned = measured.estimates.get(TRAINING)
    placed = placement.chip is not None
    readings = []
    for k, reading in enumerate(measured.readings[0].all):
        right = np.concatenate([r.all[k].right for r in measured.readings])
        counts, carried = measured.counts[reading.name], measured.traffic[reading.name]
        no_connections = np.zeros(counts.presentations, np.int64)
        synops = np.sum([no_connections, *counts.synops.values()], axis=0)
        readings.append(
            ReadingReport(
                reading.name,
                READINGS[reading.name],
                reading.passes.shape[1],
                float(right.mean()) if split.labels.min() >= 0 else math.nan,
                _count_spread("synaptic operations", synops),
                float(synops.mean()) / max(stored_synapses(network), 1),
                _count_spread(
                    "spikes", np.sum([counts.spikes[p.name] for p in network.populations], axis=0)
                ),
                sum(float(n.mean()) for n in carried["between_chips"].values()),
                _layers(network, counts, carried),
                tuple(table_report(e) for e in measured.estimates[reading.name]),
            )
        )
    own = measured.counts[readings[0].name].synops
    by_format = tuple(
        cost
        for table in tables
        for cost in costs_by_format(network, placement.capacity, own, table)
    )
    return EnergyReport(
        kind="estimated",
        provenance=provenance(network, split, tables),
        file=origin[0],
        dataset=network.dataset,
        split=origin[1],
        samples=len(split),
        cores=placement.cores if placed else None,
        tiles=placement.tiles if placed else None,
        chips=placement.chips if placed else None,
        readings=tuple(readings),
        training=tuple(table_report(e) for e in learned or ()),
        no_learning=()
        if learned is None
        else tuple(table.name for table in tables if not table.learns),
        neurobench=neurobench_metrics(network, count_run(network, inputs, trace), trace),
        profile=profile(network, placement, inputs, trace, tables[0]),
        by_format=by_format,
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
    from hw_targets.cost.latency import pipeline_fill

    target_of, fill = targets(network), pipeline_fill(network)
    filling = {p.name: fill * p.size for p in network.populations}

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
            own(name, counts.inactive) + filling.get(name, 0),
            own(name, traffic["messages"]),
            own(name, traffic["hops_east_west"]),
            own(name, traffic["hops_north_south"]),
        )
        for name in network.sizes
    )


def _with_states(network: IntegerNetwork, split: Split) -> tuple[Array, SpikeTrace]:
    """The first ``STATE_PRESENTATIONS`` presentations, and a run that records u and v."""
    from hw_targets.emulator import run as emulator

    first = split.head(min(len(split), STATE_PRESENTATIONS))
    inputs = presentations(first, network.input, network.labels, network.steps)
    inputs = inputs[:, :STATE_PRESENTATIONS]
    return inputs, emulator.run(network, inputs, record_states=True).trace
