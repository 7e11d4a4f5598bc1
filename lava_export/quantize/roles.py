"""Role of a population -> how it becomes integers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lava_export.quantize.budgets import quantize_budget_gate, quantize_counter
from lava_export.quantize.gates import quantize_gate
from lava_export.quantize.request import Quantized, Request
from lava_export.quantize.rounding import round_population
from spikeff.errors import UnknownKindError
from spikeff.ir.roles import (
    BUDGET_COUNTER,
    BUDGET_GATE,
    EVERY_STEP,
    FREE,
    LAYER,
    LIMIT_GATE,
)


@dataclass(frozen=True)
class RoleQuantizer:
    """How populations of one role become integers.

    Attributes:
        make: The integers of a population and of its synapses, without what inhibits it.
        exact: Why they spike as the floats do, whatever the data; None where they are rounded, so
            that a scaling decides how well.
    """

    make: Callable[[Request], Quantized]
    exact: str | None = None


_QUANTIZERS = {
    LAYER: RoleQuantizer(round_population),
    FREE: RoleQuantizer(round_population),
    LIMIT_GATE: RoleQuantizer(
        quantize_gate, "its threshold stands apart from what the count can leak in a sample"
    ),
    BUDGET_COUNTER: RoleQuantizer(quantize_counter, "it counts in v, which keeps all"),
    BUDGET_GATE: RoleQuantizer(
        quantize_budget_gate, "its threshold stands apart from what u can leak in a sample"
    ),
    EVERY_STEP: RoleQuantizer(round_population, "its bias lies above its threshold"),
}


def register_quantizer(role: str, quantizer: RoleQuantizer) -> None:
    """Say how populations of ``role`` become integers (``spikeff.ir.roles``)."""
    _QUANTIZERS[role] = quantizer


def quantizer_of(role: str) -> RoleQuantizer:
    """The quantiser of a role; UnknownKindError lists the roles that have one."""
    if role not in _QUANTIZERS:
        raise UnknownKindError("quantiser of role", role, _QUANTIZERS)
    return _QUANTIZERS[role]
