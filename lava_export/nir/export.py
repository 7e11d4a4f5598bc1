"""Descriptions and integer networks as NIR graphs, with what NIR cannot say graded."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import nir
import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from lava_export.integers.serialise import pack_integers
from lava_export.integers.time_constants import time_constant
from lava_export.nir.file import APPROXIMATE, EXACT, KEY, LEFT_OUT, Grade
from lava_export.nir.nodes import DISCRETISATION, neuron_nodes
from lava_export.nir.shapes import Shapes, node_shapes, on_grids
from lava_export.nir.synapses import grids_of, synapse_nodes
from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import ONE_TO_ONE, Connection
from spikeff.ir.io.serialise import pack_network
from spikeff.ir.network import BLANK, INPUT, NetworkDescription, Population
from spikeff.ir.roles import SELF_INHIBITION

DESCRIPTION, INTEGERS = "description", "integers"
VERSION = 3  # of the metadata: 1 had no roles, 2 no sum of the weights
WITH_ROLES, WITH_SUM = 2, 3
ARRAY_PREFIX = "spikeff_"
SYNAPSES = "synapses_"


def description_graph(description: NetworkDescription) -> tuple[Any, tuple[Grade, ...]]:
    """NIR graph of a description, in its own units, and the grade of every aspect."""
    graph = _graph(
        description,
        DESCRIPTION,
        partial(_float_population, description.dt),
        [(c, c.weights) for c in description.connections],
    )
    return graph, _shared_grades(description, graph)


def integer_graph(network: IntegerNetwork) -> tuple[Any, tuple[Grade, ...]]:
    """NIR graph of the real-valued recurrence that the integers round, in integer units.

    Raises:
        DescriptionError: A host writes biases for each sample.
    """
    if network.host:
        raise DescriptionError(
            f"population {network.host[0].target!r}: the host writes its biases for each sample, "
            f"and a NIR graph holds one: keep the graph that it was imported from."
        )
    graph = _graph(
        network,
        INTEGERS,
        partial(_integer_population, network.dt),
        [(c, _integer_weights(c)) for c in network.connections],
    )
    rounding = (
        Grade(
            "rounding of u and v",
            APPROXIMATE,
            "Loihi rounds both towards zero in every step; NIR's equations are real-valued",
        ),
        Grade(
            "width of u and v",
            APPROXIMATE,
            "v saturates at 24 bits; NIR's potentials have no bounds",
        ),
        Grade(
            "format of the weights",
            LEFT_OUT,
            "bits, exponent and sign mode are kept as metadata; the values themselves are exact",
        ),
    )
    return graph, _shared_grades(network, graph) + rounding


def _float_population(dt: float, population: Population, stage: str) -> tuple[dict[str, Any], str]:
    p, share = population, dt / population.tau_mem
    return neuron_nodes((p.name, stage), dt, p.tau_syn, p.tau_mem, p.v_th, p.v_leak * share, share)


def _integer_population(
    dt: float, population: IntegerPopulation, stage: str
) -> tuple[dict[str, Any], str]:
    bias = np.ldexp(population.bias_mant.astype(np.float64), population.bias_exp)
    return neuron_nodes(
        (population.name, stage),
        dt,
        time_constant(dt, population.du + limits.DS_OFFSET),
        time_constant(dt, population.dv),
        float(population.vth << limits.VTH_SHIFT),
        bias,
        1.0,
    )


def _integer_weights(connection: IntegerConnection) -> Array:
    shift = connection.weight_exp + limits.ACTIVATION_SHIFT
    return np.asarray(np.ldexp(connection.weights.astype(np.float64), shift))


def _graph(
    network: NetworkDescription | IntegerNetwork,
    kind: str,
    neurons_of: Callable[[Any, str], tuple[dict[str, Any], str]],
    connections: Sequence[tuple[Connection | IntegerConnection, Array]],
) -> Any:
    shapes, called = node_shapes(network), _Names(network.sizes)
    nodes: dict[str, Any] = {"input": nir.Input(np.array(shapes[INPUT]))}
    edges: list[tuple[str, str]] = []
    entry = {}
    for population in network.populations:
        name = population.name
        neurons, end = neurons_of(population, called.free(f"{name}_current"))
        nodes |= {part: _shaped(node, shapes[name]) for part, node in neurons.items()}
        entry[name] = end
        if end != name:
            edges.append((end, name))
    held = {}
    for index, (connection, weights) in enumerate(connections):
        if connection.source != BLANK:
            way = _way(called, index, connection, weights, network.dt, shapes)
            held[index] = next(n for n in way if n.startswith(SYNAPSES))
            nodes |= way
            edges += pairwise([connection.source, *way, entry[connection.target]])
    for name in network.readout.populations:
        output = called.free(f"output_{name}")
        nodes[output] = nir.Output(np.array(shapes[name]))
        edges.append((name, output))
    # Else nir gives every neuron that hears nothing an Input of its own.
    metadata = _metadata(network, kind, nodes, held)
    return nir.NIRGraph(nodes, edges, metadata=metadata, type_check=False)


class _Names:
    """Names of nodes beside those of the populations, each once."""

    def __init__(self, populations: Iterable[str]) -> None:
        self.taken = {INPUT, *populations}

    def free(self, name: str) -> str:
        """``name``, with underlines behind it where it is taken."""
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name


def _shaped(node: Any, shape: tuple[int, ...]) -> Any:
    """A neuron's node with its constants on the population's grid."""
    parts = {
        name: value.reshape(shape)
        for name, value in vars(node).items()
        if isinstance(value, np.ndarray)
    }
    return type(node)(**parts)


def _way(
    called: _Names,
    index: int,
    connection: Connection | IntegerConnection,
    weights: Any,
    dt: float,
    shapes: Shapes,
) -> dict[str, Any]:
    """The synapses of one connection, behind a Delay where it has one."""
    way: dict[str, Any] = {}
    shape = shapes[connection.source]
    if connection.delay:
        way[called.free(f"delay_{index}")] = nir.Delay(np.full(shape, connection.delay * dt))
    kept = on_grids(connection, shapes)
    if len(shape) > 1 and not kept:
        flat = nir.Flatten({"input": np.array(shape)}, start_dim=0)
        way[called.free(f"flatten_{index}")] = flat
    synapses = _synapse_nodes(connection, weights, shape if kept else None)
    names = [called.free(f"{part}{index}") for part in (SYNAPSES, "gain_")[: len(synapses)]]
    return way | dict(zip(names, synapses, strict=True))


def _synapse_nodes(
    connection: Connection | IntegerConnection, weights: Array, grid: tuple[int, ...] | None
) -> tuple[Any, ...]:
    """Nodes between grids, or between neurons in a row where ``grid`` is None."""
    kind = connection.connectivity
    if grid is None and grids_of(kind) is not None:
        return (nir.Linear(kind.matrix(weights)),)
    nodes = synapse_nodes(kind, weights)
    return (nir.Scale(weights.reshape(grid)),) if grid and kind == ONE_TO_ONE else nodes


def _metadata(
    network: NetworkDescription | IntegerNetwork,
    kind: str,
    nodes: dict[str, Any],
    held: dict[int, str],
) -> dict[str, Any]:
    """All that the nodes do not say, so that our own importer finds it again.

    Args:
        held: Name of the node of each connection's synapses.
    """
    table, arrays = (
        pack_integers(network) if isinstance(network, IntegerNetwork) else pack_network(network)
    )
    connections: tuple[Connection | IntegerConnection, ...] = network.connections
    for index, (part, c) in enumerate(zip(table["connections"], connections, strict=True)):
        if c.source == BLANK:
            part["blank_weight"] = float(c.weights.flat[0])
        if c.source == BLANK or _holds_weights(nodes[held[index]], c.weights):
            del arrays[f"connection{index}.weights"]
    said = {"kind": kind, "version": VERSION, "discretisation": DISCRETISATION, "network": table}
    if isinstance(network, IntegerNetwork):
        said |= {"synapses": held, "sum of weights": sum_of_weights(network)}
    text = json.dumps(said)
    extra = {ARRAY_PREFIX + name: array for name, array in arrays.items()}
    return {KEY: text, "dt": network.dt, "discretisation": DISCRETISATION} | extra


def sum_of_weights(network: IntegerNetwork) -> str:
    """SHA-256 of all weights, in the order of the connections."""
    digest = hashlib.sha256()
    for c in network.connections:
        digest.update(str(c.weights.shape).encode())
        digest.update(c.weights.astype("<i4").tobytes())
    return digest.hexdigest()


def _holds_weights(node: Any, weights: Array) -> bool:
    """Whether a node has every weight in its place, so that they need not travel beside it."""
    held = getattr(node, "weight", getattr(node, "scale", None))
    return held is not None and np.shape(held) == weights.shape


def _shared_grades(network: NetworkDescription | IntegerNetwork, graph: Any) -> tuple[Grade, ...]:
    populations: tuple[Population | IntegerPopulation, ...] = network.populations
    grades = [
        Grade("neurons and synapses", EXACT, f"under the stated discretisation: {DISCRETISATION}"),
        Grade("reset between samples", LEFT_OUT, "NIR knows no samples; kept as metadata"),
        Grade(
            "input code, label code, columns, roles, readout",
            LEFT_OUT,
            "NIR describes neurons and synapses only; kept as metadata",
        ),
    ]
    if any(math.isinf(getattr(p, "tau_syn", 0.0)) for p in populations):
        grades.append(
            Grade(
                "non-leaky synaptic current",
                EXACT,
                "an integrator I before a LIF, since no CubaLIF has an infinite tau_syn; libraries "
                "without the node I cannot read it",
            )
        )
    if any(c.role == SELF_INHIBITION for c in network.connections):
        grades.append(
            Grade("spike limit", EXACT, "the delayed inhibition of each neuron by itself")
        )
    matrices = _multiplied_out(network, graph)
    if matrices:
        grades.append(
            Grade(
                f"connectivity {', '.join(matrices)}",
                EXACT,
                "multiplied out to a matrix, where NIR has no node for it or neurons stand in a "
                "row; the kind is kept as metadata",
            )
        )
    if any(c.source == BLANK for c in network.connections):
        grades.append(
            Grade("blanking between samples", LEFT_OUT, "its line spikes between samples only")
        )
    return tuple(grades)


def _multiplied_out(network: NetworkDescription | IntegerNetwork, graph: Any) -> list[str]:
    """Kinds of connectivity that became matrices."""
    connections: tuple[Connection | IntegerConnection, ...] = network.connections
    return sorted(
        {
            c.connectivity.name
            for index, c in enumerate(connections)
            if isinstance(graph.nodes.get(f"synapses_{index}"), nir.Linear)
            and not c.connectivity.is_matrix
        }
    )
