"""Our energy and time beside those of SANA-FE, on the same spikes, placement and costs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spikeff.data.dataset import Split
from spikeff.pipeline.outputs import require_output
from spikeff.pipeline.presentations import presentations

if TYPE_CHECKING:
    from hw_targets.cost.energy import Estimate
    from lava_export.integers.network import IntegerNetwork

TABLE = "loihi1-fitted"
SAMPLES = 1
PARTS = {
    "synapses": ("synaptic operations",),
    "neurons": ("active updates", "inactive updates", "spikes"),
    "mesh": ("messages", "hops east-west", "hops north-south"),
}
# What can make the two differ, by part; energies are equal where none of it applies.
REASONS = {
    "synapses": "both count one operation per spike and stored synapse",
    "neurons": "SANA-FE also updates a neuron whose potential or bias is not zero, where ours "
    "waits; and connections that skip a layer or wait several steps arrive at other steps there",
    "mesh": "both send one message to each core that a spike reaches",
    "total": "the sum of the above; SANA-FE has no static energy",
    "time, everything overlaps": "the shortest that ours allows",
    "time, blocking": "the longest that ours expects: there messages wait for the mean of those on "
    "their way, here for all before them",
    "time, nothing overlaps": "at most: one thing after the other",
    "time": "ours lets cores overlap and each do one thing after the other; in SANA-FE cores "
    "receive while they send, and messages block each other on the mesh",
}


@dataclass(frozen=True)
class SanafePart:
    """One figure in both tools, in ``unit``. difference : its size, and what can cause it."""

    part: str
    unit: str
    ours: float
    theirs: float
    difference: str


@dataclass(frozen=True)
class SanafeReport:
    """A whole run of ``samples`` samples with all their passes."""

    version: str
    folder: str
    table: str
    samples: int
    steps: int
    parts: tuple[SanafePart, ...]


def require_files(folder: Path, *inputs: Path | str | None) -> None:
    """Refuse a ``folder`` whose files of these names are among the ``inputs``."""
    from hw_targets.beside.sanafe_files import ARCHITECTURE, NETWORK, SPIKES

    for name in (ARCHITECTURE, NETWORK, SPIKES):
        require_output(folder / name, *inputs)


def compare_sanafe(network: IntegerNetwork, split: Split, folder: Path) -> SanafeReport:
    """Write SANA-FE's files of the first samples on Loihi 1 into ``folder`` and run it.

    Raises:
        TargetUnavailableError: Sanafe is not installed; the files are written all the same.
    """
    from hw_targets.beside.sanafe_files import write_sanafe_files
    from hw_targets.beside.sanafe_run import run_sanafe
    from hw_targets.cost.counts import active_updates, count_spikes, source_spikes
    from hw_targets.cost.energy import BLOCKING, estimate
    from hw_targets.cost.latency import EVERYTHING, NOTHING
    from hw_targets.cost.placement import place
    from hw_targets.cost.table_registry import cost_table
    from hw_targets.cost.traffic import traffic
    from hw_targets.emulator import run as emulator

    placement = place(network)
    first, table = split.head(min(SAMPLES, len(split))), cost_table(TABLE)
    inputs = presentations(first, network.input, network.labels, network.steps)
    trace = emulator.run(network, inputs).trace
    files = write_sanafe_files(folder, network, placement, inputs, trace, table)
    theirs = run_sanafe(files)
    spikes = source_spikes(network, inputs, trace)
    active = {p.name: active_updates(network, p.name, spikes) for p in network.populations}
    counts = count_spikes(network, spikes, active)
    load = traffic(network, placement, spikes, active)
    whole = np.arange(inputs.shape[1])[np.newaxis]
    ours = estimate(network, placement, counts, load, whole, table)
    assert ours.seconds is not None
    pairs = [
        ("synapses", "J", _joules(ours, "synapses"), theirs.synapse_joules),
        ("neurons", "J", _joules(ours, "neurons"), theirs.soma_joules),
        ("mesh", "J", _joules(ours, "mesh"), theirs.network_joules),
        ("total", "J", float(ours.total_joules()[0]), theirs.total_joules),
        ("time", "s", float(ours.seconds["value"][0]), theirs.seconds),
        *(
            (f"time, {name}", "s", _at(ours, found), theirs.seconds)
            for name, found in (
                ("everything overlaps", EVERYTHING),
                ("blocking", BLOCKING),
                ("nothing overlaps", NOTHING),
            )
        ),
    ]
    parts = tuple(SanafePart(*pair, _difference(pair[0], *pair[2:])) for pair in pairs)
    return SanafeReport(
        metadata.version("sanafe"), str(folder), TABLE, len(first), files.steps, parts
    )


def _at(ours: Estimate, overlap: str) -> float:
    return float(ours.interval[overlap]["value"][0])


def _joules(ours: Estimate, part: str) -> float:
    return sum(float(t.joules()[0]) for t in ours.terms if t.counted in PARTS[part])


def _difference(part: str, ours: float, theirs: float) -> str:
    share = ours / theirs - 1 if theirs else 0.0
    size = "none" if abs(share) < 1e-9 else f"{100 * share:+.2f} %"
    return f"{size}; {REASONS[part]}"
