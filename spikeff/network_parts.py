"""How the frozen parts of a network become a JSON table and named arrays, and come back.

Used by both file formats, of descriptions and of integers. Every part checks itself when made, so
a file can hold no network that code could not have built.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from spikeff.description import InputCode, LabelCode, Readout
from spikeff.errors import FileFormatError, SpikeffError
from spikeff.sealed_file import Arrays

Part = TypeVar("Part")


def pack_part(part: Any, prefix: str, arrays: Arrays) -> dict[str, Any]:
    """Put the arrays of a dataclass into ``arrays`` under ``prefix``, return the rest."""
    table: dict[str, Any] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, np.ndarray):
            arrays[f"{prefix}.{field.name}"] = value
        else:
            table[field.name] = value
    return table


def unpack_part(cls: type[Part], table: Any, prefix: str, arrays: Arrays, origin: Path) -> Part:
    """Rebuild a dataclass packed by :func:`pack_part`; lists become tuples."""
    if not isinstance(table, dict):
        raise FileFormatError(f"{origin}: {prefix} is not a table; export it again.")
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    names = {field.name for field in fields(cls)}  # type: ignore[arg-type]
    for name in names - values.keys():
        if f"{prefix}.{name}" in arrays:
            values[name] = arrays[f"{prefix}.{name}"]
    if names != values.keys():
        odd = sorted(names ^ values.keys())
        raise FileFormatError(f"{origin}: {prefix} has missing or foreign fields {odd}.")
    try:
        return cls(**values)
    except SpikeffError:
        raise
    except (TypeError, ValueError, AttributeError) as error:
        raise FileFormatError(
            f"{origin}: {prefix} holds a value of the wrong type ({error})."
        ) from None


def pack_network(network: Any) -> tuple[dict[str, Any], Arrays]:
    """Table and arrays of a NetworkDescription or an IntegerNetwork."""
    arrays: Arrays = {}
    table = {
        "steps": network.steps,
        "idle_steps": network.idle_steps,
        "dt": network.dt,
        "dataset": network.dataset,
        "provenance": network.provenance,
        "input": pack_part(network.input, "input", arrays),
        "labels": pack_part(network.labels, "labels", arrays) if network.labels else None,
        "readout": pack_part(network.readout, "readout", arrays),
        "populations": [
            pack_part(p, f"population{k}", arrays) for k, p in enumerate(network.populations)
        ],
        "connections": [
            pack_part(c, f"connection{k}", arrays) for k, c in enumerate(network.connections)
        ],
    }
    return table, arrays


def unpack_network(
    network: Callable[..., Part],
    population: type[Any],
    connection: type[Any],
    table: dict[str, Any],
    arrays: Arrays,
    origin: Path,
) -> Part:
    """Rebuild a network packed by :func:`pack_network` from its three classes."""
    try:
        labels = table["labels"]
        return network(
            steps=table["steps"],
            idle_steps=table["idle_steps"],
            dt=table["dt"],
            dataset=table["dataset"],
            provenance=table["provenance"],
            input=unpack_part(InputCode, table["input"], "input", arrays, origin),
            labels=labels and unpack_part(LabelCode, labels, "labels", arrays, origin),
            readout=unpack_part(Readout, table["readout"], "readout", arrays, origin),
            populations=tuple(
                unpack_part(population, part, f"population{k}", arrays, origin)
                for k, part in enumerate(table["populations"])
            ),
            connections=tuple(
                unpack_part(connection, part, f"connection{k}", arrays, origin)
                for k, part in enumerate(table["connections"])
            ),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise FileFormatError(f"{origin}: missing or malformed part ({error}).") from None
