"""Which population of a NIR graph answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from lava_export.nir.arrivals import Arrivals
from spikeff.errors import DescriptionError
from spikeff.ir.codes import CLASS_COLUMNS, Readout
from spikeff.ir.goodness import FIRST_SPIKE, RATE
from spikeff.ir.network import INPUT
from spikeff.ir.sizes import require_few

COUNTS, FIRST = "counts", "first-spike"
SPIKE_READOUTS = {COUNTS: RATE, FIRST: FIRST_SPIKE}


def most_spikes(population: str, size: int, readout: str = COUNTS) -> Readout:
    """The answer is the neuron of ``population`` with the most spikes, or with the first.

    Args:
        population: Its name.
        size: Its neurons, one for each class.
        readout: One of ``SPIKE_READOUTS``.

    Raises:
        DescriptionError: More neurons than answers are read from.
    """
    require_few(f"the readout of {population!r}", synapses=size * size)
    return Readout(
        kind=CLASS_COLUMNS,
        goodness=SPIKE_READOUTS[readout],
        beta=0.0,
        classes=size,
        populations=(population,),
        softmax_weights=np.zeros((size, size)),
        softmax_bias=np.zeros(size),
    )


def read_population(
    outputs: Mapping[str, Arrivals], levels: Mapping[str, int], wanted: str | None
) -> tuple[str, float]:
    """The population that the output hears, and how many seconds late.

    Without an output, it is the deepest.

    Args:
        outputs: What reaches each Output.
        levels: Of all populations.
        wanted: Name of the Output that answers, None for the only one.

    Raises:
        DescriptionError: Several populations are read, or what is read is no spikes of neurons.
    """
    if not outputs and wanted is None:
        return _deepest(levels), 0.0
    name = output_named(outputs, wanted)
    return _only_spikes(name, outputs[name])


def output_named(outputs: Collection[str], wanted: str | None) -> str:
    """The Output that answers.

    Args:
        outputs: Names of all.
        wanted: Name of the one that answers, None for the only one.

    Raises:
        DescriptionError: There is none of that name, or there are none or several.
    """
    if not outputs or (wanted is not None and wanted not in outputs):
        raise DescriptionError(
            f"NIR graph has no output {wanted or ''!r}; its outputs are {sorted(outputs)}."
        )
    if wanted is None and len(outputs) > 1:
        raise DescriptionError(
            f"NIR graph has the outputs {', '.join(map(repr, outputs))}; the answer is read from "
            f"one: say which with --output."
        )
    return wanted or next(iter(outputs))


def _deepest(levels: Mapping[str, int]) -> str:
    most = max(levels.values())
    deepest = sorted(name for name, level in levels.items() if level == most)
    if len(deepest) > 1:
        raise DescriptionError(
            f"NIR graph has no output, and {', '.join(map(repr, deepest))} all stand last; add an "
            f"Output behind the population that answers."
        )
    return deepest[0]


def _only_spikes(output: str, given: Arrivals) -> tuple[str, float]:
    sources = sorted({source for source, _ in given.parts})
    if len(given.parts) > 1:
        raise DescriptionError(
            f"NIR output {output!r} hears {' and '.join(map(repr, sources))}, {len(given.parts)} "
            f"ways whose spikes add up there; a chip's answer is read from one population: let a "
            f"further population hear them, or read one."
        )
    if not sources or sources[0] == INPUT:
        raise DescriptionError(
            f"NIR output {output!r} hears no neurons; let the network end in LIF, CubaLIF or IF."
        )
    (((source, late), part),) = given.parts.items()
    if not part.is_identity or np.any(given.bias):
        raise DescriptionError(
            f"NIR output {output!r} hears {source!r} through weights or a bias; only spikes leave "
            f"a chip: let the network end in LIF, CubaLIF or IF."
        )
    return source, late
