"""The populations and connections that the nodes of a NIR graph describe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import nir
import numpy as np

from lava_export.nir.arrivals import SAME, Arrivals, arrivals, plus
from lava_export.nir.feedback import feedback_edges
from lava_export.nir.file import APPROXIMATE, EXACT, Grade
from lava_export.nir.graph import CURRENTS, NEURONS, Graph, channels_of, flattened
from lava_export.nir.neurons import Neurons, neurons_of
from lava_export.nir.readout import most_spikes, read_population
from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.codes import Readout
from spikeff.ir.connectivity import DENSE, ONE_TO_ONE, Connection
from spikeff.ir.depths import pipeline_depths
from spikeff.ir.network import BLANK, INPUT, Population

MAX_POPULATIONS = 1000
Way = tuple[str, str, int]  # source, target, steps of delay


@dataclass(frozen=True, eq=False)
class Wiring:
    """What a graph's nodes describe.

    Attributes:
        input_size: Channels of the input.
        populations: In an order in which they can be evaluated.
        connections: Between them, one per source, target and delay.
        readout: Which population answers; None where nobody asked.
        grades: How each aspect came through.
    """

    input_size: int
    populations: tuple[Population, ...]
    connections: tuple[Connection, ...]
    readout: Readout | None
    grades: tuple[Grade, ...]


def read_wiring(graph: Any, dt: float, unit_jumps: bool, with_readout: bool) -> Wiring:
    """Take a graph apart.

    Args:
        dt: Seconds per step.
        unit_jumps: See :func:`lava_export.nir.importer.import_description`.
        with_readout: False where the metadata say which populations answer.

    Raises:
        DescriptionError: A node cannot be given to a chip; the message names it.
    """
    return _Reader(flattened(graph), dt, unit_jumps).wiring(with_readout)


class _Reader:
    """Reads one graph; ``grades`` grows as it goes."""

    def __init__(self, graph: Graph, dt: float, unit_jumps: bool) -> None:
        self.graph, self.dt, self.unit_jumps = graph, dt, unit_jumps
        inputs, self.neurons = graph.named(nir.Input), graph.named(*NEURONS)
        if len(inputs) != 1 or not self.neurons:
            raise DescriptionError(
                f"NIR graph with {len(inputs)} inputs and {len(self.neurons)} populations of "
                f"LIF, CubaLIF or IF neurons; give it one input and at least one population."
            )
        if unit_jumps and not graph.named(nir.CubaLIF):
            raise DescriptionError(
                "whole jumps were asked for, and no node is a CubaLIF: leave --unit-jumps out."
            )
        if len(self.neurons) > MAX_POPULATIONS:
            raise DescriptionError(
                f"NIR graph with {len(self.neurons)} populations; at most {MAX_POPULATIONS} are "
                f"read, each takes a core at least."
            )
        self.input = inputs[0]
        self.channels = channels_of(graph)
        self.entries = {name: self._entry(name) for name in self.neurons}
        wanted = [*self.entries.values(), *graph.named(nir.Output)]
        self.reached = arrivals(graph, self.channels, wanted)
        self.names = {self.input: INPUT} | _population_names(self.neurons)
        self.grades = [
            Grade("neurons and synapses", EXACT, f"under explicit Euler with dt = {dt:g} s")
        ]

    def wiring(self, with_readout: bool) -> Wiring:
        neurons = {name: self._neurons(name) for name in self.neurons}
        connections = self._connections(neurons)
        depths = self._depths(connections)
        populations = [self._population(n, neurons[n], depths[self.names[n]]) for n in self.neurons]
        readout = self._readout(depths) if with_readout else None
        return Wiring(
            self.channels[self.input],
            tuple(sorted(populations, key=lambda p: p.depth)),
            tuple(connections),
            readout,
            tuple(self.grades),
        )

    def _given(self, name: str) -> Arrivals:
        """What reaches the population of node ``name``."""
        return self.reached[self.entries[name]]

    def _entry(self, name: str) -> str:
        """The node that synapses of a population end at: its current stage, if it has one."""
        sources = self.graph.sources(name)
        stages = [a for a in sources if isinstance(self.graph.nodes[a], CURRENTS)]
        if stages and len(sources) > 1:
            raise DescriptionError(
                f"NIR node {name!r} hears {stages[0]!r} and others; a membrane has one current."
            )
        return stages[0] if stages else name

    def _neurons(self, name: str) -> Neurons:
        node, entry = self.graph.nodes[name], self.entries[name]
        stage = self.graph.nodes[entry] if entry != name else None
        neurons = neurons_of(name, node, stage, self.dt, self.channels[name], self.unit_jumps)
        if isinstance(node, nir.IF):
            self._grade(name, "no leak", "the membrane leaks 2^-16 per step, in integers nothing")
        given = self._given(name)
        if not given.parts and not np.any(given.bias) and not neurons.v_leak.any():
            raise DescriptionError(f"NIR node {name!r}: nothing reaches it; connect it.")
        return neurons

    def _population(self, name: str, neurons: Neurons, depth: int) -> Population:
        return Population(
            name=self.names[name],
            size=len(neurons.gain),
            depth=depth,
            tau_syn=neurons.tau_syn,
            tau_mem=neurons.tau_mem,
            v_th=neurons.v_th,
            v_leak=neurons.v_leak + self._settled_bias(name, neurons),
            column_size=1,
        )

    def _settled_bias(self, name: str, neurons: Neurons) -> Array | float:
        """Leak potential of a constant input, once it has arrived."""
        given = self._given(name)
        if not np.any(given.bias):
            return 0.0
        if neurons.bias_gain is None:
            raise DescriptionError(
                f"NIR node {name!r}: a bias into a current without leak grows without bound over "
                f"a sample; remove it."
            )
        if neurons.lag:
            self._grade(name, "bias", "acts at once here, in NIR after a rise of tau_syn")
        late = max((s for s, constant in given.constants.items() if constant.any()), default=0.0)
        if late:
            self._grade(name, "bias", f"acts at once here, in NIR after a delay of {late:g} s")
        return np.asarray(neurons.bias_gain * given.bias)

    def _connections(self, neurons: dict[str, Neurons]) -> list[Connection]:
        """One connection per source, target and delay, gains folded in."""
        ways: dict[Way, Array] = {}
        for target in self.neurons:
            gain = neurons[target].gain
            for (source, late), weights in self._given(target).parts.items():
                way = self.names[source], self.names[target], self._steps(target, late)
                scaled = weights * (gain if weights.ndim == 1 else gain[:, np.newaxis])
                ways[way] = plus(ways[way], scaled) if way in ways else scaled
        return [
            Connection(*way[:2], DENSE if w.ndim == 2 else ONE_TO_ONE, w, way[2])
            for way, w in self._with_feedback(ways).items()
        ]

    def _with_feedback(self, ways: dict[Way, Array]) -> dict[Way, Array]:
        """Where a loop has no delay at all, feedback takes one step."""
        inner = [way for way in ways if way[0] != INPUT]
        feedback = feedback_edges(
            frozenset((a, b) for a, b, delay in inner if not delay),
            frozenset((a, b) for a, b, delay in inner if delay),
            frozenset(b for a, b, _ in ways if a == INPUT),
            frozenset(self._read()),
        )
        made: dict[Way, Array] = {}
        for (source, target, delay), weights in ways.items():
            delayed = delay or int((source, target) in feedback)
            way = source, target, delayed
            made[way] = plus(made[way], weights) if way in made else weights
        for source, target in sorted(feedback):
            self._grade(f"{source}->{target}", "feedback", "takes one step, as in Norse")
        return made

    def _read(self) -> list[str]:
        """Populations that outputs hear."""
        heard = [self.reached[output].parts for output in self.graph.named(nir.Output)]
        return [self.names[source] for parts in heard for source, _ in parts]

    def _depths(self, connections: list[Connection]) -> dict[str, int]:
        """As late as each connection's step makes them; else by the order of evaluation alone."""
        names = [self.names[n] for n in self.neurons]
        try:
            return pipeline_depths(names, connections)
        except DescriptionError:  # a loop is too short for a chip, which says so when it is chosen
            at_once = [c for c in connections if not c.delay]
            return pipeline_depths(names, at_once)

    def _steps(self, name: str, seconds: float) -> int:
        steps = round(seconds / self.dt)
        if abs(steps * self.dt - seconds) > SAME * max(seconds, self.dt):
            self._grade(name, "delay", f"{seconds:g} s is no whole number of steps; {steps} taken")
        return steps

    def _readout(self, depths: dict[str, int]) -> Readout:
        """The output neuron with the most spikes."""
        by_node = {n: depths[self.names[n]] for n in self.neurons}
        node, late = read_population(self.graph, self.reached, by_node)
        if late:
            self._grade(self.names[node], "output", f"is read at once, in NIR {late:g} s late")
        return most_spikes(self.names[node], self.channels[node])

    def _grade(self, item: str, what: str, reason: str) -> None:
        self.grades.append(Grade(f"{item}: {what}", APPROXIMATE, reason))


def _population_names(neurons: list[str]) -> dict[str, str]:
    """Names of the nodes, but for those that mean something in a network."""
    taken = {INPUT, BLANK, *neurons}
    names = {}
    for node in neurons:
        name = node
        while name in (INPUT, BLANK) or (name != node and name in taken):
            name += "_"
        taken.add(name)
        names[node] = name
    return names
