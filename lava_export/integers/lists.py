"""Connections whose synapses one list holds, a delay with each of them.

A chip keeps a delay with the synapse, so that all synapses from one population to another that
share a format lie in one list, and a spike of their source is one message to a core, whatever their
delays. A network has a connection for each delay; here they come together again.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from lava_export.integers.network import IntegerConnection
from spikeff.ir.connectivity import DENSE, Connection, Connectivity, Sparse

AnyConnection = TypeVar("AnyConnection", bound=Connection | IntegerConnection)


def synapse_lists(connections: Iterable[AnyConnection]) -> list[list[AnyConnection]]:
    """Connections by the list that holds them, in the order of the first of each.

    Lists of synapses between the same populations, of the same role and format, are one where no
    pair of neurons is joined twice; any other connection is a list of its own.
    """
    together: dict[Hashable, list[AnyConnection]] = {}
    for number, c in enumerate(connections):
        listed = isinstance(c.connectivity, Sparse)
        key: Hashable = (c.source, c.target, c.role, _format(c)) if listed else number
        together.setdefault(key, []).append(c)
    lists: list[list[AnyConnection]] = []
    for group in together.values():
        lists += [group] if _apart(group) else [[c] for c in group]
    return lists


def as_one(group: list[AnyConnection]) -> AnyConnection:
    """The synapses of a list of :func:`synapse_lists` as one connection, with the longest delay.

    It is a matrix where every pair of neurons is joined.
    """
    if len(group) == 1:
        return group[0]
    kinds = [c.connectivity for c in group if isinstance(c.connectivity, Sparse)]
    targets, sources = kinds[0].target_size, kinds[0].source_size
    post, pre = (np.concatenate([getattr(k, end) for k in kinds]) for end in ("post", "pre"))
    kind: Connectivity = Sparse(targets, sources, post, pre)
    weights = np.concatenate([c.weights for c in group])
    if len(weights) == targets * sources:
        kind, weights = DENSE, kind.matrix(weights)
    return replace(group[0], connectivity=kind, weights=weights, delay=max(c.delay for c in group))


def _format(connection: Connection | IntegerConnection) -> Hashable:
    if isinstance(connection, IntegerConnection):
        return connection.weight_bits, connection.weight_exp, connection.sign_mode
    return None


def _apart(group: list[AnyConnection]) -> bool:
    """Whether no two synapses join the same neurons."""
    if len(group) == 1:
        return True
    kinds = [c.connectivity for c in group if isinstance(c.connectivity, Sparse)]
    pairs = np.concatenate([k.post * k.source_size + k.pre for k in kinds])
    return len(np.unique(pairs)) == len(pairs)
