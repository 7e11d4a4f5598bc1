"""How many neuro-cores of a chip a network takes, what binds, and what refuses to fit.

A core holds neurons of one population. Populations are shared evenly over as few cores as their
neurons, synaptic memory, input axons and output axons allow. An output axon is a message from one
neuron to one core; spikes from the host take input axons only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lava_export.chips.catalogue import CHIPS, Chip
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from lava_export.integers.timing import timing_of
from lava_export.mapping import what_fits as smaller_networks
from lava_export.mapping.packing import Packing, pack
from spikeff.errors import LimitError

LOIHI1 = CHIPS["loihi1"]


@dataclass(frozen=True)
class PopulationCapacity:
    """Cores of one population.

    Axons are those of the fullest core, synapse bits the sum over cores.

    Attributes:
        fill: For each limit, the share of it that the fullest core uses; limits that nobody has
            published are left out.
        binding: The limit that rules out one core fewer, or the fullest one where one core
            suffices.
        formats: "dense" or "sparse" for each connection, whichever takes less memory.
    """

    name: str
    neurons: int
    cores: int
    neurons_per_core: int
    input_axons: int
    output_axons: int
    synapse_bits: int
    fill: dict[str, float]
    binding: str
    formats: dict[str, str]


def chip_capacity(network: IntegerNetwork, chip: Chip = LOIHI1) -> tuple[PopulationCapacity, ...]:
    """Cores of every population.

    Raises:
        LimitError: A delay or a neuron exceeds a core, or the network exceeds the chip.
    """
    parts = cores_of(network, chip)
    total = sum(part.cores for part in parts)
    if total > chip.cores:
        largest = max(parts, key=lambda part: part.cores)
        raise LimitError(
            f"network needs {total} cores, a {chip.name} chip has {chip.cores}; population "
            f"{largest.name!r} alone takes {largest.cores} ({largest.binding}, {largest.neurons} "
            f"neurons). What would fit: {what_would_fit(network, largest.name, total, chip)}."
        )
    return parts


def cores_of(network: IntegerNetwork, chip: Chip) -> tuple[PopulationCapacity, ...]:
    """As :func:`chip_capacity`, on as many cores as it takes."""
    return _Layout(network, chip).fit()


def what_would_fit(network: IntegerNetwork, largest: str, total: int, chip: Chip) -> str:
    """Smaller networks that ``chip`` holds, in words, where ``network`` takes ``total`` cores."""

    def fits(smaller: IntegerNetwork) -> bool:
        try:
            return sum(part.cores for part in cores_of(smaller, chip)) <= chip.cores
        except LimitError:
            return False

    remedies = []
    bits = smaller_networks.fitting_bits(network, fits)
    neurons = smaller_networks.fitting_neurons(network, largest, fits)
    if bits:
        remedies.append(f"weights of {bits} bits")
    if neurons:
        remedies.append(f"{neurons} neurons in {largest!r}")
    share = chip.cores / total
    return " or ".join(remedies) or f"all populations at about {share:.0%} of their size"


class _Layout:
    """Grows the number of cores of every population until each core keeps its limits."""

    def __init__(self, network: IntegerNetwork, chip: Chip) -> None:
        self.network = network
        self.chip = chip
        timing = timing_of(network, 1)
        self.delayed = {id(c): timing.extra_delay(c) > 0 for c in network.connections}
        for c in network.connections:
            if timing.extra_delay(c) > chip.delay_max:
                raise LimitError(
                    f"connection {c.source}->{c.target}: it waits {timing.extra_delay(c)} steps; "
                    f"{chip.name} delays a synapse by {chip.delay_max} at most: shorten its delay."
                )
        self.cores = {p.name: max(1, -(-p.size // chip.neurons)) for p in network.populations}

    def fit(self) -> tuple[PopulationCapacity, ...]:
        """Cores of every population, which depend on each other by output axons alone."""
        for p in self.network.populations:
            self._require_one_neuron_fits(p)
            self._require_formats(p)
        changed = True
        while changed:
            before = dict(self.cores)
            for p in reversed(self.network.populations):
                self._grow(p)
            changed = self.cores != before
        return tuple(self._result(p) for p in self.network.populations)

    def _grow(self, population: IntegerPopulation) -> None:
        while True:
            cores = self.cores[population.name]
            worst = max(self._fill(population, cores).values())
            if worst <= 1.0:
                return
            if cores == population.size:
                raise LimitError(self._stuck(population))
            step = max(cores + 1, int(0.95 * cores * worst))
            self.cores[population.name] = min(step, population.size)

    def _fill(self, population: IntegerPopulation, cores: int) -> dict[str, float]:
        """Share of each published limit that the fullest of ``cores`` cores uses."""
        use = self._use(population, cores)
        most = {
            "neurons": self.chip.neurons,
            "synaptic memory": self.chip.synapse_bits,
            "input axons": self.chip.input_axons,
            "output axons": self.chip.output_axons,
        }
        return {name: use[name] / limit for name, limit in most.items() if limit is not None}

    def _use(self, population: IntegerPopulation, cores: int) -> dict[str, int]:
        packings = self._packings(population, cores).values()
        bits = sum((p.bits for p in packings), start=np.zeros(cores, np.int64))
        axons = sum((p.axons for p in packings), start=np.zeros(cores, np.int64))
        neurons = -(-population.size // cores)
        return {
            "neurons": neurons,
            "synaptic memory": int(bits.max()),
            "input axons": int(axons.max()),
            "output axons": neurons * self._fan_out(population.name),
        }

    def _packings(self, population: IntegerPopulation, cores: int) -> dict[str, Packing]:
        incoming = self.network.incoming(population.name)
        return {_label(c, k): pack(c, cores, self.delayed[id(c)]) for k, c in enumerate(incoming)}

    def _fan_out(self, name: str) -> int:
        """Cores that receive the spikes of each neuron; its synapse to itself stays within one."""
        targets = {c.target for c in self.network.connections if c.source == name}
        return sum(1 if t == name else self.cores[t] for t in targets)

    def _result(self, population: IntegerPopulation) -> PopulationCapacity:
        cores = self.cores[population.name]
        fill = self._fill(population, cores)
        tight = self._fill(population, cores - 1) if cores > 1 else fill
        packings = self._packings(population, cores)
        use = self._use(population, cores)
        return PopulationCapacity(
            name=population.name,
            neurons=population.size,
            cores=cores,
            neurons_per_core=use["neurons"],
            input_axons=use["input axons"],
            output_axons=use["output axons"],
            synapse_bits=int(sum(p.bits.sum() for p in packings.values())),
            fill=fill,
            binding=max(tight, key=lambda name: tight[name]),
            formats={label: p.format for label, p in packings.items()},
        )

    def _require_one_neuron_fits(self, population: IntegerPopulation) -> None:
        """Splitting ends at one neuron per core: what that cannot hold, nothing can."""
        limit = self.chip.input_axons
        if limit is None:
            return
        axons = np.zeros(population.size, np.int64)
        for c in self.network.incoming(population.name):
            axons += c.connectivity.fan_in(c.weights != 0)
        worst = int(axons.argmax())
        if axons[worst] > limit:
            raise LimitError(
                f"population {population.name!r}: neuron {worst} alone needs {axons[worst]} input "
                f"axons, a core of {self.chip.name} has {limit}; {limit} inputs per neuron would "
                f"fit: use fewer inputs or prune the weakest synapses to zero."
            )

    def _require_formats(self, population: IntegerPopulation) -> None:
        limit = self.chip.synapse_formats
        formats = {
            (c.weight_bits, c.weight_exp, c.sign_mode)
            for c in self.network.incoming(population.name)
        }
        if limit is not None and len(formats) > limit:
            raise LimitError(
                f"population {population.name!r}: its synapses take {len(formats)} formats, a "
                f"core of {self.chip.name} has {limit}; use fewer incoming connections."
            )

    def _stuck(self, population: IntegerPopulation) -> str:
        fill = self._fill(population, population.size)
        name = max(fill, key=lambda limit: fill[limit])
        return (
            f"population {population.name!r}: one neuron per core takes "
            f"{self._use(population, population.size)[name]} of {name}, {fill[name]:.2f} times "
            f"what a core of {self.chip.name} has; use fewer inputs or smaller targets."
        )


def _label(connection: IntegerConnection, index: int) -> str:
    return f"{index}: {connection.source}->{connection.target}"
