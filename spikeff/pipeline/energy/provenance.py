"""What an estimate was made of: versions, and hashes of network, samples and cost tables."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from spikeff import __version__
from spikeff.data.dataset import Split
from spikeff.data.stored import in_pieces
from spikeff.provenance import git_state

if TYPE_CHECKING:
    from hw_targets.cost.table import CostTable
    from lava_export.integers.network import IntegerNetwork

SCHEMA = 2  # of the report as JSON; it grows where a field changes its meaning or goes


@dataclass(frozen=True)
class Provenance:
    """Hashes are SHA-256 of contents, whatever the names and places of the files.

    Attributes:
        schema: Number of the form of the report.
        version: Of spikeff.
        commit: Of its source tree; None for an installed package.
        changed: Whether files of that tree differ from the commit; None as above.
        network: Hash of the integers as run, without their history and the chip of their export;
            each table names its own chip.
        data: Hash of the samples and their labels.
        tables: Hash of each cost table, by its name.
    """

    schema: int
    version: str
    commit: str | None
    changed: bool | None
    network: str
    data: str
    tables: dict[str, str]


def provenance(network: IntegerNetwork, split: Split, tables: Sequence[CostTable]) -> Provenance:
    """What an estimate of ``network`` on ``split`` by ``tables`` is made of."""
    git = git_state() or {}
    return Provenance(
        SCHEMA,
        __version__,
        git.get("commit"),
        git.get("changed"),
        network_hash(network),
        data_hash(split),
        {table.name: table_hash(table) for table in tables},
    )


def network_hash(network: IntegerNetwork) -> str:
    """SHA-256 of the integers, their wiring and codes, whatever chip they were exported for."""
    from lava_export.integers.file import integer_network_bytes

    plain = replace(network, chip="", provenance={})
    return hashlib.sha256(integer_network_bytes(plain)).hexdigest()


def data_hash(split: Split) -> str:
    """SHA-256 of samples and labels, in their order."""
    found = hashlib.sha256()
    for array in (split.images, split.labels):
        found.update(f"{array.dtype.str} {array.shape}".encode())
        for piece in in_pieces(split.images):
            found.update(np.ascontiguousarray(array[piece]).data)
    return found.hexdigest()


def table_hash(table: CostTable) -> str:
    """SHA-256 of all that a cost table says, figures and sources."""
    return hashlib.sha256(
        json.dumps(asdict(table), sort_keys=True, default=str).encode()
    ).hexdigest()
