"""NIR graphs, ours or made elsewhere, as descriptions."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any

import nir

from lava_export.nir.build import Built, build
from lava_export.nir.currents import BITS, CURRENTS, INPUTS, PLANES, WAYS, with_currents
from lava_export.nir.ending import MEMBRANES, membrane_readout
from lava_export.nir.file import ASSUMED, Grade, metadata_of
from lava_export.nir.metadata import DAMAGE, trusting_metadata, version_of, with_metadata
from lava_export.nir.population.neurons import ZERO
from lava_export.nir.reader import NodeNetwork, Reading, read_nodes
from lava_export.nir.readout import COUNTS, SPIKE_READOUTS, most_spikes
from spikeff.errors import DescriptionError, FileFormatError, UnknownNameError
from spikeff.ir.codes import InputCode
from spikeff.ir.network import NetworkDescription
from spikeff.ir.sizes import MAX_STEPS

NEEDED = "a NIR graph has no time step and no sample length; pass --dt SECONDS and --steps N."
RESET = Grade(
    "reset",
    ASSUMED,
    "to v_reset in the step of the spike, as NIR means it; where the source subtracts the "
    "threshold, as snnTorch and sinabs do by default, its spikes differ: pass --reset subtract, "
    "and compare the spikes (spikeff check --expected)",
)
READ = Grade(
    "readout",
    ASSUMED,
    "the output neuron with the most spikes answers; pass --readout counts, or first-spike, or "
    "where the source reads potentials last-membrane or largest-membrane",
)
READOUTS = (*SPIKE_READOUTS, *MEMBRANES)


@dataclass(frozen=True)
class Imported:
    """A network from NIR, and how each aspect came through."""

    description: NetworkDescription
    grades: tuple[Grade, ...]


def import_description(
    graph: Any,
    dt: float | None = None,
    steps: int | None = None,
    unit_jumps: bool = False,
    reset: str | None = None,
    output: str | None = None,
    readout: str | None = None,
    given: str | None = None,
    currents_as: str | None = None,
    input_bits: int | None = None,
) -> Imported:
    """Read a NIR graph as a description.

    Args:
        dt: Seconds per step; our own files have it in their metadata.
        steps: Steps per sample; our own files have it in their metadata.
        unit_jumps: CubaLIF nodes whose library adds whole weights to the current (Norse's LIFCell
            writes w_in = 1 and means this) instead of ``w_in dt / tau_syn`` of them.
        reset: What a spike does to the membrane: "zero" (to ``v_reset``; the default), "subtract"
            (the threshold, at once), "subtract-late" (a step later, snnTorch's ``reset_delay``).
        output: The Output that answers, where there are several.
        readout: Which of its neurons is the answer: the one with the most spikes ("counts", the
            default) or with the "first-spike"; or the host reads the potential that the Output
            hears, the "last-membrane" of a sample or its "largest-membrane".
        given: What comes in: "spikes" (the default), or "currents", intensities that are the same
            in every step.
        currents_as: How currents reach the first layer: "planes", the spikes of their bits (the
            default), or "bias", written by the host for each sample.
        input_bits: Bits of each intensity, 1 to 8 (the default).

    Raises:
        DescriptionError: A node cannot be given to a chip; the message names it.
        UnknownNameError: There is no such readout, no such input, or no such way of currents.
    """
    for what, said, known in (
        ("readout", readout, READOUTS),
        ("input", given, INPUTS),
        ("way of currents", currents_as, WAYS),
    ):
        if said is not None and said not in known:
            raise UnknownNameError(what, said, known)
    if given != CURRENTS and (currents_as is not None or input_bits is not None):
        raise DescriptionError(
            "currents-as and input-bits say how currents come in; pass --input currents too, or "
            "leave them out."
        )
    table = metadata_of(graph) or {}
    network = table.get("network") or {}
    if not isinstance(network, dict):
        raise FileFormatError("the NIR graph's spikeff metadata hold no table 'network'.")
    seconds = _time_step(dt if dt is not None else network.get("dt"))
    length = _sample_length(steps if steps is not None else network.get("steps"))
    reading = Reading(seconds, unit_jumps, reset or ZERO, output, readout or COUNTS)
    try:
        nodes = read_nodes(graph, reading, with_readout=not network)
        built = build(nodes, seconds, length)
    except DAMAGE as error:
        raise DescriptionError(
            f"the NIR graph's nodes do not fit together ({type(error).__name__}: {error})."
        ) from None
    description = _described(nodes, built, seconds, length, readout or COUNTS)
    if network:
        with trusting_metadata():
            description = with_metadata(description, graph, network, version_of(table))
    grades = tuple(nodes.grades)
    if given == CURRENTS:
        bits = BITS if input_bits is None else input_bits
        description, more = with_currents(description, currents_as or PLANES, bits)
        grades = (*grades, *more)
    if not network:
        grades += tuple(g for g, said in ((RESET, reset), (READ, readout)) if said is None)
    return Imported(description, grades)


def _described(
    nodes: NodeNetwork, built: Built, dt: float, steps: int, readout: str
) -> NetworkDescription:
    if nodes.ending is not None:
        name, neurons, given = nodes.ending
        read = membrane_readout(name, readout, neurons, given, built.parts)
    else:
        last = next(p for p in built.populations[::-1] if built.answering in (None, p.name))
        read = most_spikes(last.name, last.size, readout)
    return NetworkDescription(
        steps=steps,
        dt=dt,
        input=InputCode("spikes", nodes.input_size, 0.5, steps),
        labels=None,
        populations=built.populations,
        connections=built.connections,
        readout=read,
        dataset="",
        provenance={"imported from": f"NIR {nir.version}"},
    )


def _time_step(dt: Any) -> float:
    if dt is None:
        raise DescriptionError(NEEDED)
    known = isinstance(dt, numbers.Real) and not isinstance(dt, bool)
    if not known or not 0 < float(dt) < math.inf:
        raise DescriptionError(f"dt = {dt!r}; a NIR graph's time step must be > 0 s.")
    return float(dt)


def _sample_length(steps: Any) -> int:
    if steps is None:
        raise DescriptionError(NEEDED)
    known = isinstance(steps, numbers.Integral) and not isinstance(steps, bool)
    if not known or not 1 <= int(steps) <= MAX_STEPS:
        raise DescriptionError(f"steps = {steps!r}; a sample has 1 to {MAX_STEPS} steps.")
    return int(steps)
