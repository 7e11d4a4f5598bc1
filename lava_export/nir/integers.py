"""NIR graphs that were exported here, as the integer networks that they came from."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np

from lava_export.integers import serialise
from lava_export.integers.network import IntegerNetwork
from lava_export.nir.export import (
    INTEGERS,
    SYNAPSES,
    WITH_ROLES,
    WITH_SUM,
    integer_graph,
    sum_of_weights,
)
from lava_export.nir.file import metadata_of
from lava_export.nir.metadata import ORIGIN, arrays_of, trusting_metadata, version_of
from spikeff.errors import FileFormatError

ANEW = "import the graph as a description and quantise it anew"


def import_integers(graph: Any) -> IntegerNetwork:
    """The integer network that a graph was exported from here, exactly.

    Raises:
        FileFormatError: The graph was made elsewhere or its nodes were changed.
    """
    table = metadata_of(graph)
    if table is None or table.get("kind") != INTEGERS:
        raise FileFormatError(
            "the NIR graph holds no integers of spikeff; import it as a description and quantise."
        )
    with trusting_metadata():
        return _integers(graph, table)


def _integers(graph: Any, table: dict[str, Any]) -> IntegerNetwork:
    arrays, held = arrays_of(graph), table.get("synapses", {})
    for index, part in enumerate(table["network"]["connections"]):
        if f"connection{index}.weights" in arrays:
            continue
        node = graph.nodes.get(held.get(str(index), f"{SYNAPSES}{index}"))
        blank = part.pop("blank_weight", None)
        if blank is not None:  # blanking lines have no node
            weights = np.full((_size_of(table, part["target"]), 1), blank)
        else:
            values = node.scale if isinstance(node, nir.Scale) else node.weight
            weights = np.ldexp(np.asarray(values, np.float64), -part["weight_exp"] - 6)
        arrays[f"connection{index}.weights"] = weights
    version = version_of(table)
    of_file = serialise.VERSION if version >= WITH_ROLES else 1
    network = serialise.unpack_integers(of_file, table["network"], arrays, ORIGIN)
    if version >= WITH_SUM and sum_of_weights(network) != table["sum of weights"]:
        raise FileFormatError(f"the weights in the NIR graph are not those exported; {ANEW}.")
    _require_unchanged(graph, integer_graph(network)[0])
    return network


def _size_of(table: dict[str, Any], population: str) -> int:
    sizes = {p["name"]: p["size"] for p in table["network"]["populations"]}
    return int(sizes[population])


def _require_unchanged(graph: Any, expected: Any) -> None:
    odd = graph.nodes.keys() ^ expected.nodes.keys()
    edges = {(str(a), str(b)) for a, b in graph.edges} ^ set(expected.edges)
    if odd or edges:
        what = f"node {min(odd)!r}" if odd else "edge {!r} -> {!r}".format(*min(edges))
        raise FileFormatError(f"NIR {what} was added or is missing; {ANEW}.")
    for name, node in expected.nodes.items():
        actual = graph.nodes[name]
        if type(actual) is not type(node) or not _same_fields(node, actual):
            raise FileFormatError(
                f"NIR node {name!r} is not what the integers in its metadata give; {ANEW}."
            )


def _same_fields(node: Any, actual: Any) -> bool:
    """Whether all numbers are equal, but for the last bits of other machines."""
    return all(
        np.shape(value) == np.shape(getattr(actual, field))
        and np.allclose(value, np.asarray(getattr(actual, field), float), rtol=1e-9, atol=0)
        for field, value in vars(node).items()
        if isinstance(value, np.ndarray | tuple)
    )
