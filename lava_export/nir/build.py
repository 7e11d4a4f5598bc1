"""The nodes of a NIR graph as populations and connections of stock neurons."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lava_export.nir.file import APPROXIMATE, EXACT, Grade
from lava_export.nir.linear.maps import LinearMap, columns, rows, scaled
from lava_export.nir.population import circuits
from lava_export.nir.population.groups import is_rounded, time_groups
from lava_export.nir.population.neurons import NONE, ZERO, Neurons
from lava_export.nir.population.realise import LEAST_LEAK, Realised, realised
from lava_export.nir.reader import NodeNetwork
from lava_export.nir.ways import Constants, Ways, levels_of
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import DENSE, ONE_TO_ONE, Connection
from spikeff.ir.network import INPUT, Population
from spikeff.ir.roles import SOFT_RESET

BIAS, START = "every_step", "first_step"
GATHERED = ".gathered"


@dataclass(frozen=True, eq=False)
class Part:
    """Some of a node's neurons as a population of their own.

    Attributes:
        name: Of the population.
        chosen: Their numbers in the node, (some,).
        neurons: What they are made into.
    """

    name: str
    chosen: Array
    neurons: Realised


@dataclass(frozen=True, eq=False)
class Built:
    """Populations in an order in which they can be evaluated, and what joins them.

    Attributes:
        answering: The population that is read; None where nobody asked.
        parts: Of each node, the populations that its neurons became, and their numbers in it.
    """

    populations: tuple[Population, ...]
    connections: tuple[Connection, ...]
    answering: str | None
    parts: dict[str, list[tuple[str, Array]]]


def build(network: NodeNetwork, dt: float, steps: int) -> Built:
    """Make stock neurons of a network; ``network.grades`` grows by what was done.

    Raises:
        DescriptionError: No stock neurons do what a node does; the message names it.
    """
    return _Builder(network, dt, steps).built()


class _Builder:
    """Collects connections, and the two neurons of ``circuits`` where they are needed."""

    def __init__(self, network: NodeNetwork, dt: float, steps: int) -> None:
        self.network, self.dt, self.steps = network, dt, steps
        self.taken = {*network.neurons}
        self.bias, self.start = self._free(BIAS), self._free(START)
        self.parts = {n: self._parts(n, neurons) for n, neurons in network.neurons.items()}
        self.connections: list[Connection] = []

    def built(self) -> Built:
        self._join(self.network.ways)
        for name, parts in self.parts.items():
            for part in parts:
                self._constants(part, self.network.constants[name])
                self._reset(part)
        answering = self._answering()
        became = {n: [(p.name, p.chosen) for p in parts] for n, parts in self.parts.items()}
        return Built(*self._in_order(answering), answering, became)

    def _parts(self, name: str, neurons: Neurons) -> list[Part]:
        groups = time_groups(neurons)
        self._grade_neurons(name, neurons, groups)
        names = (
            [name] if len(groups) == 1 else [self._free(f"{name}.{k}") for k in range(len(groups))]
        )
        return [
            Part(own, chosen, realised(name, group, self.steps))
            for own, (group, chosen) in zip(names, groups, strict=True)
        ]

    def _free(self, name: str) -> str:
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name

    def _join(self, ways: Ways) -> None:
        """Every way between every two parts of its ends, as often as the target asks."""
        for (source, target, delay), made in ways.items():
            heard = self.parts.get(source, [])
            for part in self.parts[target]:
                here = made if len(self.parts[target]) == 1 else rows(made, part.chosen)
                for name, there in _by_source(source, heard, here):
                    whole = scaled(there, part.neurons.weight)
                    for late, left in enumerate(part.neurons.taps):
                        self._connect(name, part.name, delay + late, whole, float(left))

    def _connect(self, source: str, target: str, delay: int, made: LinearMap, left: float) -> None:
        weights = made.weights * left
        self.connections.append(Connection(source, target, made.kind, weights, delay))

    def _constants(self, part: Part, given: Constants) -> None:
        """What reaches a part in every step, and where its potential starts."""
        neurons = part.neurons
        late: dict[int, Array] = {}
        for wait, constant in given.items():
            if neurons.bias is None or wait:
                weights = constant[part.chosen] * neurons.weight
                for tap, left in enumerate(neurons.taps):
                    late[wait + tap] = late.get(wait + tap, 0.0) + weights * left
        late[0] = late.get(0, 0.0) + neurons.each_step
        for wait, weights in late.items():
            if weights.any():
                self.connections.append(circuits.spread(self.bias, part.name, weights, wait))
        if neurons.start.any():
            self._start(part)

    def _start(self, part: Part) -> None:
        """Into v alone: what the current keeps of it is taken back in the next step."""
        weights, kept = part.neurons.start, 1 - part.neurons.leak_u
        self.connections.append(circuits.spread(self.start, part.name, weights, 0))
        if kept:
            self.connections.append(circuits.spread(self.start, part.name, -kept * weights, 1))

    def _reset(self, part: Part) -> None:
        if part.neurons.reset:
            weights = np.full(len(part.chosen), -part.neurons.reset)
            reset = Connection(part.name, part.name, ONE_TO_ONE, weights, 1, SOFT_RESET)
            self.connections.append(reset)

    def _answering(self) -> str | None:
        """The population that is read, its parts in a row again behind relays."""
        name = self.network.answering
        if name is None or len(self.parts[name]) == 1:
            return name
        gathered = self._free(name + GATHERED)
        for part in self.parts[name]:
            weights = np.zeros((self.network.neurons[name].size, len(part.chosen)))
            weights[part.chosen, np.arange(len(part.chosen))] = 1.0
            self.connections.append(Connection(part.name, gathered, DENSE, weights))
        return gathered

    def _in_order(
        self, answering: str | None
    ) -> tuple[tuple[Population, ...], tuple[Connection, ...]]:
        sources = {c.source for c in self.connections}
        made = {
            part.name: self._with_bias(part, self.network.constants[name]).population(
                part.name, self.dt, 0
            )
            for name, parts in self.parts.items()
            for part in parts
        }
        if self.bias in sources:
            made[self.bias] = circuits.every_step(self.bias, self.dt, 0)
        if self.start in sources:
            made[self.start], silence = circuits.first_step(self.start, self.dt, 0)
            self.connections.append(silence)
        if answering is not None and answering not in made:
            name = self.network.answering or ""
            size = self.network.neurons[name].size
            made[answering] = circuits.relay(answering, size, self.dt, 0)
        depths = levels_of(made, self.connections)
        populations = [replace(p, depth=depths[p.name]) for p in made.values()]
        helpers = {self.bias, self.start}
        ordered = sorted(populations, key=lambda p: (p.depth, p.name not in helpers))
        return tuple(ordered), tuple(self.connections)

    def _with_bias(self, part: Part, given: Constants) -> Realised:
        """With the leak potential of what is given in every step, where it acts at once."""
        neurons, constant = part.neurons, given.get(0)
        if neurons.bias is None or constant is None:
            return neurons
        return replace(neurons, v_leak=neurons.v_leak + neurons.bias * constant[part.chosen])

    def _grade_neurons(
        self, name: str, neurons: Neurons, groups: list[tuple[Neurons, Array]]
    ) -> None:
        change = is_rounded(neurons, groups)
        if change > 1e-6:
            reason = f"in {len(groups)} groups; a leak changes by at most {change:.2g} per step"
            self._grade(name, "time constants", APPROXIMATE, reason)
        elif len(groups) > 1:
            reason = f"{len(groups)} populations, one for each pair of them"
            self._grade(name, "time constants", EXACT, reason)
        kept = neurons.leak.min() < 1
        if neurons.reset not in (ZERO, NONE) and kept:
            reason = (
                "by subtraction: the membrane lies in the current, which no spike resets, and each "
                "neuron takes the threshold from itself"
            )
            self._grade(name, "reset", EXACT, reason)
        if neurons.reset != ZERO and kept and (neurons.current_leak < 1).any():
            reason = (
                "each spike is delivered step by step, with what is left of it, until that is less "
                "than 2^-10"
            )
            self._grade(name, "current", APPROXIMATE, reason)
        if neurons.reset == ZERO and (neurons.leak < LEAST_LEAK).any():
            reason = "the membrane leaks 2^-32 per step, in integers nothing"
            self._grade(name, "no leak", APPROXIMATE, reason)

    def _grade(self, name: str, what: str, grade: str, reason: str) -> None:
        self.network.grades.append(Grade(f"{name}: {what}", grade, reason))


def _by_source(source: str, heard: list[Part], made: LinearMap) -> list[tuple[str, LinearMap]]:
    """The part of a map that each population of its source has."""
    if source == INPUT or len(heard) == 1:
        return [(source, made)]
    return [(part.name, columns(made, part.chosen)) for part in heard]
