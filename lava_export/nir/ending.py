"""The end of a graph whose potentials are read, cut off and made a readout of spikes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import nir
import numpy as np

from lava_export.nir.arrivals import Arrivals
from lava_export.nir.file import ASSUMED, EXACT, Grade
from lava_export.nir.graph import CURRENTS, Graph, Through
from lava_export.nir.linear.maps import LinearMap
from lava_export.nir.population.neurons import Neurons
from lava_export.nir.readout import output_named
from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.codes import SOFTMAX, Readout
from spikeff.ir.goodness import RATE
from spikeff.ir.membrane import LARGEST, LAST, Membrane
from spikeff.ir.network import INPUT

LAST_MEMBRANE, LARGEST_MEMBRANE = "last-membrane", "largest-membrane"
MEMBRANES = {LAST_MEMBRANE: LAST, LARGEST_MEMBRANE: LARGEST}
INTEGRATORS = (*CURRENTS, nir.LIF, nir.CubaLIF, nir.IF)


@dataclass(frozen=True, eq=False)
class Ending:
    """The node whose potential is read, behind the populations that it hears.

    Attributes:
        name: Of the node.
        stage: The current stage in front of it, or the node itself.
    """

    name: str
    stage: str

    def grade(self, node: Any, readout: str) -> Grade:
        """How it came through: an LI as it is, a neuron without its threshold."""
        what = f"{self.name}: {readout}"
        if isinstance(node, CURRENTS):
            return Grade(what, EXACT, "read by the host from the spikes in front of it")
        return Grade(
            what,
            ASSUMED,
            "read by the host from the spikes in front of it, as of a membrane that never fires: "
            "its threshold is left out",
        )


def cut(graph: Graph, wanted: str | None) -> tuple[Graph, Ending]:
    """``graph`` without the Output that answers and what leads to it, and the node it hears.

    Args:
        graph: The nodes on one level.
        wanted: Name of the Output, None for the only one.

    Raises:
        DescriptionError: The Output hears no membrane, or several, or others hear that one.
    """
    output = output_named(graph.named(nir.Output), wanted)
    name, gone = output, {output}
    while isinstance(graph.nodes[name], nir.Output | nir.Flatten | Through):
        gone.add(name)
        sources = graph.sources(name)
        if len(sources) != 1:
            raise DescriptionError(
                f"NIR node {name!r} hears {len(sources)} nodes; a potential is read of one."
            )
        name = sources[0]
    if not isinstance(graph.nodes[name], INTEGRATORS):
        raise DescriptionError(
            f"NIR output {output!r} hears {name!r}, a {type(graph.nodes[name]).__name__}; a "
            f"potential is read of LI, CubaLI, I, LIF, CubaLIF or IF: put an LI there."
        )
    others = [b for a, b in graph.edges if a == name and b not in gone]
    if others:
        raise DescriptionError(
            f"NIR node {name!r}: {others[0]!r} hears it too, and its potential is read; only the "
            f"last node of a graph is read so: read spikes (--readout counts)."
        )
    nodes = {key: node for key, node in graph.nodes.items() if key not in gone}
    edges = tuple((a, b) for a, b in graph.edges if not {a, b} & gone)
    stages = [a for a in graph.sources(name) if isinstance(graph.nodes[a], CURRENTS)]
    stage = stages[0] if stages and not isinstance(graph.nodes[name], CURRENTS) else name
    return Graph(nodes, edges), Ending(name, stage)


def membrane_readout(
    name: str,
    readout: str,
    integrators: Neurons,
    given: Arrivals,
    parts: Mapping[str, Sequence[tuple[str, Array]]],
) -> Readout:
    """The readout that a cut-off node is.

    Args:
        name: Of the node.
        readout: One of ``MEMBRANES``.
        integrators: Its constants.
        given: What reaches it, by the names of populations.
        parts: Of each population, what it became: names and numbers of its neurons.

    Raises:
        DescriptionError: It hears the input, or spikes that wait.
    """
    _require_spikes_at_once(name, given)
    gain = integrators.gain * integrators.jump
    heard = [
        (own, _matrix(made)[:, chosen])
        for (source, _), made in given.parts.items()
        for own, chosen in parts[source]
    ]
    bias = np.broadcast_to(given.bias, (integrators.size,)) * gain
    return Readout(
        kind=SOFTMAX,
        goodness=RATE,
        beta=0.0,
        classes=integrators.size,
        populations=tuple(own for own, _ in heard),
        softmax_weights=np.concatenate([weights for _, weights in heard], 1) * gain[:, np.newaxis],
        softmax_bias=bias + integrators.gain * integrators.current_drift,
        membrane=Membrane(
            MEMBRANES[readout], integrators.current_leak, integrators.leak, integrators.drift
        ),
    )


def _require_spikes_at_once(name: str, given: Arrivals) -> None:
    if any(source == INPUT for source, _ in given.parts) or not given.parts:
        raise DescriptionError(
            f"NIR node {name!r}: its potential is read, and it hears "
            f"{'the input' if given.parts else 'no neurons'}; the host reads what neurons spike."
        )
    late = [seconds for _, seconds in (*given.parts, *given.constants) if seconds]
    if late:
        raise DescriptionError(
            f"NIR node {name!r}: its potential is read, and a Delay of {late[0]:g} s stands "
            f"before it; the host reads spikes at once: leave the Delay out."
        )


def _matrix(made: LinearMap) -> Array:
    dense = np.zeros(made.ends)
    post, pre, values = made.kind.stored(made.weights)
    dense[post, pre] = values
    return dense
