"""Which run of neurons each core holds: as few cores as the limits of a chip allow.

A core holds consecutive neurons of one population. Each population takes the fewest runs that keep
the limits, given the cores of those that it sends to; they are shared evenly where that fits. An
output axon is a message from one neuron to one core that holds a synapse of it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lava_export.chips.catalogue import Chip
from lava_export.integers.lists import as_one, synapse_lists
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from lava_export.integers.timing import timing_of
from lava_export.mapping.packing import Packing, Synapses, even_sizes
from lava_export.mapping.runs import NeuronTooLargeError, fewest_runs
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array

Sizes = tuple[int, ...]
NEURONS, MEMORY, AXONS_IN, AXONS_OUT = (
    "neurons",
    "synaptic memory",
    "input axons",
    "output axons",
)


class Layout:
    """Neurons of every core of every population.

    Args:
        network: Its synapses whose weight is not zero are stored.
        chip: Its cores are taken as many as it takes.

    Attributes:
        lists: Incoming connections of every population, by name: those that one list of synapses
            holds together.
        sizes: Neurons of the cores of every population, by name.

    Raises:
        LimitError: A delay or a neuron exceeds a core.
    """

    def __init__(self, network: IntegerNetwork, chip: Chip) -> None:
        self.network = network
        self.chip = chip
        self.limits = {
            name: limit
            for name, limit in (
                (NEURONS, chip.neurons),
                (MEMORY, chip.synapse_bits),
                (AXONS_IN, chip.input_axons),
                (AXONS_OUT, chip.output_axons),
            )
            if limit is not None
        }
        timing = timing_of(network, 1)
        delays = {id(c): timing.extra_delay(c) for c in network.connections}
        self._incoming = {p.name: network.incoming(p.name) for p in network.populations}
        for c in network.connections:
            _require_delay(c, delays[id(c)], chip)
        for p in network.populations:
            self._require_formats(p)
            self._require_input_axons(p)
        self.lists = {p.name: synapse_lists(self._incoming[p.name]) for p in network.populations}
        self._synapses = {
            name: [Synapses(as_one(each), any(delays[id(c)] for c in each)) for each in lists]
            for name, lists in self.lists.items()
        }
        self._axons_out = {p.name: np.zeros(p.size, np.int64) for p in network.populations}
        self._known: dict[tuple[str, str, Sizes], Array] = {}
        self.sizes: dict[str, Sizes] = {}
        self._lay_out()

    def _lay_out(self) -> None:
        """Cores of all populations, which depend on each other by output axons alone.

        Where spikes come back, axons are counted until no more are found. They never become fewer
        meanwhile, so that it ends.
        """
        before: dict[str, Sizes] = {}
        while not before or before != self.sizes:
            before = dict(self.sizes)
            for p in reversed(self.network.populations):
                known = self._axons_out[p.name]
                axons = np.maximum(known, self._reached(p.name))
                self._axons_out[p.name] = axons
                if p.name not in self.sizes or not np.array_equal(axons, known):
                    self.sizes[p.name] = self._fewest(p)

    def _fewest(self, population: IntegerPopulation) -> Sizes:
        name, neurons = population.name, population.size

        def fits(start: int, stop: int) -> bool:
            return self._fits(name, start, stop)

        try:
            filled = fewest_runs(neurons, self.chip.neurons, fits)
        except NeuronTooLargeError as error:
            raise LimitError(self._stuck(name, error.neuron)) from None
        even = even_sizes(neurons, len(filled))
        return even if all(fits(*run) for run in _runs(even)) else filled

    def _fits(self, name: str, start: int, stop: int) -> bool:
        limits = self.limits_of(name)
        if stop - start > limits[NEURONS]:
            return False
        use = self.use(name, start, stop)
        return all(use[limit] <= most for limit, most in limits.items())

    def limits_of(self, name: str) -> dict[str, int]:
        """What a core has for a population, whose synapses' index may tell fewer neurons apart."""
        told = [synapses.most or self.chip.neurons for synapses in self._synapses[name]]
        return self.limits | {NEURONS: min([self.chip.neurons, *told])}

    def use(self, name: str, start: int, stop: int) -> dict[str, int]:
        """What neurons ``start`` to ``stop`` of a population take of a core, by limit."""
        packings = self.packings(name, start, stop)
        return {
            NEURONS: stop - start,
            MEMORY: sum(p.bits for p in packings),
            AXONS_IN: sum(p.axons for p in packings),
            AXONS_OUT: int(self._axons_out[name][start:stop].sum()),
        }

    def synapses(self, name: str) -> list[Synapses]:
        """The synapses of each list that ends at a population, in their order."""
        return self._synapses[name]

    def packings(self, name: str, start: int, stop: int) -> list[Packing]:
        """The synapses onto these neurons of each list that ends at them, in their order."""
        return [synapses.packed(start, stop) for synapses in self._synapses[name]]

    def runs(self, name: str) -> list[tuple[int, int]]:
        """First neuron and the one behind the last, of every core of a population."""
        return list(_runs(self.sizes[name]))

    def _reached(self, name: str) -> Array:
        """Cores, of populations that have any yet, that each neuron sends to, (size,)."""
        axons = np.zeros(self.network.sizes[name], np.int64)
        if AXONS_OUT in self.limits:
            for target in {c.target for c in self.network.connections if c.source == name}:
                if target in self.sizes:
                    axons += self._reached_of(name, target)
        return axons

    def _reached_of(self, name: str, target: str) -> Array:
        """Cores of ``target`` that each neuron sends to, (size,)."""
        sizes = self.sizes[target]
        if (name, target, sizes) not in self._known:
            group = np.repeat(np.arange(len(sizes)), sizes)
            reach = np.zeros((self.network.sizes[name], len(sizes)), np.bool_)
            for c in self._incoming[target]:
                if c.source == name:
                    source, core, _ = c.connectivity.axons(c.weights != 0, group, len(sizes))
                    reach[source, core] = True
            self._known[name, target, sizes] = reach.sum(axis=1)
        return self._known[name, target, sizes]

    def _require_input_axons(self, population: IntegerPopulation) -> None:
        """Splitting ends at one neuron per core: what that cannot hold, nothing can."""
        limit = self.chip.input_axons
        if limit is None:
            return
        axons = np.zeros(population.size, np.int64)
        for c in self._incoming[population.name]:
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
            (c.weight_bits, c.weight_exp, c.sign_mode) for c in self._incoming[population.name]
        }
        if limit is not None and len(formats) > limit:
            raise LimitError(
                f"population {population.name!r}: its synapses take {len(formats)} formats, a "
                f"core of {self.chip.name} has {limit}; use fewer incoming connections."
            )

    def _stuck(self, name: str, neuron: int) -> str:
        use = self.use(name, neuron, neuron + 1)
        fill = {limit: use[limit] / most for limit, most in self.limits_of(name).items()}
        worst = max(fill, key=lambda limit: fill[limit])
        return (
            f"population {name!r}: neuron {neuron} alone on a core takes {use[worst]} of {worst}, "
            f"{fill[worst]:.2f} times what a core of {self.chip.name} has; use fewer inputs or "
            f"smaller targets."
        )


def _require_delay(connection: IntegerConnection, steps: int, chip: Chip) -> None:
    if steps > chip.delay_max:
        raise LimitError(
            f"connection {connection.source}->{connection.target}: it waits {steps} steps; "
            f"{chip.name} delays a synapse by {chip.delay_max} at most: shorten its delay."
        )


def _runs(sizes: Sizes) -> Iterator[tuple[int, int]]:
    start = 0
    for size in sizes:
        yield start, start + size
        start += size
