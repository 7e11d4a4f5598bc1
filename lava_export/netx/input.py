"""The input of lava-dl's networks: spikes, or numbers that neurons of the first layer integrate.

lava-dl gives such a neuron ``weight * x + bias`` as its bias in every step. Here that integer, 0 to
255, comes as spikes: a channel for each of its bits fires in every step in which the bit is 1,
through a weight of 2^bit. The neuron has no lasting current, so it is given the same integer. Or
the host writes it to the neuron's bias, once for each sample, as lava-dl means it.
"""

from __future__ import annotations

import math

import numpy as np

from lava_export.chips import limits
from lava_export.integers.host_bias import HostBias
from lava_export.integers.network import IntegerConnection
from lava_export.netx.chain import Chain
from lava_export.netx.file import Layer
from lava_export.netx.synapses import EXCITATORY
from lava_export.nir.currents import BIAS as BIAS_WAY
from lava_export.nir.file import ASSUMED, Grade
from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import ONE_TO_ONE, Sparse
from spikeff.ir.network import INPUT
from spikeff.ir.sizes import require_few

BITS = 8
WEIGHT, BIAS = 64, 0  # lava-dl's own, where a file names none


def input_layer(chain: Chain, layer: Layer) -> None:
    """Its shape; neurons behind it take numbers.

    Raises:
        DescriptionError: It is not the first, or its neurons do not take a current at once.
    """
    shape = layer.integers("shape")
    if chain.shape is not None or not shape or min(shape) < 1:
        raise DescriptionError(f"{layer.name}: an input of shape {shape} after {chain.shape}.")
    size = math.prod(shape)
    require_few(layer.name, neurons=BITS * size)
    chain.shape, chain.input_size = shape, size
    if layer.neuron is not None:
        _graded(chain, layer, size)


def _graded(chain: Chain, layer: Layer, size: int) -> None:
    chain.add_population(layer, layer.integers("shape"))
    if layer.constant("iDecay", 0) != limits.DECAY_UNITY:
        raise DescriptionError(
            f"{layer.name}: iDecay = {layer.constant('iDecay', 0)}; graded input is read into "
            f"neurons without a lasting current, iDecay {limits.DECAY_UNITY}."
        )
    if chain.currents_as == BIAS_WAY:
        one = np.ones(size, np.int16)  # biases count in the same units as what arrives
        chain.hosts.append(HostBias(layer.name, ONE_TO_ONE, one, 0, BITS))
    else:
        chain.connections.append(_of_bits(layer, size))
    chain.source, chain.input_size = layer.name, BITS * size
    chain.encoder, chain.graded = "bit_planes", True
    _grade_transform(chain, layer)


def _of_bits(layer: Layer, size: int) -> IntegerConnection:
    pixels = np.arange(size)
    return IntegerConnection(
        INPUT,
        layer.name,
        Sparse(size, BITS * size, np.repeat(pixels, BITS), _channels(pixels, size)),
        np.tile(1 << np.arange(BITS), size),
        limits.WEIGHT_BITS_MAX,
        0,
        EXCITATORY,
    )


def _grade_transform(chain: Chain, layer: Layer) -> None:
    weight, constant = (
        int(layer.array(key).reshape(-1)[0]) if key in layer.arrays else default
        for key, default in (("weight", WEIGHT), ("bias", BIAS))
    )
    chain.grades.append(
        Grade(
            f"{layer.name}: input",
            ASSUMED,
            f"samples are the integers {weight} * x + {constant} of lava-dl's transform, as uint8: "
            f"'images' in a file of samples",
        )
    )


def _channels(pixels: Array, size: int) -> Array:
    """Channels of the bits of every pixel, lowest first; a bit of all pixels is a plane."""
    return np.asarray(pixels[:, np.newaxis] + size * np.arange(BITS)).reshape(-1)
