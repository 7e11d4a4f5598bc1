"""A NIR graph as one level of named nodes, and how many channels each takes and gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import nir
import numpy as np

from spikeff.errors import DescriptionError

NEURONS = (nir.LIF, nir.CubaLIF, nir.IF)
CURRENTS = (nir.I, nir.LI)
MATRICES = (nir.Affine, nir.Linear)
MAX_CHANNELS = 2**20  # of one node: as many as the neurons of the largest chip


@dataclass(frozen=True)
class Through:
    """The input or output of a graph inside a graph, which passes on what comes.

    Attributes:
        channels: As its type says.
    """

    channels: int


LINEAR = (*MATRICES, nir.Scale, nir.Delay, nir.Flatten, Through)
KNOWN = (*NEURONS, *CURRENTS, *LINEAR, nir.Input, nir.Output)
Edge = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes that all lie on one level.

    Attributes:
        nodes: By name; those of a graph inside the graph have its name and a dot in front.
        edges: Pairs of names, each once.
    """

    nodes: dict[str, Any]
    edges: tuple[Edge, ...]

    def named(self, *kinds: type) -> list[str]:
        """Names of the nodes of these kinds."""
        return [name for name, node in self.nodes.items() if isinstance(node, kinds)]

    def sources(self, name: str) -> list[str]:
        """Nodes that the node ``name`` hears."""
        return [a for a, b in self.edges if b == name]


def flattened(graph: Any) -> Graph:
    """Take the graphs inside a graph apart.

    Raises:
        DescriptionError: A node is not supported or several share a name, or an edge ends nowhere
            or is given twice; the message gives the names.
    """
    nodes: dict[str, Any] = {}
    edges = [(str(a), str(b)) for a, b in graph.edges]
    for name, node in graph.nodes.items():
        if isinstance(node, nir.NIRGraph):
            inner, inner_edges, (entry, exit_) = _opened(name, node)
            edges = [(exit_ if a == name else a, entry if b == name else b) for a, b in edges]
            edges += inner_edges
        else:
            _require_known(name, node)
            inner = {name: node}
        for key, part in inner.items():
            if key in nodes:
                raise DescriptionError(f"NIR graph has two nodes {key!r}; rename one of them.")
            nodes[key] = part
    _require_ends(nodes, edges)
    return Graph(nodes, tuple(edges))


def _opened(name: str, graph: Any) -> tuple[dict[str, Any], list[Edge], Edge]:
    """Nodes and edges of a graph inside a graph, and the nodes where one enters and leaves it."""
    inner = flattened(graph)
    ends = [inner.named(nir.Input), inner.named(nir.Output)]
    if [len(found) for found in ends] != [1, 1]:
        raise DescriptionError(
            f"NIR graph {name!r} has {len(ends[0])} inputs and {len(ends[1])} outputs; give it one "
            f"of each."
        )
    nodes = {
        f"{name}.{key}": Through(declared_channels(key, node))
        if isinstance(node, (nir.Input, nir.Output))
        else node
        for key, node in inner.nodes.items()
    }
    edges = [(f"{name}.{a}", f"{name}.{b}") for a, b in inner.edges]
    return nodes, edges, (f"{name}.{ends[0][0]}", f"{name}.{ends[1][0]}")


def _require_known(name: str, node: Any) -> None:
    if not isinstance(node, KNOWN):
        supported = ", ".join(sorted(kind.__name__ for kind in KNOWN if kind is not Through))
        raise DescriptionError(
            f"NIR node {name!r} is a {type(node).__name__}, which is not supported; supported are "
            f"{supported}. Multiply a convolution out to a Linear, or leave the node out."
        )


def _require_ends(nodes: dict[str, Any], edges: Iterable[Edge]) -> None:
    for (a, b), times in Counter(edges).items():
        missing = [end for end in (a, b) if end not in nodes]
        if missing:
            raise DescriptionError(f"NIR edge {a!r} -> {b!r}: there is no node {missing[0]!r}.")
        if times > 1:
            raise DescriptionError(f"NIR edge {a!r} -> {b!r} is given {times} times; give it once.")


def declared_channels(name: str, node: Any) -> int:
    """Channels of a node that says no more than the shape of what passes through it."""
    shape = next(iter(node.input_type.values()))
    sizes = [int(n) for n in np.ravel(shape)]
    channels = int(np.prod(sizes, dtype=object)) if sizes else 1
    if min(sizes, default=1) < 1 or channels > MAX_CHANNELS:
        raise DescriptionError(
            f"NIR node {name!r}: shape {tuple(sizes)}; a node has 1 to {MAX_CHANNELS} channels."
        )
    return channels


def channels_of(graph: Graph) -> dict[str, int]:
    """Channels that every node gives.

    Nodes whose constants are single numbers stand for as many channels as reach them.

    Raises:
        DescriptionError: A node is given another number of channels than it takes.
    """
    own = {name: _own_channels(name, node) for name, node in graph.nodes.items()}
    gives = {name: ends[1] for name, ends in own.items() if ends[1] is not None}
    after: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for a, b in graph.edges:
        after[a].append(b)
    waiting = list(gives)
    while waiting:
        name = waiting.pop()
        for other in after[name]:
            if other not in gives:
                gives[other] = gives[name]
                waiting.append(other)
    channels = dict.fromkeys(graph.nodes, 1) | gives
    for a, b in graph.edges:
        takes = own[b][0] or channels[b]
        if channels[a] != takes:
            raise DescriptionError(
                f"NIR edge {a!r} -> {b!r}: {channels[a]} channels meet {takes}; a node is missing "
                f"between them or has the wrong size."
            )
    return channels


def _own_channels(name: str, node: Any) -> tuple[int | None, int | None]:
    """Channels that a node takes and gives by itself; None where these are what reaches it."""
    if isinstance(node, Through):
        return node.channels, node.channels
    if isinstance(node, (nir.Input, nir.Output)):
        declared = declared_channels(name, node)
        return declared, declared
    if isinstance(node, nir.Flatten):
        known = node.input_type["input"] is not None
        return (declared_channels(name, node),) * 2 if known else (None, None)
    if isinstance(node, MATRICES):
        if np.ndim(node.weight) != 2:
            raise DescriptionError(
                f"NIR node {name!r}: weights of shape {np.shape(node.weight)}; give it a matrix."
            )
        rows, columns = node.weight.shape
        return columns, rows
    return (_most_constants(name, node),) * 2


def _most_constants(name: str, node: Any) -> int | None:
    sizes = {np.size(value) for value in vars(node).values() if isinstance(value, np.ndarray)}
    several = sorted(sizes - {1})
    if len(several) > 1 or 0 in several:
        raise DescriptionError(
            f"NIR node {name!r} holds {' and '.join(map(str, several))} constants; give it one of "
            f"each kind for every neuron."
        )
    return several[0] if several else None
