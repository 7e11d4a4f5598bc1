"""What reaches a NIR node: linear nodes between spikes and neurons, multiplied out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

import nir
import numpy as np

from lava_export.nir.graph import GRIDS, LINEAR, NEURONS, Graph
from lava_export.nir.linear.maps import (
    LinearMap,
    added,
    composed,
    identity,
    masked,
    require_finite,
)
from lava_export.nir.linear.nodes import Linear, read_linear, source_grid
from lava_export.nir.sizes import Shapes
from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array

SAME = 1e-6  # relative; numbers of other libraries are rounded to float32
Sources = frozenset[str]


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Sums of spikes and constants, each as many seconds late as its key says.

    Attributes:
        parts: By source and delay.
        constants: By the sources whose spikes take the same way, and delay: what is given in every
            step from then on, (target,).
    """

    parts: dict[tuple[str, float], LinearMap] = field(default_factory=dict)
    constants: dict[tuple[Sources, float], Array] = field(default_factory=dict)

    @property
    def bias(self) -> Array | float:
        """The constant, once all of it has arrived."""
        return sum(self.constants.values(), start=0.0)

    @property
    def sources(self) -> Sources:
        """Whose spikes there are."""
        return frozenset(source for source, _ in self.parts)


def arrivals(graph: Graph, shapes: Shapes, wanted: Iterable[str]) -> dict[str, Arrivals]:
    """Everything that each of the ``wanted`` nodes is given.

    Args:
        graph: The nodes on one level.
        shapes: Of their signals.
        wanted: Nodes that are asked for.

    Raises:
        DescriptionError: Linear nodes form a loop, or something graded reaches a node.
    """
    hears: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for a, b in graph.edges:
        hears[b].append(a)
    linear = set(graph.named(*LINEAR))
    leaving: dict[str, Arrivals] = {}

    def arriving(name: str) -> Arrivals:
        return _summed(
            leaving[a] if a in linear else _spikes_of(graph, a, shapes.channels(a))
            for a in hears[name]
        )

    for name in _in_order(linear, hears):
        leaving[name] = _through(name, graph.nodes[name], arriving(name), shapes)
    return {name: arriving(name) for name in wanted}


def _in_order(linear: set[str], hears: dict[str, list[str]]) -> list[str]:
    """The linear nodes, each behind those that it hears."""
    heard = {name: [a for a in hears[name] if a in linear] for name in sorted(linear)}
    try:
        return list(TopologicalSorter(heard).static_order())
    except CycleError as error:
        loop = ", ".join(map(repr, error.args[1]))
        raise DescriptionError(
            f"NIR nodes {loop} form a loop without a neuron; put a neuron into it."
        ) from None


def _spikes_of(graph: Graph, name: str, channels: int) -> Arrivals:
    node = graph.nodes[name]
    if not isinstance(node, (*NEURONS, nir.Input)):
        raise DescriptionError(
            f"NIR node {name!r} is a {type(node).__name__} whose graded output is used; only "
            f"spikes travel between populations: let a LIF, CubaLIF, IF or Threshold follow it, or "
            f"read the potential of the last node (--readout last-membrane or largest-membrane)."
        )
    return Arrivals({(name, 0.0): identity(channels)})


def _through(name: str, node: Any, given: Arrivals, shapes: Shapes) -> Arrivals:
    """What the linear node ``name`` makes of what it is given."""
    if isinstance(node, nir.Delay):
        return _delayed(name, node, given, shapes.channels(name))
    read = _linear(name, node, shapes)
    made = Arrivals(
        {key: composed(read.map, part) for key, part in given.parts.items()},
        {key: read.map.applied(constant) for key, constant in given.constants.items()},
    )
    if read.bias is None:
        return made
    return _summed([made, Arrivals({}, {(given.sources, 0.0): read.bias})])


def _linear(name: str, node: Any, shapes: Shapes) -> Linear:
    arriving = shapes.takes[name]
    if isinstance(node, GRIDS):
        arriving = source_grid(name, node, arriving) or arriving
    return read_linear(node, name, arriving)


def _summed(several: Iterable[Arrivals]) -> Arrivals:
    total = Arrivals()
    for given in several:
        for key, part in given.parts.items():
            total.parts[key] = added(total.parts[key], part) if key in total.parts else part
        for place, constant in given.constants.items():
            total.constants[place] = total.constants.get(place, 0.0) + constant
    return total


def _delayed(name: str, node: Any, given: Arrivals, channels: int) -> Arrivals:
    """Each channel as late as its delay; channels that wait alike stay together."""
    waits = require_finite(name, "delays", node.delay).ravel()
    if (waits < 0).any():
        raise DescriptionError(f"NIR node {name!r}: delay {waits.min():g} s; it must be >= 0 s.")
    groups = alike(np.broadcast_to(waits, (channels,)))
    parts = []
    for wait, chosen in groups:
        keeps = np.zeros(channels, np.bool_)
        keeps[chosen] = True
        parts.append(
            Arrivals(
                {(a, t + wait): masked(part, keeps) for (a, t), part in given.parts.items()},
                {(a, t + wait): c * keeps for (a, t), c in given.constants.items()},
            )
        )
    return _summed(parts)


def alike(values: Array) -> list[tuple[float, Array]]:
    """Numbers that are the same but for rounding, with the places of each, (some,)."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    ends = np.flatnonzero(np.diff(ordered) > SAME * np.abs(ordered[1:])) + 1
    return [(float(values[part[0]]), np.sort(part)) for part in np.split(order, ends)]
