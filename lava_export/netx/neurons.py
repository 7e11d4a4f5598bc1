"""CUBA neurons of lava-dl as integer populations, with the constants that ``netx`` gives to LIF."""

from __future__ import annotations

import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerPopulation
from lava_export.netx.file import Layer, whole
from spikeff.errors import DescriptionError, UnknownNameError
from spikeff.ir.arrays import Array

TYPES = ("CUBA", "LOIHI")
BIAS_EXP = 6


def never_spikes(layer: Layer) -> bool:
    """Whether the threshold is out of reach by design: lava-dl's way to read potentials."""
    return layer.neuron is None or layer.constant("vThMant", 0) > limits.VTH_MAX


def population(layer: Layer, size: int, depth: int) -> IntegerPopulation:
    """The neurons of a layer.

    Raises:
        DescriptionError: A constant is one that no chip's LIF has; the message names it.
        UnknownNameError: The neurons are of another kind.
    """
    kind = (layer.neuron or {}).get("type", "none")
    if kind not in TYPES:
        raise UnknownNameError(f"neuron of {layer.name}", kind, TYPES)
    decays = {key: layer.constant(key, 0) for key in ("iDecay", "vDecay")}
    for key, least in (("iDecay", limits.DS_OFFSET), ("vDecay", 0)):
        if not least <= decays[key] <= limits.DECAY_UNITY:
            raise DescriptionError(
                f"{layer.name}: {key} = {decays[key]}; {least} to {limits.DECAY_UNITY} are held: "
                f"Lava's LIF takes a current of its input by 1/4096 per step at least."
            )
    refractory = layer.constant("refDelay", 1)
    if refractory > 1 or layer.constant("gradedSpike", 0):
        raise DescriptionError(
            f"{layer.name}: refDelay = {refractory}, gradedSpike = "
            f"{layer.constant('gradedSpike', 0)}; Lava's LIF has neither: train with 1 and False."
        )
    return IntegerPopulation(
        name=layer.name,
        size=size,
        depth=depth,
        du=decays["iDecay"] - limits.DS_OFFSET,
        dv=min(decays["vDecay"], limits.DECAY_MAX),
        vth=layer.constant("vThMant", 0),
        bias_mant=bias(layer, size),
        bias_exp=BIAS_EXP,
        column_size=1,
        current_scale=1.0,
    )


def bias(layer: Layer, size: int) -> Array:
    """Bias mantissas, (size,); one for each channel of a grid, or for each neuron.

    Raises:
        DescriptionError: There are as many as neither.
    """
    if "bias" not in layer.arrays or layer.kind == "input":
        return np.zeros(size, np.int64)
    given = whole(f"{layer.name}, 'bias'", layer.array("bias").reshape(-1))
    if not given.size or size % given.size:
        raise DescriptionError(f"{layer.name}: {given.size} biases for {size} neurons.")
    return np.repeat(given, size // given.size)
