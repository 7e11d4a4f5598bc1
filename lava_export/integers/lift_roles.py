"""Integers without roles, as versions 1 and 2 of the file had them.

What quantisation and the readout on the chip wrote then is found here by names and constants, and
nowhere else. Newer files say what a part is for, and how they were quantised.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from spikeff.ir import roles
from spikeff.ir.connectivity import ONE_TO_ONE
from spikeff.ir.network import BLANK

COUNTER, PASSED = ".budget", ".passed"
READOUT = {
    "readout.goodness": roles.ACCUMULATOR,
    "readout.duels": roles.COMPARATOR,
    "readout.winner": roles.WINNER,
}
THRESHOLD_COUNTERS = (".rungs", ".totals")


def lift_roles(network: IntegerNetwork) -> IntegerNetwork:
    """The network with the role of every population and connection."""
    role_of = {p.name: _role(network, p) for p in network.populations}
    for c in network.connections:
        if role_of[c.target] == roles.LIMIT_GATE and c.connectivity == ONE_TO_ONE:
            role_of[c.source] = roles.FREE
    limited = {p.name for p in network.populations if p.spike_limit is not None}
    return replace(
        network,
        populations=tuple(replace(p, role=role_of[p.name]) for p in network.populations),
        connections=tuple(
            replace(c, role=_connection_role(c, role_of[c.target], c.target in limited))
            for c in network.connections
        ),
    )


def old_quantization(table: dict[str, Any]) -> Any:
    """The table of ``IntegerNetwork.quantization``, which was part of the provenance; or None."""
    provenance = table.get("provenance")
    if not isinstance(provenance, dict) or not {"weight_bits", "scalings"} <= provenance.keys():
        return None
    return {name: provenance[name] for name in ("weight_bits", "scalings")}


def _role(network: IntegerNetwork, population: IntegerPopulation) -> str:
    name = population.name
    if name in READOUT:
        return READOUT[name]
    if name.endswith(THRESHOLD_COUNTERS):
        return roles.THRESHOLD_COUNTER
    if _is_limit_gate(network, population):
        return roles.LIMIT_GATE
    if name.endswith(COUNTER) and _decays(population) == (limits.DECAY_MAX, 0):
        return roles.BUDGET_COUNTER
    closes = name.removesuffix(PASSED) + COUNTER
    closed = any(c.source == closes for c in network.incoming(name))
    if name.endswith(PASSED) and closed and _decays(population) == (0, limits.DECAY_MAX):
        return roles.BUDGET_GATE
    return roles.LAYER


def _decays(population: IntegerPopulation) -> tuple[int, int]:
    return population.du, population.dv


def _is_limit_gate(network: IntegerNetwork, population: IntegerPopulation) -> bool:
    limit = population.spike_limit
    incoming = network.incoming(population.name)
    pairs = sorted((c for c in incoming if c.connectivity == ONE_TO_ONE), key=lambda c: c.delay)
    if limit is None or len(pairs) != 2 or pairs[0].source == population.name:
        return False
    opens, counts = pairs
    return (
        _decays(population) == (0, limits.DECAY_MAX)
        and not population.bias_mant.any()
        and (opens.source, opens.delay, counts.delay) == (counts.source, 0, 1)
        and bool(np.ptp(opens.weights) == 0)
        and bool((counts.weights * limit == -(limit + 1) * opens.weights.astype(np.int64)).all())
    )


def _connection_role(connection: IntegerConnection, role: str, limited: bool) -> str:
    blanking = roles.READOUT if role in (roles.COMPARATOR, roles.WINNER) else roles.BLANKING
    if connection.source == BLANK:
        return blanking
    if limited and connection.source == connection.target and connection.connectivity == ONE_TO_ONE:
        return roles.SELF_INHIBITION
    if role in roles.READOUT_PARTS:
        return roles.READOUT
    counts = role in (roles.BUDGET_COUNTER, *roles.GATES)
    return roles.FIXED if counts else roles.LEARNED
