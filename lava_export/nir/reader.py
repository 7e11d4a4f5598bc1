"""The populations and connections that the nodes of a NIR graph describe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import nir
import numpy as np

from lava_export.nir.arrivals import Arrivals, arrivals
from lava_export.nir.ending import MEMBRANES, Ending, cut
from lava_export.nir.file import APPROXIMATE, ASSUMED, EXACT, Grade
from lava_export.nir.graph import CURRENTS, NEURONS, Graph, flattened
from lava_export.nir.linear.maps import LinearMap, added, composed, section
from lava_export.nir.population.neurons import Neurons, integrators_of, neurons_of
from lava_export.nir.readout import COUNTS, read_population
from lava_export.nir.sizes import Shapes, shapes_of
from lava_export.nir.ways import Constants, Ways, levels_of, ways_between
from spikeff.errors import DescriptionError
from spikeff.ir.network import BLANK, INPUT

MAX_POPULATIONS = 1000


class ReadMembrane(NamedTuple):
    """A node whose potential is read: its name, its constants, and what reaches it."""

    name: str
    neurons: Neurons
    given: Arrivals


@dataclass(frozen=True, eq=False)
class NodeNetwork:
    """What a graph's nodes describe, before neurons become stock neurons.

    Attributes:
        input_size: Channels of all inputs together.
        neurons: By name of the population.
        constants: What is given to each in every step, (size,), by its steps of delay.
        ways: Between populations and from the input.
        answering: The population that the output hears; None where nobody asked, or where a
            membrane behind the populations is read.
        grades: How each aspect came through.
        ending: The membrane that is read.
    """

    input_size: int
    neurons: dict[str, Neurons]
    constants: dict[str, Constants]
    ways: Ways
    answering: str | None
    grades: list[Grade]
    ending: ReadMembrane | None = None


@dataclass(frozen=True)
class Reading:
    """What a NIR file does not say.

    Attributes:
        dt: Seconds per step.
        unit_jumps: See :func:`lava_export.nir.importer.import_description`.
        reset: One of ``lava_export.nir.population.neurons.RESETS``.
        output: The Output that answers, None for the only one.
        readout: One of ``lava_export.nir.importer.READOUTS``.
    """

    dt: float
    unit_jumps: bool = False
    reset: str = "zero"
    output: str | None = None
    readout: str = COUNTS


def read_nodes(graph: Any, reading: Reading, with_readout: bool) -> NodeNetwork:
    """Take a graph apart.

    Args:
        graph: As read from a file.
        reading: What it does not say.
        with_readout: False where the metadata say which populations answer.

    Raises:
        DescriptionError: A node cannot be given to a chip; the message names it.
    """
    return _Reader(flattened(graph), reading, with_readout).network()


class _Reader:
    """Reads one graph; ``grades`` grows as it goes."""

    def __init__(self, graph: Graph, reading: Reading, with_readout: bool) -> None:
        self.ending: Ending | None = None
        if with_readout and reading.readout in MEMBRANES:
            graph, self.ending = cut(graph, reading.output)
        self.graph, self.reading, self.with_readout = graph, reading, with_readout
        ending = self.ending.name if self.ending else None
        self.neurons = [name for name in graph.named(*NEURONS) if name != ending]
        self._require_ends()
        self.shapes = shapes_of(graph)
        self.names = _population_names(self.neurons)
        self.entries = {name: self._entry(name) for name in self.neurons}
        wanted = [*self.entries.values(), *graph.named(nir.Output)]
        wanted += [self.ending.stage] if self.ending else []
        self.inputs, self.input_size = _input_sections(graph, self.shapes)
        self.reached = {
            name: self._by_population(given)
            for name, given in arrivals(graph, self.shapes, wanted).items()
        }
        self.grades = [
            Grade("neurons and synapses", EXACT, f"under explicit Euler with dt = {reading.dt:g} s")
        ]
        self._grade_inputs()

    def _require_ends(self) -> None:
        graph, count = self.graph, len(self.neurons)
        if not graph.named(nir.Input) or not count:
            raise DescriptionError(
                f"NIR graph with {len(graph.named(nir.Input))} inputs and {count} populations of "
                f"LIF, CubaLIF or IF neurons; give it one input and at least one population."
            )
        if self.reading.unit_jumps and not graph.named(nir.CubaLIF, nir.CubaLI):
            raise DescriptionError(
                "whole jumps were asked for, and no node is a CubaLIF: leave --unit-jumps out."
            )
        if count > MAX_POPULATIONS:
            raise DescriptionError(
                f"NIR graph with {count} populations; at most {MAX_POPULATIONS} are read, each "
                f"takes a core at least."
            )

    def network(self) -> NodeNetwork:
        neurons = {self.names[name]: self._neurons(name) for name in self.neurons}
        arriving = {self.names[name]: self._given(name) for name in self.neurons}
        ways, constants = ways_between(arriving, self.reading.dt, self._read(), self.grades)
        return NodeNetwork(
            self.input_size,
            neurons,
            constants,
            ways,
            self._answering(ways) if self.with_readout and not self.ending else None,
            self.grades,
            self._membrane(self.ending) if self.ending else None,
        )

    def _membrane(self, ending: Ending) -> ReadMembrane:
        node, reading = self.graph.nodes[ending.name], self.reading
        stage = self.graph.nodes[ending.stage] if ending.stage != ending.name else None
        size = self.shapes.channels(ending.name)
        constants = integrators_of(ending.name, node, stage, reading.dt, size, reading.unit_jumps)
        self.grades.append(ending.grade(node, reading.readout))
        return ReadMembrane(ending.name, constants, self.reached[ending.stage])

    def _given(self, name: str) -> Arrivals:
        """What reaches the population of node ``name``."""
        return self.reached[self.entries[name]]

    def _by_population(self, given: Arrivals) -> Arrivals:
        """What reaches a node by the names of populations, all inputs side by side as one."""
        parts: dict[tuple[str, float], LinearMap] = {}
        for (source, late), part in given.parts.items():
            if source not in self.inputs:
                parts[self.names[source], late] = part
                continue
            whole = composed(part, section(*self.inputs[source], self.input_size))
            key = INPUT, late
            parts[key] = added(parts[key], whole) if key in parts else whole
        constants = {
            (frozenset(self.names.get(a, INPUT) for a in sources), late): constant
            for (sources, late), constant in given.constants.items()
        }
        return Arrivals(parts, constants)

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
        node, entry, reading = self.graph.nodes[name], self.entries[name], self.reading
        stage = self.graph.nodes[entry] if entry != name else None
        size = self.shapes.channels(name)
        neurons = neurons_of(name, node, stage, reading.dt, size, reading.unit_jumps, reading.reset)
        given = self._given(name)
        silent = not neurons.drift.any() and not neurons.current_drift.any()
        if not given.parts and not np.any(given.bias) and silent:
            raise DescriptionError(f"NIR node {name!r}: nothing reaches it; connect it.")
        return neurons

    def _grade_inputs(self) -> None:
        for name, axes in self.shapes.leading.items():
            self.grades.append(
                Grade(
                    f"{name}: axes",
                    ASSUMED,
                    f"{axes} in front of {self.shapes.gives[name]} are time or batch",
                )
            )
        if len(self.inputs) > 1:
            where = ", ".join(
                f"{name!r} from channel {start} on" for name, (start, _) in self.inputs.items()
            )
            self.grades.append(Grade("inputs", EXACT, f"side by side by name: {where}"))

    def _read(self) -> list[str]:
        """Populations that outputs hear."""
        read = self.graph.named(nir.Output) + ([self.ending.stage] if self.ending else [])
        heard = [self.reached[name].parts for name in read]
        return [source for parts in heard for source, _ in parts]

    def _answering(self, ways: Ways) -> str:
        outputs = {name: self.reached[name] for name in self.graph.named(nir.Output)}
        name, late = read_population(
            outputs, levels_of(self.names.values(), ways), self.reading.output
        )
        if late:
            reason = f"is read at once, in NIR {late:g} s late"
            self.grades.append(Grade(f"{name}: output", APPROXIMATE, reason))
        return name


def _input_sections(graph: Graph, shapes: Shapes) -> tuple[dict[str, tuple[int, int]], int]:
    """First channel and channels of every Input, side by side by name, and how many in all."""
    sections, total = {}, 0
    for name in sorted(graph.named(nir.Input)):
        sections[name] = total, shapes.channels(name)
        total += shapes.channels(name)
    return sections, total


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
