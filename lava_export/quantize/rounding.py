"""A population by rounding: threshold, bias and weights on one scale.

Lava's fixed-point LIF is the description's recurrence in other units (Lava 0.10.0,
``lava/proc/lif/models.py``): with the membrane potential divided by ``dv = dt / tau_mem``,

    u_int = 64 s i,    v_int = 64 s v / dv,    vth = s v_th / dv,    weights = s w,

for one scale ``s`` per population. A larger ``s`` resolves weights and threshold more finely and
clips the largest weights.
"""

from __future__ import annotations

import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerConnection, IntegerPopulation
from lava_export.integers.quantization import Scaling
from lava_export.quantize.request import Quantized, Request
from lava_export.quantize.scaling import INHIBITION_MAX, exponents_of
from lava_export.quantize.weight_grid import to_grid, weight_grid
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.connectivity import Connection
from spikeff.ir.roles import SOFT_RESET


def round_population(request: Request) -> Quantized:
    """The population and its synapses, every number rounded to the nearest that fits.

    Raises:
        LimitError: Where a threshold, a bias or a weight cannot fit.
    """
    scaling = request.scaling
    neurons = _population(request, scaling)
    synapses = [part for c in request.synapses for part in _weights(c, scaling, request.bits)]
    return neurons, synapses


def _population(request: Request, scaling: Scaling) -> IntegerPopulation:
    population, scale = request.population, scaling.scale
    vth = round(scaling.threshold * scale * population.v_th * population.tau_mem / request.dt)
    if vth < 1:
        raise LimitError(
            f"population {population.name!r}: threshold {population.v_th} becomes {vth} at scale "
            f"{scale:.4g}, which is limited by {scaling.limited_by}; it must be at least 1: use "
            f"more bits, smaller weights or a smaller bias."
        )
    unit = float(1 << limits.ACTIVATION_SHIFT) * scale
    mantissa, exponent = _bias(request, unit)
    return IntegerPopulation(
        name=population.name,
        size=population.size,
        depth=population.depth,
        du=scaling.du,
        dv=scaling.dv,
        vth=vth,
        bias_mant=mantissa,
        bias_exp=exponent,
        column_size=population.column_size,
        current_scale=unit,
        spike_limit=population.spike_limit,
        constraint_columns=population.constraint_columns,
        role=population.role,
    )


def _bias(request: Request, scale: float) -> tuple[Array, int]:
    """Mantissas of the constant bias, and the exponent that leaves room for what a host adds."""
    bias = request.population.v_leak * scale
    low, high = (bias + drive * scale for drive in request.written)
    room = int(any(drive.any() for drive in request.written))  # both parts are rounded
    for exponent in range(limits.BIAS_EXP_MAX + 1):
        least, most = np.rint(low / 2**exponent).min(), np.rint(high / 2**exponent).max()
        if least - room >= limits.BIAS_MIN and most + room <= limits.BIAS_MAX:
            return np.rint(bias / 2**exponent).astype(np.int16), exponent
    worst = float(max(high.max(), -low.min()))
    raise LimitError(
        f"population {request.population.name!r}: bias {worst:.0f} exceeds "
        f"{limits.BIAS_MAX << limits.BIAS_EXP_MAX}, the largest of 13 bits << 7; "
        f"lower v_leak or the scale."
    )


def _weights(connection: Connection, scaling: Scaling, bits: int) -> list[IntegerConnection]:
    """One connection per exponent and sign mode that holds any weight, at least one."""
    exponents = exponents_of(connection, scaling.scale, bits, scaling.by_source)
    mantissas = to_grid(connection.weights, scaling.scale, bits, exponents)
    shifts = [0] if exponents is None else sorted({int(e) for e in exponents})
    parts: list[IntegerConnection] = []
    for shift in shifts:
        selected = mantissas if exponents is None else np.where(exponents == shift, mantissas, 0)
        for mode, stored in weight_grid(bits).parts:
            low, high = limits.weight_range(mode)
            part = np.clip(selected, low, high)
            if part.any() or (not parts and shift == shifts[-1]):
                parts.append(
                    IntegerConnection(
                        connection.source,
                        connection.target,
                        connection.connectivity,
                        part,
                        weight_bits=stored,
                        weight_exp=shift,
                        sign_mode=mode,
                        delay=connection.delay,
                        role=connection.role,
                    )
                )
    return parts


def quantize_apart(connection: Connection, scale: float) -> list[IntegerConnection]:
    """Synapses that take no part in choosing the scale (``spikeff.ir.roles.APART``)."""
    if connection.role == SOFT_RESET:
        return quantize_reset(connection, scale)
    return [quantize_inhibition(connection, scale)]


def quantize_inhibition(connection: Connection, scale: float) -> IntegerConnection:
    """Inhibition, rounded up to the next value that the grid holds."""
    needed = np.ceil(-connection.weights * scale).astype(np.int64)
    exponent = 0
    while (-(-needed >> exponent)).max() > INHIBITION_MAX:
        exponent += 1
    return _inhibitory(connection, -(-needed >> exponent), exponent)


def quantize_reset(connection: Connection, scale: float) -> list[IntegerConnection]:
    """What a reset takes, to the nearest unit: beyond 8 bits by two parallel synapses."""
    needed = np.rint(-connection.weights * scale).astype(np.int64)
    exponent = 0
    while (needed >> exponent).max() > INHIBITION_MAX:
        exponent += 1
    rest = needed - ((needed >> exponent) << exponent)
    parts = [_inhibitory(connection, needed >> exponent, exponent)]
    return [*parts, _inhibitory(connection, rest, 0)] if rest.any() else parts


def _inhibitory(connection: Connection, strength: Array, exponent: int) -> IntegerConnection:
    return IntegerConnection(
        connection.source,
        connection.target,
        connection.connectivity,
        -strength,
        weight_bits=limits.WEIGHT_BITS_MAX,
        weight_exp=exponent,
        sign_mode="inhibitory",
        delay=connection.delay,
        role=connection.role,
    )
