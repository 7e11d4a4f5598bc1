"""Where energy and time of a presentation go: by core, by layer, and by step as a power trace.

Means over presentations, at the published costs. Messages and hops are those of the core that they
reach. On the chip's clock a population of depth d works d + 1 steps behind the input; before and
after, its neurons wait. The joules of all steps, or of all cores, are the dynamic and the idle
energy of one presentation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hw_targets.cost.counts import ByName, active_updates, source_spikes
from hw_targets.cost.energy import RULES
from hw_targets.cost.latency import inference_steps, step_seconds
from hw_targets.cost.placement import Placement
from hw_targets.cost.table import CostTable
from hw_targets.cost.traffic import Traffic, reached_cores, traffic
from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.trace import SpikeTrace

PICO = 1e-12
INACTIVE = "inactive updates"
# Done in the step in which spikes are sent; their targets change in the next.
RECEIVED = ("synaptic operations", "messages", "hops east-west", "hops north-south")


@dataclass(frozen=True)
class CoreProfile:
    """One core in one presentation: what arrives, what it does, what that costs.

    Attributes:
        layer: Population whose neurons it holds.
        joules: Dynamic and idle energy.
    """

    core: int
    layer: str
    neurons: int
    spikes: float
    synops: float
    joules: float


@dataclass(frozen=True)
class LayerProfile:
    """One population in one presentation; sums over its cores.

    Attributes:
        joules: Dynamic and idle energy.
    """

    layer: str
    cores: int
    spikes: float
    synops: float
    joules: float


@dataclass(frozen=True)
class StepProfile:
    """One step of the chip's clock; sums over cores.

    Attributes:
        joules: Dynamic and idle energy.
        seconds: Length of the step; None where the table has no times.
        watts: Joules over seconds; None as above.
    """

    step: int
    spikes: float
    synops: float
    joules: float
    seconds: float | None
    watts: float | None


@dataclass(frozen=True)
class Profile:
    """Means over ``presentations`` presentations by one table; figures are NaN in a scenario.

    Attributes:
        table: Name of the cost table.
    """

    table: str
    presentations: int
    layers: tuple[LayerProfile, ...]
    cores: tuple[CoreProfile, ...]
    steps: tuple[StepProfile, ...]


def profile(
    network: IntegerNetwork,
    placement: Placement,
    inputs: Array,
    trace: SpikeTrace,
    table: CostTable,
) -> Profile:
    """Profile a run by one cost table.

    Args:
        inputs: bool (steps, presentations, input size).
        trace: Spikes of the run, of ``network.period`` steps.
    """
    spikes = source_spikes(network, inputs, trace)
    active = {p.name: active_updates(network, p.name, spikes) for p in network.populations}
    load = traffic(network, placement, spikes, active)
    work = _on_the_clock(network, placement, _per_core(network, placement, load, spikes))
    joules = _joules(work, table)
    alone = np.arange(inputs.shape[1])[:, np.newaxis]
    seconds = None
    if table.has_time:
        seconds = step_seconds(network, placement, load, alone, table, "value").mean(axis=1)
    cores = _cores(network, placement, work, joules)
    return Profile(
        table.name,
        inputs.shape[1],
        tuple(_layer(p.name, cores) for p in network.populations),
        cores,
        _steps(work, joules, seconds),
    )


def _per_core(
    network: IntegerNetwork, placement: Placement, load: Traffic, spikes: ByName
) -> dict[str, Array]:
    """Means over presentations of what is priced, (period, cores), in local time."""
    messages, east_west, north_south = np.zeros((3, network.period, placement.cores))
    for source, z in spikes.items():
        reach = reached_cores(network, placement, source)
        columns, rows = placement.hops(source, z.shape[2])
        fired = z.mean(axis=1)
        messages += fired @ reach
        east_west += fired @ (reach * columns)
        north_south += fired @ (reach * rows)
    return {
        "synaptic operations": load.synops.mean(axis=1, dtype=np.float64),
        "active updates": load.active.mean(axis=1, dtype=np.float64),
        INACTIVE: load.inactive.mean(axis=1, dtype=np.float64),
        "spikes": load.spikes.mean(axis=1, dtype=np.float64),
        "messages": messages,
        "hops east-west": east_west,
        "hops north-south": north_south,
    }


def _on_the_clock(
    network: IntegerNetwork, placement: Placement, work: dict[str, Array]
) -> dict[str, Array]:
    """The same on the chip's clock, (steps, cores): idle before and after a core's own steps."""
    neurons = work["active updates"][0] + work[INACTIVE][0]
    shape = (inference_steps(network, 1), placement.cores)
    clocked = {name: np.zeros(shape) for name in work}
    clocked[INACTIVE][:] = neurons
    for p in network.populations:
        cores = placement.cores_of(p.name)
        for name, counted in work.items():
            late = p.depth + (name not in RECEIVED)
            clocked[name][late : late + network.period, cores] = counted[:, cores]
    return clocked


def _joules(work: dict[str, Array], table: CostTable) -> Array:
    """Dynamic and idle energy, (steps, cores)."""
    total = np.zeros(work[INACTIVE].shape)
    for row, counted, factor, _ in RULES:
        if row in table.rows and counted in work:
            total += work[counted] * (factor * table.rows[row].number("value") * PICO)
    return total


def _cores(
    network: IntegerNetwork, placement: Placement, work: dict[str, Array], joules: Array
) -> tuple[CoreProfile, ...]:
    return tuple(
        CoreProfile(
            core,
            p.name,
            int((placement.core_of[p.name] == core).sum()),
            float(work["spikes"][:, core].sum()),
            float(work["synaptic operations"][:, core].sum()),
            float(joules[:, core].sum()),
        )
        for p in network.populations
        for core in placement.cores_of(p.name)
    )


def _layer(name: str, cores: tuple[CoreProfile, ...]) -> LayerProfile:
    own = [core for core in cores if core.layer == name]
    return LayerProfile(
        name,
        len(own),
        sum(core.spikes for core in own),
        sum(core.synops for core in own),
        sum(core.joules for core in own),
    )


def _steps(work: dict[str, Array], joules: Array, seconds: Array | None) -> tuple[StepProfile, ...]:
    return tuple(
        StepProfile(
            step,
            float(work["spikes"][step].sum()),
            float(work["synaptic operations"][step].sum()),
            float(energy),
            None if seconds is None else float(seconds[step]),
            None if seconds is None else float(energy / seconds[step]),
        )
        for step, energy in enumerate(joules.sum(axis=1))
    )
