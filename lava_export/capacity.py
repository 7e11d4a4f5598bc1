"""How many neuro-cores of a Loihi 1 chip a network takes, and what refuses to fit.

Packing of synapses as nengo-loihi's ``block.py`` computes it for static dense synapses: per input
axon and block of up to 64 synapses, ceil64(n * weight bits + 10) bits.
"""

from __future__ import annotations

from dataclasses import dataclass

from lava_export import loihi_limits as limits
from lava_export.integer_network import IntegerConnection, IntegerNetwork
from spikeff.description import DENSE
from spikeff.errors import LimitError

BLOCK = 64
BLOCK_HEADER_BITS = 10


@dataclass(frozen=True)
class PopulationCapacity:
    """Cores of one population. binding : the limit that decides their number."""

    name: str
    neurons: int
    cores: int
    input_axons: int
    synapse_bits: int
    binding: str


def axon_bits(synapses: int, weight_bits: int) -> int:
    """Bits that one input axon with ``synapses`` dense synapses takes in a core."""
    full, rest = divmod(synapses, BLOCK)
    return full * _block_bits(BLOCK, weight_bits) + (_block_bits(rest, weight_bits) if rest else 0)


def _block_bits(synapses: int, weight_bits: int) -> int:
    return -(-(synapses * weight_bits + BLOCK_HEADER_BITS) // 64) * 64


def _bits_per_core(incoming: tuple[IntegerConnection, ...], neurons: int) -> int:
    """Synaptic memory of a core that holds ``neurons`` neurons of the population."""
    bits = 0
    for c in incoming:
        if c.kind == DENSE:
            bits += c.weights.shape[1] * axon_bits(neurons, c.weight_bits)
        else:
            bits += neurons * axon_bits(1, c.weight_bits)
    return bits


def _axons(incoming: tuple[IntegerConnection, ...], neurons: int) -> int:
    return sum(c.weights.shape[1] if c.kind == DENSE else neurons for c in incoming)


def population_capacity(network: IntegerNetwork, index: int) -> PopulationCapacity:
    """Fewest cores that hold a population, neurons shared evenly.

    Raises LimitError where a single neuron's synapses exceed a core.
    """
    population = network.populations[index]
    incoming = network.incoming(population.name)
    by_neurons = -(-population.size // limits.NEURONS_PER_CORE)
    cores = by_neurons
    while cores <= population.size:
        neurons = -(-population.size // cores)
        bits, axons = _bits_per_core(incoming, neurons), _axons(incoming, neurons)
        if bits <= limits.SYNAPSE_BITS_PER_CORE and axons <= limits.AXONS_PER_CORE:
            binding = "neurons" if cores == by_neurons else "synaptic memory"
            return PopulationCapacity(
                population.name, population.size, cores, axons, bits * cores, binding
            )
        cores += 1
    raise LimitError(
        f"population {population.name!r}: one neuron with {_axons(incoming, 1)} input axons and "
        f"{_bits_per_core(incoming, 1)} synapse bits exceeds a core's {limits.AXONS_PER_CORE} "
        f"axons or {limits.SYNAPSE_BITS_PER_CORE} bits; use fewer inputs."
    )


def chip_capacity(network: IntegerNetwork) -> tuple[PopulationCapacity, ...]:
    """Cores of every population; LimitError where one chip does not hold them all."""
    parts = tuple(population_capacity(network, k) for k in range(len(network.populations)))
    total = sum(part.cores for part in parts)
    if total > limits.CORES_PER_CHIP:
        largest = max(parts, key=lambda part: part.cores)
        raise LimitError(
            f"network needs {total} cores, a Loihi 1 chip has {limits.CORES_PER_CHIP}; population "
            f"{largest.name!r} alone takes {largest.cores} ({largest.binding}, {largest.neurons} "
            f"neurons): make it about {limits.CORES_PER_CHIP / total:.0%} of its size."
        )
    return parts
