"""NIR graphs, ours or made elsewhere, as descriptions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import nir
import numpy as np

from lava_export.nir.arrivals import CURRENTS, NEURONS, arrivals, flattened, size_of
from lava_export.nir.file import APPROXIMATE, EXACT, Grade, metadata_of
from lava_export.nir.metadata import DAMAGE, trusting_metadata, version_of, with_metadata
from lava_export.nir.neurons import Neurons, neurons_of
from spikeff.errors import DescriptionError, FileFormatError
from spikeff.ir.arrays import Array
from spikeff.ir.codes import InputCode, Readout
from spikeff.ir.connectivity import DENSE, ONE_TO_ONE, Connection
from spikeff.ir.io.serialise import MAX_STEPS
from spikeff.ir.network import INPUT, NetworkDescription, Population


@dataclass(frozen=True)
class Imported:
    """A network from NIR, and how each aspect came through."""

    description: NetworkDescription
    grades: tuple[Grade, ...]


def import_description(
    graph: Any, dt: float | None = None, steps: int | None = None, unit_jumps: bool = False
) -> Imported:
    """Read a NIR graph as a description.

    Args:
        dt: Seconds per step; our own files have it in their metadata.
        steps: Steps per sample; our own files have it in their metadata.
        unit_jumps: CubaLIF nodes whose library adds whole weights to the current (Norse's LIFCell
            writes w_in = 1 and means this) instead of ``w_in dt / tau_syn`` of them.

    Raises:
        DescriptionError: A node cannot be given to a chip; the message names it.
    """
    table = metadata_of(graph) or {}
    network = table.get("network") or {}
    if not isinstance(network, dict):
        raise FileFormatError("the NIR graph's spikeff metadata hold no table 'network'.")
    dt = dt if dt is not None else network.get("dt")
    steps = steps if steps is not None else network.get("steps")
    if dt is None or steps is None:
        raise DescriptionError(
            "a NIR graph has no time step and no sample length; pass --dt SECONDS and --steps N."
        )
    if isinstance(dt, bool) or not isinstance(dt, int | float) or not 0 < dt < math.inf:
        raise DescriptionError(f"dt = {dt!r}; a NIR graph's time step must be > 0 s.")
    if type(steps) is not int or not 1 <= steps <= MAX_STEPS:
        raise DescriptionError(f"steps = {steps!r}; a sample has 1 to {MAX_STEPS} steps.")
    try:
        reader = _Reader(graph, dt, unit_jumps)
        populations, connections = reader.read()
    except DAMAGE as error:
        raise DescriptionError(
            f"the NIR graph's nodes do not fit together ({type(error).__name__}: {error})."
        ) from None
    description = NetworkDescription(
        steps=steps,
        dt=dt,
        input=InputCode("spikes", reader.input_size, 0.5, steps),
        labels=None,
        populations=populations,
        connections=connections,
        readout=reader.readout(),
        dataset="",
        provenance={"imported from": f"NIR {nir.version}"},
    )
    if network:
        with trusting_metadata():
            description = with_metadata(description, graph, network, version_of(table))
    return Imported(description, tuple(reader.grades))


class _Reader:
    """Takes one graph apart."""

    def __init__(self, graph: Any, dt: float, unit_jumps: bool) -> None:
        self.dt = dt
        self.unit_jumps = unit_jumps
        self.nodes, self.edges = flattened(graph)
        self.inputs = [n for n, node in self.nodes.items() if isinstance(node, nir.Input)]
        self.neurons = [n for n, node in self.nodes.items() if isinstance(node, NEURONS)]
        if len(self.inputs) != 1 or not self.neurons:
            raise DescriptionError(
                f"NIR graph with {len(self.inputs)} inputs and {len(self.neurons)} populations of "
                f"LIF, CubaLIF or IF neurons; give it one input and at least one population."
            )
        self.grades = [
            Grade("neurons and synapses", EXACT, f"under explicit Euler with dt = {dt:g} s")
        ]
        self.reached = {n: arrivals(self.nodes, self.edges, self._entry(n)) for n in self.neurons}
        for name, arriving in self.reached.items():
            if not arriving.parts and not np.any(arriving.bias):
                raise DescriptionError(f"NIR node {name!r}: nothing reaches it; connect it.")
        self.depths = self._depths()
        self.order = sorted(self.neurons, key=lambda name: self.depths[name])
        self.sizes = self._sizes()

    @property
    def input_size(self) -> int:
        """Channels of the input."""
        return int(np.prod(self.nodes[self.inputs[0]].input_type["input"]))

    def read(self) -> tuple[tuple[Population, ...], tuple[Connection, ...]]:
        """Populations in an order in which they can be evaluated, and their connections."""
        populations, connections = [], []
        for name in self.order:
            neurons = self._neurons(name)
            populations.append(self._population(name, neurons))
            connections += self._connections(name, neurons)
        return tuple(populations), tuple(connections)

    def _entry(self, name: str) -> str:
        """The node that synapses of a population end at: its current stage, if it has one."""
        sources = [a for a, b in self.edges if b == name]
        stages = [a for a in sources if isinstance(self.nodes[a], CURRENTS)]
        if stages and len(sources) > 1:
            raise DescriptionError(
                f"NIR node {name!r} hears {stages[0]!r} and others; a membrane has one current."
            )
        return stages[0] if stages else name

    def _neurons(self, name: str) -> Neurons:
        entry = self._entry(name)
        stage = self.nodes[entry] if entry != name else None
        neurons = neurons_of(name, self.nodes[name], stage, self.dt, self.sizes[name])
        if self.unit_jumps and isinstance(self.nodes[name], nir.CubaLIF):
            neurons = replace(neurons, gain=neurons.gain * (neurons.tau_syn / self.dt))
        if isinstance(self.nodes[name], nir.IF):
            self._grade(name, "no leak", "the membrane leaks 2^-16 per step, in integers nothing")
        return neurons

    def _population(self, name: str, neurons: Neurons) -> Population:
        leak, bias = neurons.v_leak, self.reached[name].bias
        if np.any(bias):
            if neurons.bias_gain is None:
                raise DescriptionError(
                    f"NIR node {name!r}: a bias into a current or membrane without leak grows "
                    f"without bound over a sample; remove it."
                )
            leak = leak + neurons.bias_gain * bias
            if neurons.lag:
                self._grade(name, "bias", "acts at once here, in NIR after a rise of tau_syn")
        return Population(
            name=name,
            size=len(neurons.gain),
            depth=self.depths[name],
            tau_syn=neurons.tau_syn,
            tau_mem=neurons.tau_mem,
            v_th=neurons.v_th,
            v_leak=leak,
            column_size=1,
        )

    def _connections(self, name: str, neurons: Neurons) -> list[Connection]:
        """One connection per source and delay, gains folded in."""
        summed: dict[tuple[str, int], Array] = {}
        for part in self.reached[name].parts:
            source = INPUT if part.source == self.inputs[0] else part.source
            delay = self._steps(name, part.delay)
            if source != INPUT and self.depths[source] >= self.depths[name] and delay == 0:
                delay = 1
                self._grade(f"{source}->{name}", "feedback", "takes one step, as in Norse")
            diagonal = part.weights.ndim == 1
            gain = neurons.gain if diagonal else neurons.gain[:, np.newaxis]
            key, weights = (source, delay), part.weights * gain
            if key in summed and summed[key].ndim != weights.ndim:
                summed[key], weights = (
                    np.diag(w) if w.ndim == 1 else w for w in (summed[key], weights)
                )
            summed[key] = summed[key] + weights if key in summed else weights
        return [
            Connection(source, name, DENSE if w.ndim == 2 else ONE_TO_ONE, w, delay)
            for (source, delay), w in summed.items()
        ]

    def _sizes(self) -> dict[str, int]:
        """Neurons of every population, where scalars describe layers from their input."""
        sizes = {self.inputs[0]: self.input_size}
        for name in self.order:
            widths = [size_of(self.nodes[name])]
            for part in self.reached[name].parts:
                rows = part.weights.shape[0]
                spread = rows == 1 and part.weights.ndim == 1
                widths.append(sizes.get(part.source, 1) if spread else rows)
            sizes[name] = max(widths)
        return sizes

    def _steps(self, name: str, seconds: float) -> int:
        steps = round(seconds / self.dt)
        if abs(steps * self.dt - seconds) > 1e-6 * self.dt:
            self._grade(name, "delay", f"{seconds:g} s is no whole number of steps; {steps} taken")
        return steps

    def _depths(self) -> dict[str, int]:
        """Longest way from the input, feedback left out."""
        depths: dict[str, int] = {}

        def depth(name: str, path: tuple[str, ...]) -> int:
            if name not in depths:
                sources = {p.source for p in self.reached[name].parts} - set(self.inputs)
                forward = [depth(s, (*path, name)) for s in sources if s not in (*path, name)]
                depths[name] = 1 + max(forward, default=-1)
            return depths[name]

        for name in self.neurons:
            depth(name, ())
        return depths

    def _grade(self, item: str, what: str, reason: str) -> None:
        self.grades.append(Grade(f"{item}: {what}", APPROXIMATE, reason))

    def readout(self) -> Readout:
        """The output neuron with the most spikes, or all neurons of the last populations."""
        sources = [a for a, b in self.edges if isinstance(self.nodes[b], nir.Output)]
        silent = [name for name in sources if name not in self.neurons]
        if silent:
            raise DescriptionError(
                f"NIR output hears {silent[0]!r}, a {type(self.nodes[silent[0]]).__name__}; only "
                f"spikes leave a chip: let the network end in LIF, CubaLIF or IF."
            )
        last = sources[0] if sources else self.order[-1]
        size = self.sizes[last]
        return Readout(
            kind="class_columns",
            goodness="rate",
            beta=0.0,
            classes=size,
            populations=(last,),
            softmax_weights=np.zeros((size, size)),
            softmax_bias=np.zeros(size),
        )
