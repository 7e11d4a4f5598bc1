"""What reaches a NIR node: linear nodes between spikes and neurons, multiplied out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import nir
import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array

NEURONS = (nir.LIF, nir.CubaLIF, nir.IF)
CURRENTS = (nir.I, nir.LI)
LINEAR = (nir.Affine, nir.Linear, nir.Scale, nir.Delay, nir.Flatten)
KNOWN = (*NEURONS, *CURRENTS, *LINEAR, nir.Input, nir.Output)


@dataclass(frozen=True, eq=False)
class Arrival:
    """Spikes of ``source`` times ``weights``, ``delay`` seconds late.

    Attributes:
        weights: (target, source), or on a diagonal (size,), where (1,) broadcasts to any size.
    """

    source: str
    weights: Array
    delay: float


@dataclass(frozen=True, eq=False)
class Arrivals:
    """All that reaches a node, and a constant (target,) beside it."""

    parts: tuple[Arrival, ...]
    bias: Array | float


def flattened(graph: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Nodes and edges with graphs inside the graph taken apart; names joined by dots.

    Raises:
        DescriptionError: A node is not supported; the message gives its name and type.
    """
    nodes: dict[str, Any] = {}
    edges = [(str(a), str(b)) for a, b in graph.edges]
    for name, node in graph.nodes.items():
        if not isinstance(node, nir.NIRGraph):
            _require_known(name, node)
            nodes[name] = node
            continue
        inner_nodes, inner_edges = flattened(node)
        ends = {nir.Input: "", nir.Output: ""}
        for inner, part in inner_nodes.items():
            if type(part) in ends:
                if ends[type(part)]:
                    raise DescriptionError(
                        f"NIR graph {name!r} has several inputs or outputs; give it one of each."
                    )
                ends[type(part)] = f"{name}.{inner}"
            # Inside a graph its input and output only pass on what comes.
            shape = next(iter(part.output_type.values()))
            passing = type(part) in ends
            nodes[f"{name}.{inner}"] = nir.Scale(np.ones(int(np.prod(shape)))) if passing else part
        edges = [
            (ends[nir.Output] if a == name else a, ends[nir.Input] if b == name else b)
            for a, b in edges
        ]
        edges += [(f"{name}.{a}", f"{name}.{b}") for a, b in inner_edges]
    return nodes, edges


def _require_known(name: str, node: Any) -> None:
    if not isinstance(node, KNOWN):
        supported = ", ".join(sorted(kind.__name__ for kind in KNOWN))
        raise DescriptionError(
            f"NIR node {name!r} is a {type(node).__name__}, which is not supported; supported are "
            f"{supported}. Multiply a convolution out to a Linear, or leave the node out."
        )


def arrivals(
    nodes: dict[str, Any], edges: Sequence[tuple[str, str]], name: str, seen: tuple[str, ...] = ()
) -> Arrivals:
    """Everything that the node ``name`` is given."""
    parts: list[Arrival] = []
    bias: Array | float = 0.0
    for source in [a for a, b in edges if b == name]:
        if source in seen and isinstance(nodes[source], LINEAR):
            raise DescriptionError(
                f"NIR nodes {', '.join(map(repr, (*seen, source)))} form a loop without a neuron; "
                f"put a neuron into it."
            )
        upstream = _leaving(nodes, edges, source, (*seen, name))
        parts += upstream.parts
        bias = bias + upstream.bias
    return Arrivals(tuple(parts), bias)


def size_of(node: Any) -> int:
    """Neurons or channels of a node; 1 where its constants are scalars."""
    return int(np.prod(next(iter(node.output_type.values()))))


def _leaving(
    nodes: dict[str, Any], edges: Sequence[tuple[str, str]], name: str, seen: tuple[str, ...]
) -> Arrivals:
    """What the node ``name`` passes on."""
    node = nodes[name]
    if isinstance(node, (*NEURONS, nir.Input)):
        return Arrivals((Arrival(name, np.ones(size_of(node)), 0.0),), 0.0)
    if not isinstance(node, LINEAR):
        raise DescriptionError(
            f"NIR node {name!r} is a {type(node).__name__} whose graded output is used; only "
            f"spikes travel between populations: let a LIF, CubaLIF or IF follow it."
        )
    below = arrivals(nodes, edges, name, seen)
    if isinstance(node, nir.Delay):
        wait = _one_delay(name, node)
        return Arrivals(tuple(Arrival(p.source, p.weights, p.delay + wait) for p in below.parts), 0)
    if isinstance(node, nir.Flatten):
        return below
    factor = np.asarray(node.scale if isinstance(node, nir.Scale) else node.weight, np.float64)
    if not np.isfinite(factor).all():
        raise DescriptionError(f"NIR node {name!r} holds weights that are not finite.")
    if factor.ndim > 2:
        raise DescriptionError(
            f"NIR node {name!r}: weights of shape {factor.shape}; give it a matrix."
        )
    parts = tuple(Arrival(p.source, _times(factor, p.weights), p.delay) for p in below.parts)
    constant = np.broadcast_to(below.bias, factor.shape[-1:])
    bias = factor * constant if factor.ndim == 1 else factor @ constant
    if isinstance(node, nir.Affine):
        bias = bias + np.asarray(node.bias, np.float64)
    return Arrivals(parts, bias)


def _times(factor: Array, weights: Array) -> Array:
    """Product of matrices of which each may be a diagonal (size,)."""
    inner = factor.shape[-1]
    if weights.shape[0] not in (1, inner) and inner != 1:
        raise DescriptionError(
            f"NIR weights of shape {factor.shape} meet {weights.shape[0]} channels; a node is "
            f"missing between them or has the wrong size."
        )
    if factor.ndim == 2 and weights.ndim == 2:
        return np.asarray(factor @ weights)
    if factor.ndim == 1 and weights.ndim == 2:
        return np.asarray(factor[:, np.newaxis] * weights)
    return np.asarray(factor * weights)


def _one_delay(name: str, node: Any) -> float:
    delays = np.unique(np.asarray(node.delay, np.float64))
    if len(delays) != 1:
        raise DescriptionError(
            f"NIR node {name!r}: {len(delays)} different delays; a connection has one: split it."
        )
    return float(delays[0])
