"""How an IntegerNetwork becomes a JSON table and named arrays, and comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from lava_export.integers.host_bias import HostBias
from lava_export.integers.lift_roles import lift_roles, old_quantization
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from lava_export.integers.quantization import Quantization, Scaling
from spikeff.errors import FileFormatError
from spikeff.ir.io.lift_roles import with_default_roles
from spikeff.ir.io.sealed import Arrays
from spikeff.ir.io.serialise import (
    pack_network,
    pack_part,
    unpack_connectivity,
    unpack_network,
    unpack_part,
)

VERSION = 5
WITHOUT_HOST = 4
WITHOUT_PLASTICITY = 3
# From here on files hold roles, and how the integers were chosen.
WITH_ROLES = 3


def pack_integers(network: IntegerNetwork) -> tuple[dict[str, Any], Arrays]:
    """Table and arrays of ``network``, in the newest version."""
    table, arrays = pack_network(network)
    made = {"quantization": _packed(network.quantization), "chip": network.chip}
    hosts = [pack_part(h, f"host{k}", arrays) for k, h in enumerate(network.host)]
    return table | made | ({"host": hosts} if hosts else {}), arrays


def unpack_integers(
    version: int, table: dict[str, Any], arrays: Arrays, origin: Path
) -> IntegerNetwork:
    """The network in a table and arrays of ``version``.

    Raises:
        FileFormatError: Where a part is missing or malformed.
    """
    if version < WITH_ROLES:
        table = with_default_roles(table) | {"quantization": old_quantization(table)}
    network = unpack_network(
        IntegerNetwork, IntegerPopulation, IntegerConnection, table, arrays, origin
    )
    quantization = _unpacked(table.get("quantization"), origin)
    chip = table.get("chip", "")
    if not isinstance(chip, str):
        raise FileFormatError(f"{origin}: chip = {chip!r} is not the name of a chip.")
    hosts = _hosts(table.get("host", []), arrays, origin)
    network = replace(network, quantization=quantization, chip=chip, host=hosts)
    return network if version >= WITH_ROLES else lift_roles(network)


def _hosts(tables: Any, arrays: Arrays, origin: Path) -> tuple[HostBias, ...]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise FileFormatError(f"{origin}: host is no list of tables.")
    made = []
    for k, table in enumerate(tables):
        prefix = f"host{k}"
        kind = unpack_connectivity(table.get("connectivity"), prefix, arrays, origin)
        whole = table | {"connectivity": kind}
        made.append(unpack_part(HostBias, whole, prefix, arrays, origin))
    return tuple(made)


def _packed(quantization: Quantization | None) -> dict[str, Any] | None:
    if quantization is None:
        return None
    scalings = {name: asdict(scaling) for name, scaling in quantization.scalings.items()}
    return {"weight_bits": quantization.weight_bits, "scalings": scalings}


def _unpacked(table: Any, origin: Path) -> Quantization | None:
    if table is None:
        return None
    scalings = table.get("scalings") if isinstance(table, Mapping) else None
    if not isinstance(scalings, Mapping):
        raise FileFormatError(f"{origin}: quantization holds no table of scalings.")
    parts = {
        name: unpack_part(Scaling, scaling, f"scaling of {name}", {}, origin)
        for name, scaling in scalings.items()
    }
    return unpack_part(Quantization, dict(table) | {"scalings": parts}, "quantization", {}, origin)
