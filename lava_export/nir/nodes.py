"""The NIR nodes of one population: one neuron, or a current stage and a membrane behind it.

Discretisation (stated in every file that we write): explicit Euler at ``dt``, the current first,
the membrane with the new current, then threshold (strict) and reset to 0; a spike is a 1 that
lasts one step. So ``CubaLIF`` adds ``w_in dt / tau_syn`` of each arriving weight to its current.
"""

from __future__ import annotations

import math
from typing import Any

import nir
import numpy as np

from spikeff.errors import DescriptionError
from spikeff.ir.arrays import Array

DISCRETISATION = (
    "Explicit Euler with step dt. Per step: I += dt/tau_syn (-I + w_in W s); "
    "v += dt/tau_mem (v_leak - v + r I); spike = v > v_threshold; v = v_reset where it spiked. "
    "s is 1 in the step of a spike. Feed-forward edges cost no step; a Delay of d dt costs d steps."
)


def neuron_nodes(
    names: tuple[str, str],
    dt: float,
    tau_syn: float,
    tau_mem: float,
    v_threshold: float,
    drive: Array,
    gain: float,
) -> tuple[dict[str, Any], str]:
    """Nodes of a population by name, and the one that synapses end at.

    Per step ``i <- i + weights``, ``v <- (1 - dt / tau_mem) v + gain i + drive``, then
    ``i <- i (1 - dt / tau_syn)``.

    Args:
        names: Of the membrane, and of a current stage where the population has one.
        dt: Seconds per step.
        tau_syn: Time constant of the current in seconds, may be infinite.
        tau_mem: Time constant of the membrane in seconds, may be infinite.
        drive: Added to v in every step, (size,).
        gain: Factor of the current in v.
    """
    size, (name, stage) = len(drive), names

    def each(value: float) -> Array:
        return np.full(size, value, np.float64)

    if math.isinf(tau_mem) and drive.any():
        raise DescriptionError(
            f"population {name!r}: a bias without any leak has no NIR node (IF has no leak "
            f"potential); give it a leak (dv >= 1) or no bias."
        )
    leak = drive * (tau_mem / dt) if drive.any() else each(0.0)
    resistance = gain * tau_mem / dt
    if math.isfinite(tau_syn) and math.isfinite(tau_mem):
        whole = nir.CubaLIF(
            tau_syn=each(tau_syn),
            tau_mem=each(tau_mem),
            r=each(resistance),
            v_leak=leak,
            v_threshold=each(v_threshold),
            v_reset=each(0.0),
            w_in=each(tau_syn / dt),
        )
        return {name: whole}, name
    current = (
        nir.I(r=each(1 / dt))
        if math.isinf(tau_syn)
        else nir.LI(tau=each(tau_syn), r=each(tau_syn / dt), v_leak=each(0.0))
    )
    membrane = (
        nir.IF(r=each(gain / dt), v_threshold=each(v_threshold), v_reset=each(0.0))
        if math.isinf(tau_mem)
        else nir.LIF(
            tau=each(tau_mem),
            r=each(resistance),
            v_leak=leak,
            v_threshold=each(v_threshold),
            v_reset=each(0.0),
        )
    )
    return {stage: current, name: membrane}, stage
