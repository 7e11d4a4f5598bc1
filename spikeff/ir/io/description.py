"""The file form of a NetworkDescription: sealed safetensors, version 1, no pickle."""

from __future__ import annotations

from pathlib import Path

from spikeff.ir.connectivity import Connection
from spikeff.ir.io.sealed import load_sealed, save_sealed
from spikeff.ir.io.serialise import pack_network, unpack_network
from spikeff.ir.network import NetworkDescription, Population

KIND = "spikeff-description"
VERSION = 1


def save_description(path: Path, description: NetworkDescription) -> None:
    """Write ``description`` to ``path``, whole or not at all."""
    save_sealed(path, KIND, VERSION, *pack_network(description))


def load_description(path: Path) -> NetworkDescription:
    """Read a description; raises FileFormatError where the file is damaged, foreign or newer."""
    table, arrays = load_sealed(path, KIND, VERSION)
    return unpack_network(NetworkDescription, Population, Connection, table, arrays, path)
