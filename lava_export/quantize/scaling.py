"""The few numbers that decide a population's integers, and which of them are possible."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from lava_export.chips import limits
from lava_export.integers.quantization import Scaling
from lava_export.quantize.weight_grid import (
    from_grid,
    lattice_constant,
    source_exponents,
    to_grid,
    weight_grid,
)
from spikeff.ir.arrays import Array
from spikeff.ir.bounds import current_decay, host_drives, worst_currents
from spikeff.ir.connectivity import Connection
from spikeff.ir.network import NetworkDescription, Population

INHIBITION_MAX = -limits.WEIGHT_RANGES["inhibitory"][0]
# Inhibition is rounded up; just below the limit, so that the rounding of floats does not pass it.
STRONGEST_INHIBITION = (INHIBITION_MAX << limits.WEIGHT_EXP_MAX) * (1 - 1e-12)
LARGEST_BIAS = limits.BIAS_MAX << limits.BIAS_EXP_MAX
# Shares of the largest weight at which the grid may end, tried from the gentlest clipping on.
CLIP_SHARES = np.linspace(1.0, 0.25, 31)
# Part of the current's register that the worst case may fill, before inhibition is rounded up.
FILL = 0.99
# How often a scale is made smaller because rounding has made the worst case larger.
ATTEMPTS = 8
# A weight this many times the median is an outlier, for whose sake no more than this share of the
# weights may become 0.
OUTLIER, LOST = 64.0, 0.5
# Multiples of the scale that clips nothing, with exponents by source, that are tried beyond it.
FINER = tuple(2.0**exponent for exponent in range(limits.WEIGHT_EXP_MAX + 1))


def nearest_decay(share: float, offset: int) -> int:
    """Nearest 12-bit decay; Lava adds ``offset`` to it, so that du = 0 still leaks 1/4096."""
    return min(max(round(share * limits.DECAY_UNITY) - offset, 0), limits.DECAY_MAX)


def default_scaling(
    description: NetworkDescription,
    population: Population,
    learned: list[Connection],
    inhibition: list[Connection],
    bits: int,
) -> Scaling:
    """The scale with the least squared error on the weights, everything else to nearest.

    Weights that lie on a grid of ``bits`` bits already keep it.
    """
    scales = candidate_scales(learned, bits)
    ceiling, reason = scale_ceiling(description, population, inhibition)
    du = nearest_decay(current_decay(description, population), limits.DS_OFFSET)
    dv = nearest_decay(description.dt / population.tau_mem, 0)
    if not scales:
        return Scaling(ceiling, du, dv, limited_by=reason)
    exact = lattice_scale(learned, bits, ceiling)
    if exact is not None:
        return Scaling(exact, du, dv, by_source=True)
    errors = [squared_error(learned, scale, bits, by_source=False) for scale in scales]
    best, by_source = scales[int(np.argmin(errors))], False
    lost = lost_share(learned, min(best, ceiling), bits, by_source=False)
    if lost > LOST and has_outliers(learned):
        best, by_source = _keeping_most(learned, scales[0], ceiling, bits) or (best, False)
    best = max(best, scale_floor(description, population))
    limited_by = "weights" if best <= ceiling else reason
    scaling = Scaling(min(best, ceiling), du, dv, by_source=by_source, limited_by=limited_by)
    return with_room(scaling, description, population, learned, bits)


def _keeping_most(
    learned: list[Connection], unclipped: float, ceiling: float, bits: int
) -> tuple[float, bool] | None:
    """The scale with the least squared error under which most weights stay, with exponents."""
    scales = [min(unclipped * multiple, ceiling) for multiple in FINER]
    kept = [s for s in scales if lost_share(learned, s, bits, by_source=True) <= LOST]
    if not kept:
        return None
    return min(kept, key=lambda s: squared_error(learned, s, bits, by_source=True)), True


def with_room(
    scaling: Scaling,
    description: NetworkDescription,
    population: Population,
    learned: list[Connection],
    bits: int,
) -> Scaling:
    """``scaling`` made smaller until the rounded weights leave the current its register.

    With few bits, rounding can make the worst case of the weights larger than it was.
    """
    for _ in range(ATTEMPTS):
        rounded = tuple(
            replace(c, weights=rounded_weights(c, scaling.scale, bits, scaling.by_source))
            if c in learned
            else c
            for c in description.connections
        )
        high, low = worst_currents(
            replace(description, connections=rounded), population.name, description.period
        )
        worst = float(np.maximum(high, -low).max()) * scaling.scale * 2**limits.ACTIVATION_SHIFT
        if worst <= limits.STATE_MAX * (1 + FILL) / 2:
            break
        smaller = scaling.scale * limits.STATE_MAX * FILL / worst
        scaling = replace(scaling, scale=smaller, limited_by="current")
    return scaling


def candidate_scales(learned: list[Connection], bits: int) -> list[float]:
    """Scales at which the grid ends at ``CLIP_SHARES`` of the largest weight; none without any."""
    largest = max((float(np.abs(c.weights).max(initial=0.0)) for c in learned), default=0.0)
    if largest == 0.0:
        return []
    return [weight_grid(bits).high / (largest * share) for share in CLIP_SHARES]


def lattice_scale(learned: list[Connection], bits: int, ceiling: float) -> float | None:
    """The scale that keeps weights that are on a grid already as they are, else None.

    The largest up to ``ceiling``, with exponents of the sources as low as that needs.
    """
    weights = np.concatenate([c.weights.ravel() for c in learned])
    spacing = lattice_constant(weights, bits)
    if spacing is None:
        return None
    step = weight_grid(bits).step
    for exponent in range(0, limits.least_exponent(step) - 1, -1):
        scale = step / spacing * 2.0**exponent
        if scale <= ceiling:
            error = squared_error(learned, scale, bits, by_source=True)
            return scale if error < 1e-4 * spacing**2 else None
    return None


def squared_error(learned: list[Connection], scale: float, bits: int, by_source: bool) -> float:
    """Mean squared error of all weights after rounding and clipping."""
    total = count = 0.0
    for c in learned:
        rounded = rounded_weights(c, scale, bits, by_source)
        total += float(((rounded - c.weights) ** 2).sum())
        count += c.weights.size
    return total / count


def rounded_weights(connection: Connection, scale: float, bits: int, by_source: bool) -> Array:
    """Weights after rounding and clipping."""
    exponents = exponents_of(connection, scale, bits, by_source)
    return from_grid(to_grid(connection.weights, scale, bits, exponents), scale, exponents)


def has_outliers(learned: list[Connection]) -> bool:
    """Whether a few weights are far larger than most."""
    sizes = np.abs(np.concatenate([c.weights.ravel() for c in learned]))
    return bool(sizes.max() > OUTLIER * np.median(sizes[sizes > 0]))


def lost_share(learned: list[Connection], scale: float, bits: int, by_source: bool) -> float:
    """Share of the weights that are not 0 and become 0."""
    weights = kept = 0
    for c in learned:
        weights += int(np.count_nonzero(c.weights))
        kept += int(np.count_nonzero(rounded_weights(c, scale, bits, by_source)))
    return 1 - kept / weights if weights else 0.0


def exponents_of(connection: Connection, scale: float, bits: int, by_source: bool) -> Array | None:
    """Exponent of every source, or None where all of them are 0."""
    if not by_source or not connection.connectivity.is_matrix:
        return None
    exponents = source_exponents(connection.weights, scale, bits)
    return exponents if exponents.any() else None


def scale_floor(description: NetworkDescription, population: Population) -> float:
    """Smallest scale at which the threshold is 1 at least; larger weights are clipped there."""
    return description.dt / population.tau_mem / population.v_th


def scale_ceiling(
    description: NetworkDescription, population: Population, inhibition: list[Connection]
) -> tuple[float, str]:
    """Largest scale at which threshold, bias, currents and inhibition fit, and which binds."""
    dv = description.dt / population.tau_mem
    high, low = worst_currents(description, population.name, description.period)
    worst = float(np.maximum(high, -low).max(initial=0.0))
    shift = 1 << limits.ACTIVATION_SHIFT
    strongest = max((float(-c.weights.min()) for c in inhibition), default=0.0)
    written = np.maximum(*(np.abs(drive) for drive in host_drives(description, population.name)))
    bias = float((np.abs(population.v_leak) + written).max(initial=0.0))
    ceilings = {
        "threshold": limits.VTH_MAX / (population.v_th / dv),
        "bias": LARGEST_BIAS / (shift * bias) * (FILL if written.any() else 1)
        if bias
        else math.inf,
        "current": limits.STATE_MAX / (shift * worst) * FILL if worst else math.inf,
        "inhibition": STRONGEST_INHIBITION / strongest if strongest else math.inf,
    }
    reason = min(ceilings, key=lambda name: ceilings[name])
    return ceilings[reason], reason
