"""How many neuro-cores of a chip or board a network takes, what binds, and what refuses to fit."""

from __future__ import annotations

from dataclasses import dataclass

from lava_export.chips.catalogue import CHIPS, Chip
from lava_export.integers.network import IntegerNetwork, IntegerPopulation
from lava_export.mapping import what_fits as smaller_networks
from lava_export.mapping.layout import Layout
from lava_export.mapping.packing import even_sizes
from spikeff.errors import LimitError

LOIHI1 = CHIPS["loihi1"]


@dataclass(frozen=True)
class PopulationCapacity:
    """Cores of one population.

    Axons are those of the fullest core, synapse bits the sum over cores.

    Attributes:
        sizes: Neurons of every core, in the order of the neurons.
        fill: For each limit, the share of it that the fullest core uses; limits that nobody has
            published are left out.
        binding: The limit that rules out one core fewer, or the fullest one where one core
            suffices.
        formats: "dense" or "sparse" for each connection, whichever takes less memory; "dense and
            sparse" where cores differ. Connections that differ in their delays alone are one.
    """

    name: str
    neurons: int
    cores: int
    sizes: tuple[int, ...]
    neurons_per_core: int
    input_axons: int
    output_axons: int
    synapse_bits: int
    fill: dict[str, float]
    binding: str
    formats: dict[str, str]


def chip_capacity(
    network: IntegerNetwork, chip: Chip = LOIHI1, chips: int = 1
) -> tuple[PopulationCapacity, ...]:
    """Cores of every population.

    Args:
        chips: How many chips of the kind there are.

    Raises:
        LimitError: A delay or a neuron exceeds a core, or the network exceeds the chips.
    """
    parts = cores_of(network, chip)
    total, most = sum(part.cores for part in parts), chips * chip.cores
    if total > most:
        largest = max(parts, key=lambda part: part.cores)
        held = f"a {chip.name} chip has" if chips == 1 else f"{chips} {chip.name} chips have"
        raise LimitError(
            f"network needs {total} cores, {held} {most}; population {largest.name!r} alone takes "
            f"{largest.cores} ({largest.binding}, {largest.neurons} neurons). What would fit: "
            f"{what_would_fit(network, largest.name, total, chip, most)}; or a board of "
            f"{-(-total // chip.cores)} chips (--board NAME)."
        )
    return parts


def cores_of(network: IntegerNetwork, chip: Chip) -> tuple[PopulationCapacity, ...]:
    """As :func:`chip_capacity`, on as many cores as it takes."""
    layout = Layout(network, chip)
    return tuple(_capacity(layout, p) for p in network.populations)


def what_would_fit(network: IntegerNetwork, largest: str, total: int, chip: Chip, most: int) -> str:
    """Smaller networks that ``most`` cores hold, in words, where ``network`` takes ``total``."""

    def fits(smaller: IntegerNetwork) -> bool:
        try:
            return sum(map(len, Layout(smaller, chip).sizes.values())) <= most
        except LimitError:
            return False

    remedies = []
    bits = smaller_networks.fitting_bits(network, fits)
    neurons = smaller_networks.fitting_neurons(network, largest, fits)
    if bits:
        remedies.append(f"weights of {bits} bits")
    if neurons:
        remedies.append(f"{neurons} neurons in {largest!r}")
    return " or ".join(remedies) or f"all populations at about {most / total:.0%} of their size"


def _capacity(layout: Layout, population: IntegerPopulation) -> PopulationCapacity:
    name = population.name
    runs = layout.runs(name)
    uses = [layout.use(name, *run) for run in runs]
    fullest = {limit: max(use[limit] for use in uses) for limit in uses[0]}
    fill = _fill(layout, name, fullest)
    return PopulationCapacity(
        name=name,
        neurons=population.size,
        cores=len(runs),
        sizes=layout.sizes[name],
        neurons_per_core=fullest["neurons"],
        input_axons=fullest["input axons"],
        output_axons=fullest["output axons"],
        synapse_bits=sum(use["synaptic memory"] for use in uses),
        fill=fill,
        binding=_binding(layout, population, fill),
        formats=_formats(layout, name),
    )


def _fill(layout: Layout, name: str, use: dict[str, int]) -> dict[str, float]:
    return {limit: use[limit] / most for limit, most in layout.limits_of(name).items()}


def _binding(layout: Layout, population: IntegerPopulation, fill: dict[str, float]) -> str:
    """The fullest limit of one core fewer, shared evenly, or of the only core."""
    name, fewer = population.name, len(layout.sizes[population.name]) - 1
    if fewer:
        start = 0
        for size in even_sizes(population.size, fewer):
            use = _fill(layout, name, layout.use(name, start, start + size))
            fill = {limit: max(fill[limit], use[limit]) for limit in fill}
            start += size
    return max(fill, key=lambda limit: fill[limit])


def _formats(layout: Layout, name: str) -> dict[str, str]:
    packings = [layout.packings(name, *run) for run in layout.runs(name)]
    return {
        f"{k}: {c.source}->{c.target}": " and ".join(sorted({core[k].format for core in packings}))
        for k, (c, *_) in enumerate(layout.lists[name])
    }
