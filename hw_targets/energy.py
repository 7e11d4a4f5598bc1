"""Energy and latency of an inference, estimated from counts and a published cost table.

    dynamic = SOP * e_sop + active * e_active + inactive * e_inactive + messages * e_spike
    static  = static power per core * cores * seconds
    seconds = steps * (barrier + work of the busiest core per step)

Not counted: input/output over the chip's border, hops between tiles, host work. The figures are
estimates, never measurements.
"""

from __future__ import annotations

from dataclasses import dataclass

from hw_targets.cost_table import CostTable
from hw_targets.counts import Counts
from lava_export import loihi_limits as limits
from lava_export.capacity import chip_capacity
from lava_export.integer_network import IntegerNetwork

PICO, NANO, MILLI = 1e-12, 1e-9, 1e-3
OMITTED = ("chip input and output", "hops between tiles", "host")


@dataclass(frozen=True)
class EnergyEstimate:
    """Per inference: joules and seconds, with the parts of the dynamic energy in joules."""

    dynamic_joules: float
    static_joules: float
    seconds: float
    synaptic_joules: float
    neuron_joules: float
    spike_joules: float
    synops: float
    spikes: float
    cores: int
    steps: float
    source: str
    static_source: str
    kind: str
    omitted: tuple[str, ...]


def estimate(
    network: IntegerNetwork, counts: Counts, presentations_per_inference: int, table: CostTable
) -> EnergyEstimate:
    """Estimate one inference of ``presentations_per_inference`` label passes.

    counts : of any number of presentations of this very network on the emulator.
    """
    capacity = chip_capacity(network)
    cores = {part.name: part.cores for part in capacity}
    inferences = counts.presentations / presentations_per_inference
    active = sum(counts.active_updates.values())
    inactive = sum(counts.inactive_updates.values())
    synaptic = counts.total_synops * table.synaptic_operation_pj * PICO / inferences
    neuron = active * table.neuron_update_active_pj + inactive * table.neuron_update_inactive_pj
    neuron *= PICO / inferences
    messages = _messages(network, counts, cores)
    spike = messages * table.spike_within_tile_pj * PICO / inferences
    steps = presentations_per_inference * network.period + _pipeline_fill(network)
    seconds = steps * _seconds_per_step(network, counts, cores, table)
    total_cores = sum(cores.values())
    return EnergyEstimate(
        dynamic_joules=synaptic + neuron + spike,
        static_joules=table.static_mw_per_core * MILLI * total_cores * seconds,
        seconds=seconds,
        synaptic_joules=synaptic,
        neuron_joules=neuron,
        spike_joules=spike,
        synops=counts.total_synops / inferences,
        spikes=counts.hidden_spikes / inferences,
        cores=total_cores,
        steps=steps,
        source=table.source,
        static_source=table.static_source,
        kind="estimated",
        omitted=OMITTED,
    )


def _pipeline_fill(network: IntegerNetwork) -> int:
    """Steps until the deepest population has taken its last step."""
    return 1 + max(p.depth for p in network.populations)


def _messages(network: IntegerNetwork, counts: Counts, cores: dict[str, int]) -> int:
    """Spike messages: once to each core of each population that a spike reaches.

    A neuron's synapse to itself stays within its core and takes one message.
    """
    sources: dict[str, set[str]] = {}
    for c in network.connections:
        sources.setdefault(c.source, set()).add(c.target)
    return sum(
        counts.spikes[source] * sum(1 if t == source else cores[t] for t in targets)
        for source, targets in sources.items()
    )


def _seconds_per_step(
    network: IntegerNetwork, counts: Counts, cores: dict[str, int], table: CostTable
) -> float:
    """Barrier plus the work of the busiest core, averaged over steps."""
    steps = counts.presentations * network.period
    busiest = 0.0
    for population in network.populations:
        synops = sum(
            n for name, n in counts.synops.items() if name.endswith(f"->{population.name}")
        )
        work = synops * table.synaptic_operation_ns
        work += counts.active_updates[population.name] * table.neuron_update_active_ns
        work += counts.inactive_updates[population.name] * table.neuron_update_inactive_ns
        busiest = max(busiest, work / (steps * cores[population.name]))
    tiles = -(-sum(cores.values()) // limits.CORES_PER_TILE)
    all_tiles = limits.CORES_PER_CHIP // limits.CORES_PER_TILE
    share = (tiles - 1) / (all_tiles - 1)
    barrier = table.barrier_one_tile_ns + share * (
        table.barrier_all_tiles_ns - table.barrier_one_tile_ns
    )
    return (barrier + busiest) * NANO
