"""Every sample of a split run on the emulator, counted and priced for every way of reading it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from spikeff.data.dataset import Split
from spikeff.data.encoders import encode
from spikeff.errors import ConfigError
from spikeff.ir.io.serialise import is_plastic
from spikeff.pipeline import Report, silent
from spikeff.pipeline.presentations import chunks, passes_per_sample
from spikeff.pipeline.run.readings import ALL_LABELS, Readings, read, reading_inputs

if TYPE_CHECKING:
    from hw_targets.cost.counts import Counts
    from hw_targets.cost.energy import Estimate
    from hw_targets.cost.placement import Placement
    from hw_targets.cost.table import CostTable
    from lava_export.integers.network import IntegerNetwork
    from spikeff.ir.arrays import Array

TRAINING, LABEL_PASS = "training", "label pass"
WORKING_COPIES = 8  # of a chunk's spikes, in bytes per spike, while it is counted


@dataclass(frozen=True, eq=False)
class Measured:
    """Measurements per sample, by reading.

    Attributes:
        estimates: By reading or ``TRAINING``, then by table. Where the label is in the input, also
            those of each single pass of a label, labels fastest, as ``LABEL_PASS``.
    """

    readings: tuple[Readings, ...]
    counts: dict[str, Counts]
    traffic: dict[str, dict[str, dict[str, Array]]]
    estimates: dict[str, list[Estimate]]


def placements(
    network: IntegerNetwork, tables: Sequence[CostTable], board: str | None = None
) -> dict[str | None, Placement]:
    """The network on every chip that a table is for; None for tables that need no chip.

    Args:
        board: Name in ``lava_export.chips.boards``, for tables of its chip; None for single chips.

    Raises:
        LimitError: A chip or the board does not hold it.
        ConfigError: No table is for the board's chip.
    """
    from hw_targets.cost.placement import place
    from lava_export.chips.boards import get_board
    from lava_export.chips.catalogue import get_chip

    several = get_board(board) if board is not None else None
    chips = dict.fromkeys(table.chip for table in tables)
    if several is not None and several.chip not in chips:
        raise ConfigError(
            f"board {board!r} has chips of kind {several.chip}, and no table of "
            f"{', '.join(table.name for table in tables)} is for these; name one with --table, as "
            f"`spikeff tables` lists them."
        )
    on_board = {several.chip: (several.kind, several.chips)} if several is not None else {}
    single = {name: (None if name is None else get_chip(name), 1) for name in chips}
    return {name: place(network, *on_board.get(name or "", single[name])) for name in chips}


def measure(
    network: IntegerNetwork,
    split: Split,
    tables: Sequence[CostTable],
    report: Report = silent,
    first_steps: int | None = None,
    board: str | None = None,
) -> tuple[Placement, Measured]:
    """Run, count and price every sample of ``split``, in chunks of bounded memory.

    Returns:
        The placement by the first table, and what was measured.

    Args:
        first_steps: Steps of each presentation after which to stop; None runs them all.
        board: As in :func:`placements`.
    """
    placed = placements(network, tables, board)
    passes = passes_per_sample(network.labels) + 1
    record = network.period * sum(network.sizes.values()) * passes * WORKING_COPIES
    parts: list[Measured] = []
    for part in chunks(split, record):
        # Simulating a mesh takes its time: the first samples stand for all.
        parts.append(_measure_chunk(network, placed, part, tables, first_steps, mesh=not parts))
        report("run and count", sum(len(p.readings[0].goodness) for p in parts), len(split))
    return placed[tables[0].chip], _joined(parts)


def _measure_chunk(
    network: IntegerNetwork,
    placed: dict[str | None, Placement],
    part: Split,
    tables: Sequence[CostTable],
    first_steps: int | None,
    mesh: bool,
) -> Measured:
    from hw_targets.cost.counts import active_updates, count_spikes, source_spikes
    from hw_targets.cost.energy import estimate, with_learning
    from hw_targets.cost.traffic import traffic
    from hw_targets.emulator import run as emulator
    from hw_targets.learning.updates import engine_updates

    inputs = reading_inputs(part, network.input, network.labels, network.steps)
    if first_steps is not None:
        network, inputs = replace(network, steps=first_steps), inputs[:first_steps]
    trace = emulator.run(network, inputs).trace
    spikes = source_spikes(network, inputs, trace)
    active = {p.name: active_updates(network, p.name, spikes) for p in network.populations}
    counts = count_spikes(network, spikes, active)
    loads = {chip: traffic(network, each, spikes, active) for chip, each in placed.items()}
    load = loads[tables[0].chip]

    def priced(passes: Array, table: CostTable, mesh: bool = mesh) -> Estimate:
        on, at = placed[table.chip], loads[table.chip]
        return estimate(network, on, counts, at, passes, table, mesh)

    window = trace.window(network.steps).spikes
    readings = read(window, network.readout, network.populations, part.labels)
    groups = {reading.name: reading.passes for reading in readings.all}
    estimates = {
        name: [priced(passes, table) for table in tables] for name, passes in groups.items()
    }
    if network.labels is not None:
        single = groups[ALL_LABELS].reshape(-1, 1)
        estimates[LABEL_PASS] = [priced(single, table, mesh=False) for table in tables]
    if readings.learning is not None:
        learned = counts.gathered(readings.learning[:, -readings.learning_passes :]).learning
        if is_plastic(network):
            code = network.input
            pixels = encode(code.encoder, part.whole(), network.steps, code.threshold)
            learned = engine_updates(network, pixels, part.labels)
        estimates[TRAINING] = [
            with_learning(priced(readings.learning, table), network, placed[table.chip], learned)
            for table in tables
            if table.learns
        ]
    carried = {"messages": load.messages, "between_chips": load.between_chips} | {
        "hops_east_west": load.hops_east_west,
        "hops_north_south": load.hops_north_south,
    }
    return Measured(
        (readings,),
        {name: counts.gathered(passes) for name, passes in groups.items()},
        {
            name: {k: {s: n[passes].sum(axis=1) for s, n in v.items()} for k, v in carried.items()}
            for name, passes in groups.items()
        },
        estimates,
    )


def _joined(parts: list[Measured]) -> Measured:
    from hw_targets.cost import counts, energy

    first = parts[0]
    return Measured(
        tuple(p.readings[0] for p in parts),
        {name: counts.joined([p.counts[name] for p in parts]) for name in first.counts},
        {
            name: {
                k: {s: np.concatenate([p.traffic[name][k][s] for p in parts]) for s in v}
                for k, v in carried.items()
            }
            for name, carried in first.traffic.items()
        },
        {
            name: [
                energy.joined([p.estimates[name][k] for p in parts]) for k in range(len(estimates))
            ]
            for name, estimates in first.estimates.items()
        },
    )
