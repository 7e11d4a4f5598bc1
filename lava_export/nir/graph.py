"""A NIR graph as one level of named nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import nir
import numpy as np

from spikeff.errors import DescriptionError

NEURONS = (nir.LIF, nir.CubaLIF, nir.IF, nir.Threshold)
CURRENTS = (nir.I, nir.LI, nir.CubaLI)
MATRICES = (nir.Affine, nir.Linear)
GRIDS = (nir.Conv1d, nir.Conv2d, nir.SumPool2d, nir.AvgPool2d)
MAX_CHANNELS = 2**20  # of one node: as many as the neurons of the largest chip


@dataclass(frozen=True)
class Through:
    """The input or output of a graph inside a graph, which passes on what comes.

    Attributes:
        shape: As its type says.
    """

    shape: tuple[int, ...]


LINEAR = (*MATRICES, *GRIDS, nir.Scale, nir.Delay, nir.Flatten, Through)
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
        f"{name}.{key}": Through(_declared(node))
        if isinstance(node, (nir.Input, nir.Output))
        else node
        for key, node in inner.nodes.items()
    }
    edges = [(f"{name}.{a}", f"{name}.{b}") for a, b in inner.edges]
    return nodes, edges, (f"{name}.{ends[0][0]}", f"{name}.{ends[1][0]}")


def _declared(node: Any) -> tuple[int, ...]:
    shape = next(iter(node.input_type.values()))
    return tuple(int(n) for n in np.ravel(shape)) if shape is not None else ()


def _require_known(name: str, node: Any) -> None:
    if not isinstance(node, KNOWN):
        supported = ", ".join(sorted(kind.__name__ for kind in KNOWN if kind is not Through))
        raise DescriptionError(
            f"NIR node {name!r} is a {type(node).__name__}, which is not supported; supported are "
            f"{supported}. Write what it does with these, or leave it out."
        )


def _require_ends(nodes: dict[str, Any], edges: Iterable[Edge]) -> None:
    for (a, b), times in Counter(edges).items():
        missing = [end for end in (a, b) if end not in nodes]
        if missing:
            raise DescriptionError(f"NIR edge {a!r} -> {b!r}: there is no node {missing[0]!r}.")
        if times > 1:
            raise DescriptionError(f"NIR edge {a!r} -> {b!r} is given {times} times; give it once.")
