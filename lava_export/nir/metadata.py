"""What our own NIR files say beside the nodes: codes, columns, roles, readout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lava_export.nir.export import ARRAY_PREFIX, VERSION, WITH_ROLES
from spikeff.errors import FileFormatError
from spikeff.ir.arrays import Array
from spikeff.ir.codes import InputCode, LabelCode
from spikeff.ir.io.lift_roles import lift_roles, with_default_roles
from spikeff.ir.io.serialise import unpack_part, unpack_readout
from spikeff.ir.network import NetworkDescription
from spikeff.ir.roles import LEARNED

ORIGIN = Path("NIR graph")
DAMAGE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, StopIteration)


@contextmanager
def trusting_metadata() -> Iterator[None]:
    """What is made of our own metadata, which anyone may have changed, fails as one error."""
    try:
        yield
    except DAMAGE as error:
        raise FileFormatError(
            f"the NIR graph's spikeff metadata do not fit its nodes ({type(error).__name__}: "
            f"{error}); export the network again."
        ) from None


def arrays_of(graph: Any) -> dict[str, Array]:
    """What no node holds, by name."""
    return {
        name.removeprefix(ARRAY_PREFIX): np.asarray(value)
        for name, value in graph.metadata.items()
        if name.startswith(ARRAY_PREFIX)
    }


def version_of(table: dict[str, Any]) -> int:
    """The version of the metadata; 1, which said none, has no roles."""
    version = table.get("version", 1)
    if type(version) is not int or not 1 <= version <= VERSION:
        raise FileFormatError(
            f"the NIR graph's spikeff metadata have version {version!r}; 1 to {VERSION} are read: "
            f"upgrade spikeff or export the network again."
        )
    return version


def with_metadata(
    description: NetworkDescription, graph: Any, table: dict[str, Any], version: int
) -> NetworkDescription:
    """What NIR does not say about one of our networks: codes, columns, roles, readout."""
    arrays = arrays_of(graph)
    if version < WITH_ROLES:
        table = with_default_roles(table)
    labels = table["labels"]
    known = {p["name"]: p for p in table["populations"]}
    found = {p.name: p for p in description.populations}
    if found.keys() != known.keys():
        raise ValueError(f"populations {sorted(found)} in the nodes, {sorted(known)} beside them")
    fields = ("depth", "column_size", "spike_limit", "constraint_columns", "role")
    role_of = _roles(table["connections"])
    whole = replace(
        description,
        input=unpack_part(InputCode, table["input"], "input", arrays, ORIGIN),
        labels=None if labels is None else unpack_part(LabelCode, labels, "labels", arrays, ORIGIN),
        readout=unpack_readout(table["readout"], arrays, ORIGIN),
        populations=tuple(
            replace(found[name], **{field: part[field] for field in fields})
            for name, part in known.items()
        ),
        connections=tuple(
            replace(c, role=role_of[c.source, c.target, c.delay]) for c in description.connections
        ),
        dataset=table["dataset"],
        provenance=table["provenance"] | description.provenance,
    )
    return whole if version >= WITH_ROLES else lift_roles(whole)


def _roles(connections: list[dict[str, Any]]) -> dict[tuple[str, str, int], str]:
    """Role by source, target and delay: nodes at one place are summed, and learn if one does."""
    roles: dict[tuple[str, str, int], str] = {}
    for c in connections:
        place = c["source"], c["target"], c["delay"]
        same = roles.get(place, c["role"]) == c["role"]
        roles[place] = c["role"] if same else LEARNED
    return roles
