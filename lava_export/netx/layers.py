"""Kinds of layers by the name that files have for them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lava_export.netx.chain import Chain, Shape
from lava_export.netx.file import Layer, whole
from lava_export.netx.input import input_layer
from lava_export.netx.neurons import never_spikes
from lava_export.netx.synapses import connections
from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.codes import SOFTMAX, Readout
from spikeff.ir.connectivity import DENSE, Connectivity, Conv2d, SumPool2d
from spikeff.ir.network import INPUT

NO_LEAK = 0  # iDecay of the integrator that netx puts where a layer has no neurons
AT_ONCE = 4096  # its vDecay


def flatten(chain: Chain, layer: Layer) -> None:
    """The same neurons in one row, channel by channel."""
    if chain.shape is not None:
        chain.shape = (math.prod(chain.shape),)


def dense(chain: Chain, layer: Layer) -> None:
    """All to all; the readout where it is the last and its neurons never spike."""
    weights = _matrix(layer, "weight")
    chain.heard(layer, weights.shape[1])
    if never_spikes(layer):
        chain.readout = _linear(chain, layer, weights)
        return
    chain.add(layer, (len(weights),), DENSE, weights)


def dense_recurrent(chain: Chain, layer: Layer) -> None:
    """All to all and back on itself, one step later."""
    weights, back = _matrix(layer, "weight"), _matrix(layer, "weight_rec")
    if back.shape != (len(weights), len(weights)) or "delay" in layer.arrays:
        raise DescriptionError(
            f"{layer.name}: weight_rec of shape {back.shape} for {len(weights)} neurons, delays: "
            f"{'delay' in layer.arrays}; a square matrix without delays is read."
        )
    chain.heard(layer, weights.shape[1])
    chain.add(layer, (len(weights),), DENSE, weights)
    chain.connections += connections(layer.name, layer.name, DENSE, back, 1)


def conv(chain: Chain, layer: Layer) -> None:
    """A convolution, as torch's conv2d."""
    source = chain.grid(layer)
    weights = _kernels(layer)
    kind = Conv2d(
        source,
        len(weights),
        _pair(layer, "kernelSize", weights.shape[2:]),
        _pair(layer, "stride", (1, 1)),
        _pair(layer, "padding", (0, 0)),
        _pair(layer, "dilation", (1, 1)),
        layer.integers("groups", 1)[0],
    )
    _add_grid(chain, layer, kind.target_shape, kind, weights)


def pool(chain: Chain, layer: Layer) -> None:
    """Sums of every channel, times one weight; a convolution of each where weights differ."""
    source = chain.grid(layer)
    weights = _kernels(layer)
    kernel = _pair(layer, "kernelSize", weights.shape[2:])
    stride, padding = _pair(layer, "stride", kernel), _pair(layer, "padding", (0, 0))
    dilation = _pair(layer, "dilation", (1, 1))
    if weights.shape[:2] != (1, 1) or not weights.size:
        raise DescriptionError(f"{layer.name}: pooling weights of shape {weights.shape}.")
    if np.ptp(weights) == 0 and dilation == (1, 1):
        summed = SumPool2d(source, kernel, stride, padding)
        _add_grid(chain, layer, summed.target_shape, summed, weights.reshape(-1)[:1])
        return
    channels = source[0]
    kind = Conv2d(source, channels, kernel, stride, padding, dilation, channels)
    _add_grid(chain, layer, kind.target_shape, kind, np.repeat(weights, channels, axis=0))


def average(chain: Chain, layer: Layer) -> None:
    """The answer is the group of neurons that spikes most."""
    size, classes = math.prod(chain.shape or (0,)), math.prod(layer.integers("shape"))
    if chain.source == INPUT or classes < 1 or size % classes:
        raise DescriptionError(f"{layer.name}: {classes} groups of {size} neurons.")
    groups = np.kron(np.eye(classes), np.ones((1, size // classes)))
    chain.readout = _on_counts(chain, groups)


Reader = Callable[[Chain, Layer], None]
LAYERS: dict[str, Reader] = {
    "input": input_layer,
    "flatten": flatten,
    "dense": dense,
    "dense_rec": dense_recurrent,
    "conv": conv,
    "pool": pool,
    "average": average,
}


def _linear(chain: Chain, layer: Layer, weights: Array) -> Readout:
    """The potential of integrators that lose nothing is a sum over spikes."""
    loses = layer.neuron is not None and (
        layer.constant("iDecay", NO_LEAK) != NO_LEAK or layer.constant("vDecay", AT_ONCE) != AT_ONCE
    )
    if loses or chain.source == INPUT or "delay" in layer.arrays:
        raise DescriptionError(
            f"{layer.name}: neurons that never spike and leak, wait or hear the input; their "
            f"potential is no answer of a chip: end with neurons that spike, or without neurons."
        )
    return _on_counts(chain, weights)


def _on_counts(chain: Chain, weights: Array) -> Readout:
    return Readout(
        kind=SOFTMAX,
        goodness="rate",
        beta=0.0,
        classes=len(weights),
        populations=(chain.source,),
        softmax_weights=weights,
        softmax_bias=np.zeros(len(weights)),
    )


def _add_grid(chain: Chain, layer: Layer, shape: Shape, kind: Connectivity, weights: Array) -> None:
    announced = layer.integers("shape")
    if announced != shape:
        raise DescriptionError(
            f"{layer.name} ({layer.kind}): shape {announced} in the file, and {shape} follows from "
            f"the layer before it."
        )
    chain.add(layer, shape, kind, weights)


def _matrix(layer: Layer, key: str) -> Array:
    """Weights (targets, sources); netx has them flat where there is one source."""
    given = whole(f"{layer.name}, {key!r}", layer.array(key))
    rows = math.prod(layer.integers("shape"))
    if not given.size or rows < 1 or given.size % rows:
        raise DescriptionError(f"{layer.name}: {key!r} of shape {given.shape} for {rows} neurons.")
    return given.reshape(rows, -1)


def _kernels(layer: Layer) -> Array:
    """Weights (out, in, rows, columns); older files have an axis of time behind them."""
    given = whole(f"{layer.name}, 'weight'", layer.array("weight"))
    if given.ndim == 5 and given.shape[4] == 1:
        given = given[..., 0]
    if given.ndim != 4 or not given.size:
        raise DescriptionError(f"{layer.name}: kernels of shape {given.shape}; four axes are read.")
    return given


def _pair(layer: Layer, key: str, default: Any) -> tuple[int, int]:
    """Rows and columns of an array of two numbers, or of one for both."""
    given = layer.integers(key) if key in layer.arrays else tuple(int(n) for n in default)
    if len(given) not in (1, 2):
        raise DescriptionError(f"{layer.name}: {key} = {given}; rows and columns are read.")
    return given[0], given[-1]
