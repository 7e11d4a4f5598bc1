"""The shape of what every node of a graph takes and gives.

Nodes whose constants are single numbers stand for as many channels as reach them. The shape of an
Input may begin with axes of time or batch: what hears it says how many channels there are.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import Any

import nir
import numpy as np

from lava_export.nir.graph import GRIDS, MATRICES, MAX_CHANNELS, Graph, Through
from lava_export.nir.linear.nodes import AXES, Shape, read_linear, source_grid
from spikeff.errors import DescriptionError


@dataclass(frozen=True, eq=False)
class Shapes:
    """Shapes of a graph's signals.

    Attributes:
        takes: Of what reaches every node.
        gives: Of what leaves it.
        leading: Axes in front of the channels of an Input, which were taken for time or batch.
    """

    takes: dict[str, Shape]
    gives: dict[str, Shape]
    leading: dict[str, Shape]

    def channels(self, name: str) -> int:
        """Channels that the node ``name`` gives."""
        return math.prod(self.gives[name])


def shapes_of(graph: Graph) -> Shapes:
    """Shapes of all nodes.

    Raises:
        DescriptionError: A node is given another number of channels than it takes.
    """
    after: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for a, b in graph.edges:
        after[a].append(b)
    inputs = {name: _input_shape(graph, after, name) for name in graph.named(nir.Input)}
    gives = {name: _alone(name, node) for name, node in graph.nodes.items()} | {
        name: shape for name, (shape, _) in inputs.items()
    }
    known = {name: shape for name, shape in gives.items() if shape is not None}
    takes: dict[str, Shape] = {}
    waiting = deque(known)
    while waiting:
        name = waiting.popleft()
        for other in after[name]:
            takes.setdefault(other, known[name])
            if other not in known:
                known[other] = _given(other, graph.nodes[other], known[name])
                waiting.append(other)
    shapes = Shapes(
        {name: takes.get(name, (1,)) for name in graph.nodes},
        {name: known.get(name, (1,)) for name in graph.nodes},
        {name: leading for name, (_, leading) in inputs.items() if math.prod(leading) > 1},
    )
    _require_meeting(graph, shapes)
    return shapes


def _require_meeting(graph: Graph, shapes: Shapes) -> None:
    for a, b in graph.edges:
        given = shapes.channels(a)
        needed = _needed(b, graph.nodes[b], shapes)
        if given not in needed:
            raise DescriptionError(
                f"NIR edge {a!r} -> {b!r}: {given} channels meet {needed[0]}; a node is missing "
                f"between them or has the wrong size."
            )


def _needed(name: str, node: Any, shapes: Shapes) -> list[int]:
    """Numbers of channels that a node may be given."""
    if isinstance(node, nir.Output):
        shape = declared_shape(name, node)
        return [math.prod(shape[k:]) for k in range(max(len(shape), 1))]
    own = _takes_channels(name, node)
    return [own if own is not None else math.prod(shapes.takes[name])]


def _takes_channels(name: str, node: Any) -> int | None:
    """Channels that a node takes by itself; None where these are what reaches it."""
    if isinstance(node, MATRICES):
        if np.ndim(node.weight) != 2:
            raise DescriptionError(
                f"NIR node {name!r}: weights of shape {np.shape(node.weight)}; give it a matrix."
            )
        return int(node.weight.shape[1])
    if isinstance(node, GRIDS):
        grid = source_grid(name, node, None)
        return None if grid is None else math.prod(grid)
    shape = None if isinstance(node, Through | nir.Flatten) else _constants_shape(name, node)
    return None if shape is None else math.prod(shape)


def _alone(name: str, node: Any) -> Shape | None:
    """Shape of what a node gives whatever reaches it; None where that decides."""
    if isinstance(node, MATRICES):
        _takes_channels(name, node)
        return (int(node.weight.shape[0]),)
    if isinstance(node, GRIDS):
        grid = source_grid(name, node, None)
        return None if grid is None else read_linear(node, name, grid).gives
    if isinstance(node, Through | nir.Flatten | nir.Input | nir.Output):
        return None
    return _constants_shape(name, node)


def _given(name: str, node: Any, arriving: Shape) -> Shape:
    """Shape of what a node gives that is given ``arriving``."""
    if isinstance(node, GRIDS):
        grid = source_grid(name, node, arriving)
        assert grid is not None
        return read_linear(node, name, grid).gives
    if isinstance(node, Through):
        return node.shape if math.prod(node.shape) == math.prod(arriving) else arriving
    return (math.prod(arriving),) if isinstance(node, nir.Flatten) else arriving


def _constants_shape(name: str, node: Any) -> Shape | None:
    """Shape of the constants of a node; None where they are single numbers."""
    if isinstance(node, nir.Input | nir.Output):
        return None
    # Libraries leave tensors of their own in graphs that were not written yet.
    arrays = [np.asarray(value) for value in vars(node).values() if hasattr(value, "__array__")]
    several = sorted({value.size for value in arrays} - {1})
    if len(several) > 1 or 0 in several:
        raise DescriptionError(
            f"NIR node {name!r} holds {' and '.join(map(str, several))} constants; give it one of "
            f"each kind for every neuron."
        )
    return next((value.shape for value in arrays if value.size > 1), None)


def _input_shape(graph: Graph, after: dict[str, list[str]], name: str) -> tuple[Shape, Shape]:
    """Shape of an Input's channels, and the axes in front of them."""
    shape = declared_shape(name, graph.nodes[name])
    for size, axes in _asked(graph, after, name):
        tails = [k for k in range(len(shape)) if axes in (None, len(shape) - k)]
        fits = [k for k in tails if size in (None, math.prod(shape[k:]))]
        if fits:
            return few_channels(name, shape[fits[0] :]), shape[: fits[0]]
    return few_channels(name, shape), ()


def _asked(
    graph: Graph, after: dict[str, list[str]], name: str
) -> list[tuple[int | None, int | None]]:
    """Channels or axes that the nodes behind an Input ask for."""
    asked: list[tuple[int | None, int | None]] = []
    seen, waiting = {name}, deque(after[name])
    while waiting:
        other = waiting.popleft()
        if other in seen:
            continue
        seen.add(other)
        node = graph.nodes[other]
        size = _takes_channels(other, node)
        if size is not None:
            asked.append((size, None))
        elif isinstance(node, GRIDS):
            asked.append((None, AXES[type(node)]))
        elif not isinstance(node, nir.Output):
            waiting.extend(after[other])
    return asked


def declared_shape(name: str, node: Any) -> Shape:
    """What an Input, an Output or the end of a graph says of what passes through it."""
    shape = next(iter(node.input_type.values()))
    sizes = tuple(int(n) for n in np.ravel(shape)) if shape is not None else ()
    return few_channels(name, sizes or (1,), most=None)


def few_channels(name: str, shape: Shape, most: int | None = MAX_CHANNELS) -> Shape:
    """``shape``, unless a node of it has no channels or more than ``most``."""
    if min(shape) < 1 or (most is not None and math.prod(shape) > most):
        raise DescriptionError(
            f"NIR node {name!r}: shape {shape}; a node has 1 to {MAX_CHANNELS} channels."
        )
    return shape
