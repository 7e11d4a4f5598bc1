"""The file form of a NetworkDescription: sealed safetensors, version 3, no pickle.

Version 3 holds plasticity; networks without any are written in version 2, which holds the roles of
populations and connections, and every connectivity with its fields;
version 1 has no roles, which are inferred, and only the name of a connectivity's kind.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spikeff.errors import FileFormatError
from spikeff.ir.connectivity import Connection
from spikeff.ir.io.lift_roles import lift_roles, with_default_roles
from spikeff.ir.io.reading import reading
from spikeff.ir.io.sealed import Arrays, load_versioned, save_sealed
from spikeff.ir.io.serialise import is_plastic, pack_network, unpack_network
from spikeff.ir.network import NetworkDescription, Population

KIND = "spikeff-description"
VERSION = 3
WITHOUT_PLASTICITY = 2
WITH_ROLES = 2


def save_description(path: Path, description: NetworkDescription) -> None:
    """Write ``description`` to ``path``, whole or not at all."""
    version = VERSION if is_plastic(description) else WITHOUT_PLASTICITY
    save_sealed(path, KIND, version, *pack_network(description))


def load_description(path: Path) -> NetworkDescription:
    """Read a description; raises FileFormatError where the file is damaged, foreign or newer."""
    with reading(path, FileFormatError):
        found, table, arrays = load_versioned(path, KIND, VERSION)
        return unpack_description(found, table, arrays, path)


def unpack_description(
    version: int, table: dict[str, Any], arrays: Arrays, origin: Path
) -> NetworkDescription:
    """The description in the table and arrays of a file of ``version``."""
    if version < WITH_ROLES:
        table = with_default_roles(table)
    network = unpack_network(NetworkDescription, Population, Connection, table, arrays, origin)
    return network if version >= WITH_ROLES else lift_roles(network)
