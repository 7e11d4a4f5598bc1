"""NIR graphs that were exported here, as the integer networks that they came from."""

from __future__ import annotations

from typing import Any

import nir
import numpy as np

from lava_export.integers import serialise
from lava_export.integers.network import IntegerNetwork
from lava_export.nir.export import INTEGERS, VERSION, integer_graph
from lava_export.nir.file import metadata_of
from lava_export.nir.metadata import ORIGIN, arrays_of, trusting_metadata, version_of
from spikeff.errors import FileFormatError


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
    arrays = arrays_of(graph)
    for index, part in enumerate(table["network"]["connections"]):
        if f"connection{index}.weights" in arrays:
            continue
        node = graph.nodes.get(f"synapses_{index}")
        if node is None:  # blanking lines have no node
            size = next(
                p["size"] for p in table["network"]["populations"] if p["name"] == part["target"]
            )
            weights = np.full((size, 1), part["blank_weight"])
        else:
            values = node.scale if isinstance(node, nir.Scale) else node.weight
            weights = np.ldexp(np.asarray(values, np.float64), -part["weight_exp"] - 6)
        arrays[f"connection{index}.weights"] = weights
    for part in table["network"]["connections"]:
        part.pop("blank_weight", None)
    version = serialise.VERSION if version_of(table) == VERSION else 1
    network = serialise.unpack_integers(version, table["network"], arrays, ORIGIN)
    _require_unchanged(graph, integer_graph(network)[0])
    return network


def _require_unchanged(graph: Any, expected: Any) -> None:
    for name, node in expected.nodes.items():
        actual = graph.nodes.get(name)
        same = type(actual) is type(node) and all(
            np.allclose(np.asarray(value, float), np.asarray(getattr(actual, field), float))
            for field, value in vars(node).items()
            if isinstance(value, np.ndarray)
        )
        if not same:
            raise FileFormatError(
                f"NIR node {name!r} is not what the integers in its metadata give; import the "
                f"graph as a description and quantise it anew."
            )
