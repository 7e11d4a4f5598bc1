"""Roles for descriptions of version 1, whose files had none: inferred from names and constants.

The circuits of version 1 are known exactly: what ``spike_limit`` and ``spike_budget`` built then is
recognised here by its constants, and nowhere else. Newer files hold the role of every part.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from spikeff.ir import roles
from spikeff.ir.connectivity import DENSE, ONE_TO_ONE, Connection
from spikeff.ir.network import BLANK, NetworkDescription, Population

V_TH = 0.5
COUNTER, PASSED = ".budget", ".passed"


def with_default_roles(table: dict[str, Any]) -> dict[str, Any]:
    """The table of a network whose parts have no roles, with default roles."""
    found = dict(table)
    for name, role_of in (("populations", lambda part: roles.LAYER), ("connections", _by_source)):
        parts = table.get(name)
        if isinstance(parts, list) and all(isinstance(part, dict) for part in parts):
            found[name] = [part | {"role": role_of(part)} for part in parts]
    return found


def _by_source(part: dict[str, Any]) -> str:
    return roles.BLANKING if part.get("source") == BLANK else roles.LEARNED


def lift_roles(description: NetworkDescription) -> NetworkDescription:
    """The description with the inferred role of every population and connection."""
    role_of = {p.name: _role(description, p) for p in description.populations}
    for c in description.connections:
        if role_of[c.target] == roles.LIMIT_GATE and c.connectivity == ONE_TO_ONE:
            role_of[c.source] = roles.FREE
    limited = {p.name for p in description.populations if p.spike_limit is not None}
    return replace(
        description,
        populations=tuple(replace(p, role=role_of[p.name]) for p in description.populations),
        connections=tuple(
            replace(c, role=_connection_role(c, role_of[c.target], c.target in limited))
            for c in description.connections
        ),
    )


def _role(description: NetworkDescription, population: Population) -> str:
    if _is_limit_gate(description, population):
        return roles.LIMIT_GATE
    if _is_counter(description, population):
        return roles.BUDGET_COUNTER
    if _is_budget_gate(description, population):
        return roles.BUDGET_GATE
    return roles.LAYER


def _connection_role(connection: Connection, role: str, limited: bool) -> str:
    if connection.source == BLANK:
        return roles.BLANKING
    if limited and connection.source == connection.target and connection.connectivity == ONE_TO_ONE:
        return roles.SELF_INHIBITION
    counts = role in (roles.BUDGET_COUNTER, *roles.GATES)
    return roles.FIXED if counts else roles.LEARNED


def _is_limit_gate(description: NetworkDescription, population: Population) -> bool:
    limit = population.spike_limit
    pairs = sorted(
        (c for c in description.incoming(population.name) if c.connectivity == ONE_TO_ONE),
        key=lambda c: c.delay,
    )
    if limit is None or len(pairs) != 2 or pairs[0].source == population.name:
        return False
    opens, counts = pairs
    return (
        population.v_th == V_TH
        and _has_gate_constants(description, population)
        and (opens.source, opens.delay, counts.delay) == (counts.source, 0, 1)
        and bool((opens.weights == limit).all())
        and bool((counts.weights == -limit - 1).all())
    )


def _is_counter(description: NetworkDescription, population: Population) -> bool:
    counted = [
        c for c in description.incoming(population.name) if c.source not in (population.name, BLANK)
    ]
    return (
        population.name.endswith(COUNTER)
        and (population.size, population.spike_limit) == (1, 1)
        and population.v_th % 1 == V_TH
        and _has_gate_constants(description, population)
        and [(c.connectivity, c.delay, bool((c.weights == 1).all())) for c in counted]
        == [(DENSE, 0, True)]
    )


def _is_budget_gate(description: NetworkDescription, population: Population) -> bool:
    found = [
        (
            c.source,
            c.connectivity.name,
            c.delay,
            float(c.weights.flat[0]),
            bool(np.ptp(c.weights) == 0),
        )
        for c in description.incoming(population.name)
        if c.source != BLANK
    ]
    name = population.name.removesuffix(PASSED)
    expected = [
        (name, ONE_TO_ONE.name, 0, 1.0, True),
        (name, ONE_TO_ONE.name, 1, -1.0, True),
        (name + COUNTER, DENSE.name, 1, -1.0, True),
    ]
    return (
        population.name.endswith(PASSED)
        and population.v_th == V_TH
        and _has_gate_constants(description, population)
        and sorted(found) == sorted(expected)
    )


def _has_gate_constants(description: NetworkDescription, population: Population) -> bool:
    # A non-leaky synaptic current and a membrane without memory: v = i.
    constants = (population.tau_syn, population.tau_mem)
    return constants == (math.inf, description.dt) and not population.v_leak.any()
