"""Which population of a NIR graph answers."""

from __future__ import annotations

import nir
import numpy as np

from lava_export.nir.arrivals import Arrivals
from lava_export.nir.graph import NEURONS, Graph
from spikeff.errors import DescriptionError
from spikeff.ir.codes import CLASS_COLUMNS, Readout


def most_spikes(population: str, size: int) -> Readout:
    """The answer is the neuron of ``population`` with the most spikes."""
    return Readout(
        kind=CLASS_COLUMNS,
        goodness="rate",
        beta=0.0,
        classes=size,
        populations=(population,),
        softmax_weights=np.zeros((size, size)),
        softmax_bias=np.zeros(size),
    )


def read_population(
    graph: Graph, reached: dict[str, Arrivals], depths: dict[str, int]
) -> tuple[str, float]:
    """The population that the output hears, and how many seconds late.

    Without an output, it is the deepest.

    Args:
        reached: What reaches the outputs.
        depths: Of all populations.

    Raises:
        DescriptionError: Several populations are read, or what is read is no spikes of neurons.
    """
    outputs = graph.named(nir.Output)
    if not outputs:
        return _deepest(depths), 0.0
    if len(outputs) > 1:
        raise DescriptionError(
            f"NIR graph has the outputs {', '.join(map(repr, outputs))}; the answer is read from "
            f"one: leave one of them."
        )
    return _only_spikes(graph, outputs[0], reached[outputs[0]])


def _deepest(depths: dict[str, int]) -> str:
    most = max(depths.values())
    deepest = sorted(name for name, depth in depths.items() if depth == most)
    if len(deepest) > 1:
        raise DescriptionError(
            f"NIR graph has no output, and {', '.join(map(repr, deepest))} all stand last; add an "
            f"Output behind the population that answers."
        )
    return deepest[0]


def _only_spikes(graph: Graph, output: str, given: Arrivals) -> tuple[str, float]:
    sources = sorted({source for source, _ in given.parts})
    if len(given.parts) > 1:
        raise DescriptionError(
            f"NIR output {output!r} hears {' and '.join(map(repr, sources))}, {len(given.parts)} "
            f"ways whose spikes add up there; a chip's answer is read from one population: let a "
            f"further population hear them, or read one."
        )
    if not sources or not isinstance(graph.nodes[sources[0]], NEURONS):
        raise DescriptionError(
            f"NIR output {output!r} hears no neurons; let the network end in LIF, CubaLIF or IF."
        )
    (((source, late), weights),) = given.parts.items()
    if weights.ndim > 1 or (weights != 1).any() or np.any(given.bias):
        raise DescriptionError(
            f"NIR output {output!r} hears {source!r} through weights or a bias; only spikes leave "
            f"a chip: let the network end in LIF, CubaLIF or IF."
        )
    return source, late
