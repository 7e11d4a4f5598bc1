"""Descriptions and integer networks as NIR graphs, with what NIR cannot say graded."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import nir
import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from lava_export.integers.serialise import pack_integers
from lava_export.integers.time_constants import time_constant
from lava_export.nir.file import APPROXIMATE, EXACT, KEY, LEFT_OUT, Grade
from lava_export.nir.nodes import DISCRETISATION, neuron_nodes
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connection
from spikeff.ir.io.serialise import pack_network
from spikeff.ir.network import BLANK, INPUT, NetworkDescription, Population
from spikeff.ir.roles import SELF_INHIBITION

DESCRIPTION, INTEGERS = "description", "integers"
VERSION = 2  # of the metadata: 1 had no roles
ARRAY_PREFIX = "spikeff_"


def description_graph(description: NetworkDescription) -> tuple[Any, tuple[Grade, ...]]:
    """NIR graph of a description, in its own units, and the grade of every aspect."""
    graph = _graph(
        description,
        DESCRIPTION,
        [_float_population(p, description.dt) for p in description.populations],
        [(c, c.weights) for c in description.connections],
    )
    return graph, _shared_grades(description, description.populations)


def integer_graph(network: IntegerNetwork) -> tuple[Any, tuple[Grade, ...]]:
    """NIR graph of the real-valued recurrence that the integers round, in integer units."""
    graph = _graph(
        network,
        INTEGERS,
        [_integer_population(p, network.dt) for p in network.populations],
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
    return graph, _shared_grades(network, network.populations) + rounding


def _float_population(population: Population, dt: float) -> tuple[dict[str, Any], str]:
    p, share = population, dt / population.tau_mem
    return neuron_nodes(p.name, dt, p.tau_syn, p.tau_mem, p.v_th, p.v_leak * share, share)


def _integer_population(population: IntegerPopulation, dt: float) -> tuple[dict[str, Any], str]:
    bias = np.ldexp(population.bias_mant.astype(np.float64), population.bias_exp)
    return neuron_nodes(
        population.name,
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
    populations: list[tuple[dict[str, Any], str]],
    connections: Sequence[tuple[Connection | IntegerConnection, Array]],
) -> Any:
    nodes: dict[str, Any] = {"input": nir.Input(np.array([network.input_size]))}
    edges: list[tuple[str, str]] = []
    entry = {}
    names = [name for name in network.sizes if name not in (INPUT, BLANK)]
    for name, (made, end) in zip(names, populations, strict=True):
        nodes |= made
        entry[name] = end
        if end != name:
            edges.append((end, name))
    for index, (connection, weights) in enumerate(connections):
        if connection.source != BLANK:
            _connect(nodes, edges, index, connection, weights, entry[connection.target], network.dt)
    for name in network.readout.populations:
        output = f"output_{name}"
        nodes[output] = nir.Output(np.array([network.sizes[name]]))
        edges.append((name, output))
    return nir.NIRGraph(nodes, edges, metadata=_metadata(network, kind))


def _connect(
    nodes: dict[str, Any],
    edges: list[tuple[str, str]],
    index: int,
    connection: Connection | IntegerConnection,
    weights: Any,
    end: str,
    dt: float,
) -> None:
    """Add the synapses of one connection, behind a Delay where it has one."""
    last = connection.source
    if connection.delay:
        waiting = f"delay_{index}"
        size = weights.shape[-1]
        nodes[waiting] = nir.Delay(np.full(size, connection.delay * dt))
        edges.append((last, waiting))
        last = waiting
    name = f"synapses_{index}"
    dense = connection.connectivity.is_matrix
    nodes[name] = nir.Linear(weights) if dense else nir.Scale(np.asarray(weights, np.float64))
    edges += [(last, name), (name, end)]


def _metadata(network: NetworkDescription | IntegerNetwork, kind: str) -> dict[str, Any]:
    """All that the nodes do not say, so that our own importer finds it again."""
    table, arrays = (
        pack_integers(network) if isinstance(network, IntegerNetwork) else pack_network(network)
    )
    connections: tuple[Connection | IntegerConnection, ...] = network.connections
    for part, c in zip(table["connections"], connections, strict=True):
        if c.source == BLANK:
            part["blank_weight"] = float(c.weights.flat[0])
    text = json.dumps(
        {"kind": kind, "version": VERSION, "discretisation": DISCRETISATION, "network": table}
    )
    # Weights are in the nodes; what no node holds travels beside the table.
    extra = {
        ARRAY_PREFIX + name: array
        for name, array in arrays.items()
        if not name.endswith(".weights")
    }
    return {KEY: text, "dt": network.dt, "discretisation": DISCRETISATION} | extra


def _shared_grades(
    network: NetworkDescription | IntegerNetwork, populations: tuple[Any, ...]
) -> tuple[Grade, ...]:
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
                "lasting current",
                EXACT,
                "an integrator I before a LIF, since no CubaLIF has an infinite tau_syn; libraries "
                "without the node I cannot read it",
            )
        )
    if any(c.role == SELF_INHIBITION for c in network.connections):
        grades.append(
            Grade("spike limit", EXACT, "the delayed inhibition of each neuron by itself")
        )
    if any(c.source == BLANK for c in network.connections):
        grades.append(
            Grade("blanking between samples", LEFT_OUT, "its line spikes between samples only")
        )
    return tuple(grades)
