"""What reaches a NIR node: linear nodes between spikes and neurons, multiplied out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

import nir
import numpy as np

from lava_export.nir.graph import LINEAR, MATRICES, NEURONS, Graph
from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array

SAME = 1e-6  # relative; numbers of other libraries are rounded to float32


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Sums of spikes and constants, each as many seconds late as its key says.

    Attributes:
        parts: By source and delay: weights (target, source), or a diagonal (size,).
        constants: By delay: what is given in every step from then on, (target,).
    """

    parts: dict[tuple[str, float], Array] = field(default_factory=dict)
    constants: dict[float, Array] = field(default_factory=dict)

    @property
    def bias(self) -> Array | float:
        """The constant, once all of it has arrived."""
        return sum(self.constants.values(), start=0.0)


def arrivals(graph: Graph, channels: dict[str, int], wanted: Iterable[str]) -> dict[str, Arrivals]:
    """Everything that each of the ``wanted`` nodes is given.

    Args:
        channels: That every node gives.

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
            leaving[a] if a in linear else _spikes_of(graph, a, channels[a]) for a in hears[name]
        )

    for name in _in_order(linear, hears):
        leaving[name] = _through(name, graph.nodes[name], arriving(name), channels[name])
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
            f"spikes travel between populations: let a LIF, CubaLIF or IF follow it."
        )
    return Arrivals({(name, 0.0): np.ones(channels)})


def _through(name: str, node: Any, given: Arrivals, channels: int) -> Arrivals:
    """What the linear node ``name`` makes of what it is given."""
    if isinstance(node, nir.Delay):
        wait = _one_delay(name, node)
        return Arrivals(
            {(source, late + wait): w for (source, late), w in given.parts.items()},
            {late + wait: constant for late, constant in given.constants.items()},
        )
    if not isinstance(node, (*MATRICES, nir.Scale)):
        return given
    factor = _factor(name, node, channels)
    made = Arrivals(
        {key: _times(factor, weights) for key, weights in given.parts.items()},
        {
            late: factor * constant if factor.ndim == 1 else factor @ constant
            for late, constant in given.constants.items()
        },
    )
    if not isinstance(node, nir.Affine):
        return made
    bias = _finite(name, "biases", node.bias).ravel()
    if bias.size not in (1, channels):
        raise DescriptionError(f"NIR node {name!r}: {bias.size} biases for {channels} channels.")
    return _summed([made, Arrivals({}, {0.0: np.broadcast_to(bias, (channels,))})])


def _factor(name: str, node: Any, channels: int) -> Array:
    """A matrix, or the diagonal of one."""
    if isinstance(node, nir.Scale):
        return np.broadcast_to(_finite(name, "weights", node.scale).ravel(), (channels,))
    return _finite(name, "weights", node.weight)


def _finite(name: str, what: str, value: Any) -> Array:
    array = np.asarray(value, np.float64)
    if not np.isfinite(array).all():
        raise DescriptionError(f"NIR node {name!r} holds {what} that are not finite.")
    return array


def _times(factor: Array, weights: Array) -> Array:
    """Product of matrices of which each may be a diagonal (size,)."""
    if factor.ndim == 2 and weights.ndim == 2:
        return np.asarray(factor @ weights)
    if factor.ndim == 1 and weights.ndim == 2:
        return np.asarray(factor[:, np.newaxis] * weights)
    return np.asarray(factor * weights)


def _summed(several: Iterable[Arrivals]) -> Arrivals:
    total = Arrivals()
    for given in several:
        for key, weights in given.parts.items():
            total.parts[key] = plus(total.parts[key], weights) if key in total.parts else weights
        for late, constant in given.constants.items():
            total.constants[late] = total.constants.get(late, 0.0) + constant
    return total


def plus(one: Array, other: Array) -> Array:
    """Sum of two matrices of which each may be a diagonal (size,)."""
    if one.ndim != other.ndim:
        one, other = (np.diag(w) if w.ndim == 1 else w for w in (one, other))
    return np.asarray(one + other)


def _one_delay(name: str, node: Any) -> float:
    delays = _finite(name, "delays", node.delay)
    shortest, longest = float(delays.min()), float(delays.max())
    if shortest < 0:
        raise DescriptionError(f"NIR node {name!r}: delay {shortest:g} s; it must be >= 0 s.")
    if longest - shortest > SAME * longest:
        raise DescriptionError(
            f"NIR node {name!r}: delays from {shortest:g} to {longest:g} s; a connection has one: "
            f"split it."
        )
    return shortest
