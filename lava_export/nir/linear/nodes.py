"""What NIR's linear nodes do to a signal of a known shape, by the type of the node."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import nir
import numpy as np

from lava_export.nir.linear.maps import LinearMap, diagonal, identity, matrix, require_finite
from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import AvgPool2d, Conv2d, SumPool2d
from spikeff.ir.sizes import require_few

Shape = tuple[int, ...]
AXES = {nir.Conv1d: 2, nir.Conv2d: 3, nir.SumPool2d: 3, nir.AvgPool2d: 3}


@dataclass(frozen=True, eq=False)
class Linear:
    """A node as a map.

    Attributes:
        map: Of the channels that arrive.
        gives: Shape of what leaves it.
        bias: What is added in every step, (out,); None for nothing.
    """

    map: LinearMap
    gives: Shape
    bias: Array | None = None


@singledispatch
def read_linear(node: Any, name: str, arriving: Shape) -> Linear:
    """A node that passes on what it is given: Flatten, Delay, the ends of graphs.

    Args:
        node: A linear node.
        name: Its name, for errors.
        arriving: Shape of what it is given.

    Raises:
        DescriptionError: The node is not whole or does not fit what arrives; names it.
    """
    size = math.prod(arriving)
    return Linear(identity(size), (size,) if isinstance(node, nir.Flatten) else arriving)


@read_linear.register
def _(node: nir.Linear, name: str, arriving: Shape) -> Linear:
    weights = _weights(name, node, 2)
    return Linear(matrix(weights), (len(weights),))


@read_linear.register
def _(node: nir.Affine, name: str, arriving: Shape) -> Linear:
    weights = _weights(name, node, 2)
    return Linear(matrix(weights), (len(weights),), _bias(name, node, len(weights)))


@read_linear.register
def _(node: nir.Scale, name: str, arriving: Shape) -> Linear:
    gain = require_finite(name, "weights", node.scale).ravel()
    return Linear(diagonal(np.broadcast_to(gain, (math.prod(arriving),))), arriving)


@read_linear.register
def _(node: nir.Conv2d, name: str, arriving: Shape) -> Linear:
    return _convolution(name, node, arriving, _weights(name, node, 4))


@read_linear.register
def _(node: nir.Conv1d, name: str, arriving: Shape) -> Linear:
    weights = _weights(name, node, 3)[:, :, np.newaxis]
    made = _convolution(name, _in_a_row(node), (*arriving[:-1], 1, arriving[-1]), weights)
    return Linear(made.map, (made.gives[0], made.gives[2]), made.bias)


@read_linear.register
def _(node: nir.SumPool2d, name: str, arriving: Shape) -> Linear:
    return _pooling(SumPool2d, name, node, arriving)


@read_linear.register
def _(node: nir.AvgPool2d, name: str, arriving: Shape) -> Linear:
    return _pooling(AvgPool2d, name, node, arriving)


def source_grid(name: str, node: Any, arriving: Shape | None) -> Shape | None:
    """Channels and extents that a convolution or pooling takes; None where nothing says it yet.

    Args:
        node: A Conv1d, Conv2d, SumPool2d or AvgPool2d.
        arriving: Shape of what it is given, where known.
    """
    axes = AXES[type(node)]
    stated = getattr(node, "input_shape", None)
    if stated is not None:
        extents = tuple(int(n) for n in np.ravel(stated))
        extents *= (axes - 1) if len(extents) == 1 else 1
        return int(node.weight.shape[1] * node.groups), *extents
    if arriving is None:
        return None
    if len(arriving) < axes:
        raise DescriptionError(
            f"NIR node {name!r} is a {type(node).__name__} on {len(arriving)} axes, {arriving}; "
            f"it needs {axes}: give its input's shape in full, or its input_shape."
        )
    return arriving[-axes:]


def _weights(name: str, node: Any, axes: int) -> Array:
    weights = require_finite(name, "weights", node.weight)
    if weights.ndim != axes or 0 in weights.shape:
        raise DescriptionError(
            f"NIR node {name!r}: weights of shape {weights.shape}; a {type(node).__name__} has "
            f"{axes} axes of at least 1."
        )
    return weights


def _bias(name: str, node: Any, channels: int) -> Array:
    bias = require_finite(name, "biases", node.bias).ravel()
    if bias.size not in (1, channels):
        raise DescriptionError(f"NIR node {name!r}: {bias.size} biases for {channels} channels.")
    return np.broadcast_to(bias, (channels,))


@dataclass(frozen=True, eq=False)
class _Row:
    """A Conv1d as a convolution of grids of one row."""

    stride: Any
    padding: Any
    dilation: Any
    groups: Any
    bias: Any


def _in_a_row(node: Any) -> _Row:
    def columns(value: Any, rows: int) -> Any:
        return value if isinstance(value, str | bytes) else (rows, np.ravel(value)[0])

    return _Row(
        columns(node.stride, 1),
        columns(node.padding, 0),
        columns(node.dilation, 1),
        node.groups,
        node.bias,
    )


def _convolution(name: str, node: Any, arriving: Shape, weights: Array) -> Linear:
    stride, dilation = _pair(name, "stride", node.stride), _pair(name, "dilation", node.dilation)
    padding, weights, dilation = _padded(name, node.padding, weights, dilation)
    if weights.shape[1] * int(node.groups) != arriving[-3]:
        raise DescriptionError(
            f"NIR node {name!r}: {arriving[-3]} channels arrive, its weights take "
            f"{weights.shape[1] * int(node.groups)}."
        )
    kind = _made(
        name,
        Conv2d,
        arriving[-3:],
        len(weights),
        weights.shape[2:],
        stride,
        padding,
        dilation,
        int(node.groups),
    )
    bias = None
    if node.bias is not None and np.any(np.asarray(node.bias)):
        per_channel = _bias(name, node, len(weights))
        bias = np.repeat(per_channel, math.prod(kind.target_shape[1:]))
    return Linear(LinearMap(kind, weights), kind.target_shape, bias)


def _pooling(kind: type[SumPool2d], name: str, node: Any, arriving: Shape) -> Linear:
    kernel = _pair(name, "kernel_size", node.kernel_size)
    stride, padding = (_pair(name, n, getattr(node, n)) for n in ("stride", "padding"))
    made = _made(name, kind, arriving[-3:], kernel, stride, padding)
    return Linear(LinearMap(made, made.weights()), made.target_shape)


def _made(name: str, kind: Any, *fields: Any) -> Any:
    try:
        return kind(*fields)
    except DescriptionError as error:
        raise DescriptionError(f"NIR node {name!r}: {error}") from None


def _pair(name: str, what: str, value: Any) -> tuple[int, int]:
    """Rows and columns; one number stands for both."""
    numbers = np.ravel(np.asarray(value))
    if numbers.dtype.kind not in "iu" or numbers.size not in (1, 2):
        raise DescriptionError(f"NIR node {name!r}: {what} = {value!r}; give whole numbers.")
    return int(numbers[0]), int(numbers[-1])


def _padded(
    name: str, padding: Any, weights: Array, dilation: tuple[int, int]
) -> tuple[tuple[int, int], Array, tuple[int, int]]:
    """Padding in numbers, and weights and dilation to go with it.

    "same" pads an even extent by one place more behind than before, as torch does: weights of 0 in
    front of the kernel make both alike.
    """
    text = padding.decode() if isinstance(padding, bytes) else padding
    if not isinstance(text, str):
        return _pair(name, "padding", padding), weights, dilation
    if text == "valid":
        return (0, 0), weights, dilation
    if text != "same":
        raise DescriptionError(f"NIR node {name!r}: padding = {text!r}; 'same' or 'valid'.")
    totals = [d * (k - 1) for d, k in zip(dilation, weights.shape[2:], strict=True)]
    if not any(total % 2 for total in totals):
        return (totals[0] // 2, totals[1] // 2), weights, dilation
    front = [total % 2 for total in totals]
    places = (totals[0] + 2) * (totals[1] + 2)
    require_few(f"NIR node {name!r}", synapses=weights.shape[0] * weights.shape[1] * places)
    spread = np.zeros(
        (*weights.shape[:2], *(t + 1 + f for t, f in zip(totals, front, strict=True)))
    )
    spread[:, :, front[0] :: dilation[0], front[1] :: dilation[1]] = weights
    return ((totals[0] + 1) // 2, (totals[1] + 1) // 2), spread, (1, 1)
