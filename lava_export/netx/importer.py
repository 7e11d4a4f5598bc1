"""Files of lava-dl as integer networks, every integer as ``netx`` reads it."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from typing import Any

from lava_export.integers.headroom import require_headroom
from lava_export.integers.network import IntegerNetwork
from lava_export.netx.blanking import blanked
from lava_export.netx.chain import Chain
from lava_export.netx.file import NetxFile
from lava_export.netx.layers import LAYERS
from lava_export.nir.currents import PLANES, WAYS
from lava_export.nir.file import APPROXIMATE, ASSUMED, EXACT, Grade
from lava_export.nir.readout import most_spikes
from spikeff.errors import DescriptionError, LimitError, UnknownNameError
from spikeff.ir.codes import InputCode
from spikeff.ir.sizes import MAX_STEPS

MILLI = 1e-3


@dataclass(frozen=True)
class Imported:
    """A network of lava-dl, and how each aspect came through."""

    network: IntegerNetwork
    grades: tuple[Grade, ...]


def import_netx(
    file: NetxFile, steps: int | None = None, currents_as: str | None = None
) -> Imported:
    """Read a file as integers.

    Args:
        steps: Of a sample; None for the file's own.
        currents_as: How numbers reach the first neurons: "planes", the spikes of their bits (the
            default), or "bias", written by the host for each sample.

    Raises:
        DescriptionError: A layer cannot be given to a chip, or nobody says how long a sample is.
        UnknownNameError: A layer or its neurons are of a kind that is not read.
        LimitError: An integer is beyond what a chip holds.
    """
    if currents_as is not None and currents_as not in WAYS:
        raise UnknownNameError("way of currents", currents_as, WAYS)
    length = _length(steps if steps is not None else file.steps)
    chain = Chain(length, currents_as or PLANES)
    for layer in file.layers:
        if layer.kind not in LAYERS:
            raise UnknownNameError(f"kind of {layer.name}", layer.kind, LAYERS)
        chain.require_open(layer)
        LAYERS[layer.kind](chain, layer)
    if not chain.populations:
        raise DescriptionError("the netx file holds no layer of neurons; give it at least one.")
    last = chain.populations[-1]
    network = blanked(
        IntegerNetwork(
            steps=length,
            idle_steps=0,
            dt=MILLI * (file.milliseconds or 1.0),
            input=InputCode(chain.encoder, chain.input_size, 0.0 if chain.graded else 0.5, length),
            labels=None,
            populations=tuple(chain.populations),
            connections=tuple(chain.connections),
            readout=chain.readout or most_spikes(last.name, last.size),
            dataset="",
            provenance={"imported from": "lava-dl netx"},
            host=tuple(chain.hosts),
        )
    )
    if currents_as is not None and not chain.graded:
        raise DescriptionError(
            f"the netx file takes spikes, no numbers; leave --currents-as {currents_as} out."
        )
    return Imported(network, tuple(_grades(chain, network, file)))


def _grades(chain: Chain, network: IntegerNetwork, file: NetxFile) -> list[Grade]:
    grades = [Grade("neurons and synapses", EXACT, "every integer as netx reads it"), *chain.grades]
    if file.milliseconds is None:
        grades.append(Grade("time step", ASSUMED, "1 ms; no integer depends on it"))
    try:
        require_headroom(network)
    except LimitError as error:
        grades.append(
            Grade("range of u", APPROXIMATE, f"as in Lava, but a chip may differ: {error}")
        )
    return grades


def _length(steps: Any) -> int:
    if steps is None:
        raise DescriptionError("the netx file does not say how long a sample is; pass --steps N.")
    known = isinstance(steps, numbers.Integral) and not isinstance(steps, bool)
    if not known or not 1 <= int(steps) <= MAX_STEPS:
        raise DescriptionError(
            f"steps = {steps!r}; a sample has 1 to {MAX_STEPS} steps: pass --steps N."
        )
    return int(steps)
