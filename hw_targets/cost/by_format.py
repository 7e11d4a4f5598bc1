"""Synaptic operations priced by the format that their synapses are stored in, as an estimate.

A table's price of a synaptic operation is that of the dense format. Where it has figures for the
sparse format and for weights that a convolution shares, what these would make of the same counts
stands beside. Which format a list of synapses takes is the packer's choice; synapses that share
weights are taken to be stored as shared ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hw_targets.cost.counts import ByName, connection_name
from hw_targets.cost.table import Cost, CostTable
from lava_export.integers.lists import synapse_lists
from lava_export.integers.network import IntegerNetwork
from lava_export.mapping.capacity import PopulationCapacity
from lava_export.mapping.formats import SHARED_FORMAT, shares_weights
from lava_export.mapping.packing import DENSE_FORMAT, SPARSE_FORMAT

ROWS = {
    DENSE_FORMAT: "synaptic_operation_pj",
    SPARSE_FORMAT: "synaptic_operation_sparse_pj",
    SHARED_FORMAT: "synaptic_operation_shared_pj",
}
PICO = 1e-12


@dataclass(frozen=True)
class FormatCost:
    """Synaptic operations of a connection per inference, by the format of its synapses.

    Attributes:
        format: "dense", "sparse" or "shared"; several where its parts or cores differ.
        synops: Synaptic operations, mean over inferences.
        priced_joules: What the table makes of them, as in every total.
        joules_low: At the lower bound of the format's row, the lowest of several.
        joules_high: At the upper bound of the format's row, the highest of several.
        source: Of the rows.
        kind: "estimated": which format a chip would take is our choice.
    """

    table: str
    connection: str
    format: str
    synops: float
    priced_joules: float
    joules_low: float
    joules_high: float
    source: str
    kind: str = "estimated"


def costs_by_format(
    network: IntegerNetwork,
    capacity: Sequence[PopulationCapacity],
    synops: ByName,
    table: CostTable,
) -> tuple[FormatCost, ...]:
    """One entry a connection; none where the table knows one format, or nothing is placed.

    Args:
        capacity: Of every population, as placed.
        synops: ``Counts.synops`` of every inference.
    """
    if not capacity or not all(row in table.rows for row in ROWS.values()):
        return ()
    formats = formats_of(network, capacity)
    return tuple(
        _cost(table, name, formats[name], float(count.mean())) for name, count in synops.items()
    )


def formats_of(
    network: IntegerNetwork, capacity: Sequence[PopulationCapacity]
) -> dict[str, set[str]]:
    """Formats of the synapses of every connection, by ``counts.connection_name``."""
    found: dict[str, set[str]] = {}
    for part in capacity:
        for number, (c, *_) in enumerate(synapse_lists(network.incoming(part.name))):
            packed = part.formats[f"{number}: {c.source}->{c.target}"].split(" and ")
            own = {SHARED_FORMAT} if shares_weights(c) else set(packed)
            found.setdefault(connection_name(c), set()).update(own)
    return found


def _cost(table: CostTable, name: str, formats: set[str], synops: float) -> FormatCost:
    rows = _rows(table, formats)
    return FormatCost(
        table.name,
        name,
        " and ".join(sorted(formats)),
        synops,
        synops * table.rows[ROWS[DENSE_FORMAT]].number("value") * PICO,
        synops * min(row.number("low") for row in rows.values()) * PICO,
        synops * max(row.number("high") for row in rows.values()) * PICO,
        "; ".join(f"{row.source}, {row.where}" for row in rows.values()),
    )


def _rows(table: CostTable, formats: set[str]) -> Mapping[str, Cost]:
    return {each: table.rows[ROWS[each]] for each in sorted(formats)}
