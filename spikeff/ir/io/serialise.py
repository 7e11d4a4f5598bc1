"""The frozen parts of a network as a JSON table and named arrays, and back.

Used by both file formats, of descriptions and of integers. Every part checks itself when it is
constructed, so a file can hold no network that code could not have built.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

from spikeff.errors import FileFormatError, SpikeffError, UnknownNameError
from spikeff.ir.codes import ALL_LABELS, SOFTMAX, InputCode, LabelCode, Readout
from spikeff.ir.connectivity import Connectivity, get_connectivity
from spikeff.ir.io.fields import wrong_types
from spikeff.ir.io.sealed import Arrays
from spikeff.ir.membrane import Membrane
from spikeff.ir.plasticity import Plasticity
from spikeff.ir.sizes import MAX_STEPS

Part = TypeVar("Part")
PLASTICITY = "plasticity"
WHOLE = ("steps", "idle_steps", "dt", "dataset", "provenance")


def pack_part(part: Any, prefix: str, arrays: Arrays) -> dict[str, Any]:
    """Put the arrays of a dataclass into ``arrays`` under ``prefix``, return the rest.

    A connectivity becomes a table of its own: its name as ``kind``, and its fields.
    """
    table: dict[str, Any] = {}
    for field in fields(part):
        value = getattr(part, field.name)
        if isinstance(value, np.ndarray):
            arrays[f"{prefix}.{field.name}"] = value
        elif isinstance(value, Connectivity):
            fields_of_kind = pack_part(value, f"{prefix}.{field.name}", arrays)
            table[field.name] = {"kind": value.name} | fields_of_kind
        elif isinstance(value, Plasticity):
            table[field.name] = asdict(value)
        elif field.name == PLASTICITY:  # None is left out: such files are those of before it
            continue
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
    wrong = wrong_types(cls, values)
    if wrong:
        raise FileFormatError(
            f"{origin}: {prefix} holds a value of the wrong type: {'; '.join(wrong)}."
        )
    try:
        return cls(**values)
    except UnknownNameError as error:
        raise FileFormatError(f"{origin}: {prefix}: {error}") from None
    except SpikeffError:
        raise
    except (TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise FileFormatError(
            f"{origin}: {prefix} holds a value of the wrong type ({error})."
        ) from None


def pack_readout(readout: Readout, arrays: Arrays) -> dict[str, Any]:
    """As :func:`pack_part`; a membrane is a table of its own, and left out where there is none."""
    table = pack_part(readout, "readout", arrays)
    membrane = table.pop("membrane")
    if membrane is not None:
        table["membrane"] = pack_part(membrane, "readout.membrane", arrays)
    if table["steps"] is None:  # left out: such files are those of before it
        del table["steps"]
    return table


def unpack_readout(table: Any, arrays: Arrays, origin: Path) -> Readout:
    """Rebuild what :func:`pack_readout` packed."""
    membrane = table.get("membrane") if isinstance(table, dict) else None
    if membrane is not None:
        membrane = unpack_part(Membrane, membrane, "readout.membrane", arrays, origin)
    if isinstance(table, dict):
        steps = {"steps": _in_tuples(table.get("steps"))}
        table = table | {"membrane": membrane} | steps
    return unpack_part(Readout, table, "readout", arrays, origin)


def _in_tuples(value: Any) -> Any:
    return tuple(_in_tuples(inner) for inner in value) if isinstance(value, list) else value


def pack_network(network: Any) -> tuple[dict[str, Any], Arrays]:
    """Table and arrays of a NetworkDescription or an IntegerNetwork.

    Raises:
        FileFormatError: The network is one that no file is read with.
    """
    require_runnable(network, "network")
    arrays: Arrays = {}
    table = {
        "steps": network.steps,
        "idle_steps": network.idle_steps,
        "dt": network.dt,
        "dataset": network.dataset,
        "provenance": network.provenance,
        "input": pack_part(network.input, "input", arrays),
        "labels": pack_part(network.labels, "labels", arrays) if network.labels else None,
        "readout": pack_readout(network.readout, arrays),
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
    for name in ("populations", "connections"):
        if not isinstance(table.get(name), list):
            raise FileFormatError(f"{origin}: missing or malformed part ({name}: not a list).")
    try:
        labels = table["labels"]
        whole = {name: table[name] for name in WHOLE}
        wrong = wrong_types(cast(type[Any], network), whole)
        if wrong:
            raise FileFormatError(f"{origin} holds a value of the wrong type: {'; '.join(wrong)}.")
        rebuilt = network(
            **whole,
            input=unpack_part(InputCode, table["input"], "input", arrays, origin),
            labels=None
            if labels is None
            else unpack_part(LabelCode, labels, "labels", arrays, origin),
            readout=unpack_readout(table["readout"], arrays, origin),
            populations=tuple(
                unpack_part(population, part, f"population{k}", arrays, origin)
                for k, part in enumerate(table["populations"])
            ),
            connections=tuple(
                _unpack_connection(connection, part, f"connection{k}", arrays, origin)
                for k, part in enumerate(table["connections"])
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise FileFormatError(f"{origin}: missing or malformed part ({error}).") from None
    require_runnable(rebuilt, origin)
    return rebuilt


def _unpack_connection(
    cls: type[Part], table: Any, prefix: str, arrays: Arrays, origin: Path
) -> Part:
    """Rebuild a connection, its connectivity first; older files hold only the name of its kind."""
    if not isinstance(table, dict):
        raise FileFormatError(f"{origin}: {prefix} is not a table; export it again.")
    older = {"kind": table["kind"]} if "kind" in table else None
    found = table.get("connectivity", older)
    rest = {k: v for k, v in table.items() if k not in ("kind", "connectivity")}
    connectivity = unpack_connectivity(found, prefix, arrays, origin)
    rule = rest.get(PLASTICITY)
    if rule is not None:
        rule = unpack_part(Plasticity, rule, f"{prefix}.{PLASTICITY}", {}, origin)
    whole = rest | {"connectivity": connectivity, PLASTICITY: rule}
    return unpack_part(cls, whole, prefix, arrays, origin)


def unpack_connectivity(found: Any, prefix: str, arrays: Arrays, origin: Path) -> Connectivity:
    """The connectivity of a part that :func:`pack_part` packed.

    Args:
        found: Its table: the name of its kind, and its fields.
        prefix: Of the part.
    """
    if not isinstance(found, dict) or not isinstance(found.get("kind"), str):
        raise FileFormatError(f"{origin}: {prefix} names no connectivity; export it again.")
    given = {k: v for k, v in found.items() if k != "kind"}
    try:
        kind = get_connectivity(found["kind"])
    except UnknownNameError as error:
        raise FileFormatError(f"{origin}: {prefix}: {error}") from None
    return unpack_part(kind, given, f"{prefix}.connectivity", arrays, origin)


def is_plastic(network: Any) -> bool:
    """Whether any connection of ``network`` has plasticity."""
    return any(c.plasticity is not None for c in network.connections)


def require_runnable(network: Any, origin: Path | str) -> None:
    """Refuse what no part can check alone and simulators or the readout could not run."""
    times = [network.steps, network.idle_steps, *(c.delay for c in network.connections)]
    if not 0 <= min(times) <= max(times) <= MAX_STEPS:
        raise FileFormatError(f"{origin}: steps and delays {times}; 0 to {MAX_STEPS} are read.")
    labels, readout = network.labels, network.readout
    if (readout.kind == ALL_LABELS) != (labels is not None) or (
        labels is not None and labels.classes != readout.classes
    ):
        raise FileFormatError(
            f"{origin}: readout {readout.kind!r} of {readout.classes} classes beside "
            f"{labels.classes if labels else 'no'} labels in the input; {ALL_LABELS!r} reads as "
            f"many labels, the others read none."
        )
    sizes = {p.name: p.size for p in network.populations}
    unknown = [name for name in readout.populations if name not in sizes]
    if unknown or not readout.populations:
        raise FileFormatError(
            f"{origin}: the readout reads {unknown or 'nothing'}; populations: {sorted(sizes)}."
        )
    neurons = sum(sizes[name] for name in readout.populations)
    expected = (readout.classes, neurons), (readout.classes,)
    found = readout.softmax_weights.shape, readout.softmax_bias.shape
    left_out = readout.kind != SOFTMAX and not readout.softmax_weights.size
    if found != expected and not left_out:
        raise FileFormatError(f"{origin}: readout weights of shapes {found} need {expected}.")
