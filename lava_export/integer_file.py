"""The file form of an IntegerNetwork: sealed safetensors, version 1, no pickle."""

from __future__ import annotations

from pathlib import Path

from lava_export.integer_network import IntegerConnection, IntegerNetwork, IntegerPopulation
from spikeff.network_parts import pack_network, unpack_network
from spikeff.sealed_file import load_sealed, sealed_bytes, write_bytes_whole

KIND = "spikeff-integer-network"
VERSION = 1


def save_integer_network(path: Path, network: IntegerNetwork) -> None:
    """Write ``network`` to ``path``, whole or not at all."""
    write_bytes_whole(path, integer_network_bytes(network))


def integer_network_bytes(network: IntegerNetwork) -> bytes:
    """The file's content."""
    return sealed_bytes(KIND, VERSION, *pack_network(network))


def load_integer_network(path: Path) -> IntegerNetwork:
    """Read a network; raises FileFormatError where the file is damaged, foreign or newer."""
    table, arrays = load_sealed(path, KIND, VERSION)
    return unpack_network(IntegerNetwork, IntegerPopulation, IntegerConnection, table, arrays, path)
