"""The kinds of connectivity by name."""

from __future__ import annotations

from typing import TypeVar

from spikeff.errors import ConfigError, UnknownKindError
from spikeff.ir.connectivity.base import Connectivity
from spikeff.ir.connectivity.conv2d import Conv2d
from spikeff.ir.connectivity.dense import Dense
from spikeff.ir.connectivity.local import LocalFields
from spikeff.ir.connectivity.one_to_one import OneToOne
from spikeff.ir.connectivity.pool2d import AvgPool2d, SumPool2d
from spikeff.ir.connectivity.sparse import Sparse

Kind = TypeVar("Kind", bound=type[Connectivity])
CONNECTIVITIES: dict[str, type[Connectivity]] = {
    kind.name: kind for kind in (Dense, OneToOne, Sparse, LocalFields, Conv2d, SumPool2d, AvgPool2d)
}


def register_connectivity(kind: Kind) -> Kind:
    """Make ``kind`` known to files and :func:`get_connectivity` by its name.

    Simulators, export and counts need nothing more: what they do follows from its synapses.
    Whoever reads a file with it must have registered it too.

    Args:
        kind: A subclass of Connectivity, a frozen dataclass of numbers, tuples and arrays.

    Returns:
        The same class, so that this can be a decorator.

    Raises:
        ConfigError: The name is taken.
    """
    if kind.name in CONNECTIVITIES:
        raise ConfigError(f"connectivity {kind.name!r} is registered already; choose another name.")
    CONNECTIVITIES[kind.name] = kind
    return kind


def get_connectivity(name: str) -> type[Connectivity]:
    """The kind ``name``.

    Raises:
        UnknownKindError: No kind has that name; lists those that exist.
    """
    if name not in CONNECTIVITIES:
        raise UnknownKindError("connectivity", name, CONNECTIVITIES)
    return CONNECTIVITIES[name]
