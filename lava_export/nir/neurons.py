"""NIR's neurons as populations: one time constant each, gains folded into the weights.

NIR states constants per neuron, Lava takes decays and threshold per population. Gains and
thresholds that differ are folded into the weights, which changes no spike; time constants that
differ are refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import nir
import numpy as np

from lava_export.nir.arrivals import SAME
from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array

# An integrator without leak becomes a membrane that keeps all but this share of itself per step.
LEAST_LEAK = 2.0**-16


@dataclass(frozen=True, eq=False)
class Neurons:
    """Constants of a population, and what multiplies the weights into it.

    Attributes:
        gain: Current per unit of a weight, (size,).
        bias_gain: Leak potential per unit of a constant input, (size,); None where the current of a
            constant input would grow without bound.
        lag: True where the synapse delays a constant input, which here acts at once.
    """

    tau_syn: float
    tau_mem: float
    v_th: float
    v_leak: Array
    gain: Array
    bias_gain: Array | None
    lag: bool


def neurons_of(
    name: str, node: Any, current: Any, dt: float, size: int, unit_jumps: bool = False
) -> Neurons:
    """Read the membrane ``node`` of ``size`` neurons with the ``current`` stage before it, or None.

    Args:
        unit_jumps: See :func:`lava_export.nir.importer.import_description`.

    Raises:
        DescriptionError: A chip does not have the constants; the message names the node.
    """

    def each(value: Any) -> Array:
        array = np.asarray(value, np.float64).ravel()
        if array.size not in (1, size):
            raise DescriptionError(
                f"NIR node {name!r} holds {array.size} constants for {size} neurons."
            )
        full = np.broadcast_to(array, (size,))
        if not np.isfinite(full).all():
            raise DescriptionError(f"NIR node {name!r} holds a constant that is not finite.")
        return full

    _require_reset_to_zero(name, node, each)
    tau_syn, into_current, lag = _current_stage(name, node, current, dt, each, unit_jumps)
    if isinstance(node, nir.IF):
        tau_mem = dt / LEAST_LEAK
        through, leak = each(node.r) * tau_mem, np.zeros(size)
    else:
        tau = node.tau_mem if isinstance(node, nir.CubaLIF) else node.tau
        tau_mem = _shared(name, "tau_mem", each(tau), dt)
        through, leak = each(node.r), each(node.v_leak)
    thresholds = each(node.v_threshold)
    if (thresholds <= 0).any():
        worst = float(thresholds.min())
        raise DescriptionError(f"NIR node {name!r}: v_threshold = {worst}; it must be > 0.")
    v_th = float(thresholds[0])
    relative = v_th / thresholds
    gain = into_current * through * relative
    settled = gain * (tau_syn / dt) if math.isfinite(tau_syn) else None
    return Neurons(tau_syn, tau_mem, v_th, leak * relative, gain, settled, lag)


def _current_stage(
    name: str, node: Any, current: Any, dt: float, each: Any, unit_jumps: bool
) -> tuple[float, Array, bool]:
    """Time constant of the current, its jump per unit of weight, and whether it lags."""
    if isinstance(node, nir.CubaLIF):
        tau_syn = _shared(name, "tau_syn", each(node.tau_syn), dt)
        jump = 1.0 if unit_jumps else dt / tau_syn
        return tau_syn, each(node.w_in) * jump, tau_syn > dt
    if isinstance(current, nir.I):
        return math.inf, each(current.r) * dt, True
    if isinstance(current, nir.LI):
        if each(current.v_leak).any():
            raise DescriptionError(f"NIR node before {name!r}: LI with v_leak; only 0 is read.")
        tau_syn = _shared(name, "tau of LI", each(current.tau), dt)
        return tau_syn, each(current.r) * (dt / tau_syn), tau_syn > dt
    # Without a current stage the synapse's input acts in its own step alone.
    return dt, each(1.0), False


def _require_reset_to_zero(name: str, node: Any, each: Any) -> None:
    if node.v_reset is None:
        return
    resets = np.abs(each(node.v_reset))
    if (resets > SAME * np.abs(each(node.v_threshold))).any():
        raise DescriptionError(
            f"NIR node {name!r}: v_reset = {float(resets.max())}; Lava's LIF resets to 0: shift "
            f"the potentials."
        )


def _shared(name: str, what: str, values: Array, dt: float) -> float:
    """The one value of a time constant; ``dt`` itself where rounding has made it less."""
    first = float(values[0])
    if first <= 0 or (np.abs(values - first) > SAME * abs(first)).any():
        raise DescriptionError(
            f"NIR node {name!r}: {what} from {values.min():g} to {values.max():g}; a population "
            f"has one, above 0: split the node by {what}."
        )
    return dt if dt * (1 - SAME) <= first < dt else first
