"""From a NetworkDescription to an IntegerNetwork.

Lava's fixed-point LIF is the description's recurrence in other units (Lava 0.10.0,
``lava/proc/lif/models.py``): with the membrane potential divided by ``dv = dt / tau_mem``,

    u_int = 64 s i,    v_int = 64 s v / dv,    vth = s v_th / dv,    weights = s w,

for one scale ``s`` per population. A larger ``s`` resolves weights and threshold more finely and
clips the largest weights; the scale with the least squared error on the weights is taken.
"""

from __future__ import annotations

import math

import numpy as np

from lava_export import loihi_limits as limits
from lava_export.gate_integers import quantize_gate
from lava_export.integer_network import IntegerConnection, IntegerNetwork, IntegerPopulation
from lava_export.streaming import with_blanking
from spikeff.bounds import current_decay, worst_currents
from spikeff.description import BLANK, ONE_TO_ONE, Array, Connection, NetworkDescription, Population
from spikeff.errors import LimitError
from spikeff.spike_gate import gate_synapses

BRAKE_MAX = -limits.WEIGHT_RANGES["inhibitory"][0]
# Shares of the largest weight at which the grid may end, tried from the gentlest clipping on.
CLIP_SHARES = np.linspace(1.0, 0.25, 31)


def quantize(description: NetworkDescription, bits: int = 8) -> IntegerNetwork:
    """Quantise all weights to ``bits`` (1 to 8) and every constant to Loihi's widths.

    Raises LimitError where a threshold, a current or a weight cannot fit.
    """
    if not 1 <= bits <= limits.WEIGHT_BITS_MAX:
        raise LimitError(
            f"weights of {bits} bits: Loihi's dense synapses take 1 to {limits.WEIGHT_BITS_MAX}; "
            f"choose --bits in that range."
        )
    streamed = with_blanking(description)
    populations, connections = [], []
    for population in streamed.populations:
        incoming = streamed.incoming(population.name)
        brakes = [c for c in incoming if _is_brake(c, population)]
        learned = [c for c in incoming if not _is_brake(c, population)]
        gate = gate_synapses(streamed, population)
        if gate is not None:
            neurons, synapses = quantize_gate(population, gate, streamed.period)
            scale = neurons.current_scale / 64
        else:
            scale = _scale(learned, bits, _scale_ceiling(streamed, population, brakes))
            neurons = _population(streamed, population, scale)
            synapses = [_learned(c, scale, bits) for c in learned]
        populations.append(neurons)
        connections += [*synapses, *(_brake(c, scale) for c in brakes)]
    return IntegerNetwork(
        steps=streamed.steps,
        idle_steps=streamed.idle_steps,
        dt=streamed.dt,
        input=streamed.input,
        labels=streamed.labels,
        populations=tuple(populations),
        connections=tuple(connections),
        readout=streamed.readout,
        dataset=streamed.dataset,
        provenance=streamed.provenance | {"weight_bits": bits},
    )


def _is_brake(connection: Connection, population: Population) -> bool:
    """Blanking and spike limits only have to be strong enough: rounded up, not to nearest."""
    limits_spikes = connection.kind == ONE_TO_ONE and population.spike_limit is not None
    return connection.source == BLANK or (connection.source == connection.target and limits_spikes)


def _largest_mantissa(bits: int) -> int:
    step = limits.weight_step(bits, "mixed")
    return limits.WEIGHT_RANGES["mixed"][1] // step * step


def _scale(learned: list[Connection], bits: int, ceiling: float) -> float:
    """Integer units per unit of weight, at exponent 0."""
    weights = np.concatenate([c.weights.ravel() for c in learned]) if learned else np.zeros(0)
    largest = float(np.abs(weights).max(initial=0.0))
    if largest == 0.0:
        return ceiling
    top = max(_largest_mantissa(bits), 1)
    candidates = top / (largest * CLIP_SHARES)
    errors = [_squared_error(weights, s, bits) for s in candidates]
    return float(min(candidates[int(np.argmin(errors))], ceiling))


def _scale_ceiling(
    description: NetworkDescription, population: Population, brakes: list[Connection]
) -> float:
    """Largest scale at which threshold, worst-case current and brakes stay within their widths."""
    dv = description.dt / population.tau_mem
    by_threshold = limits.VTH_MAX / (population.v_th / dv)
    high, low = worst_currents(description, population.name, description.period)
    worst = float(np.maximum(high, -low).max(initial=0.0))
    shift = 1 << limits.ACTIVATION_SHIFT
    by_current = limits.STATE_MAX / (shift * worst) * 0.99 if worst else math.inf
    strongest = max((float(-c.weights.min()) for c in brakes), default=0.0)
    by_brakes = (BRAKE_MAX << limits.WEIGHT_EXP_MAX) / strongest if strongest else math.inf
    return min(by_threshold, by_current, by_brakes)


def to_grid(weights: Array, scale: float, bits: int) -> Array:
    """Nearest signed weights of ``bits`` bits on Lava's even grid, int16."""
    step = limits.weight_step(bits, "mixed")
    low, high = limits.WEIGHT_RANGES["mixed"]
    nearest = np.rint(weights * (scale / step)) * step
    grid: Array = np.clip(nearest, low, high // step * step).astype(np.int16)
    return grid


def _squared_error(weights: Array, scale: float, bits: int) -> float:
    return float(((to_grid(weights, scale, bits) / scale - weights) ** 2).mean())


def _population(
    description: NetworkDescription, population: Population, scale: float
) -> IntegerPopulation:
    dv = description.dt / population.tau_mem
    vth = round(scale * population.v_th / dv)
    if vth < 1:
        raise LimitError(
            f"population {population.name!r}: threshold {population.v_th} becomes {vth} at scale "
            f"{scale:.4g}; it must be at least 1: use more bits or smaller weights."
        )
    mantissa, exponent = _bias(population, 64 * scale)
    return IntegerPopulation(
        name=population.name,
        size=population.size,
        depth=population.depth,
        du=_decay(current_decay(description, population), limits.DS_OFFSET),
        dv=_decay(dv, 0),
        vth=vth,
        bias_mant=mantissa,
        bias_exp=exponent,
        column_size=population.column_size,
        current_scale=64 * scale,
        spike_limit=population.spike_limit,
        constraint_columns=population.constraint_columns,
    )


def _decay(share: float, offset: int) -> int:
    """Nearest 12-bit decay; Lava adds ``offset`` to it, so that du = 0 still leaks 1/4096."""
    return min(max(round(share * limits.DECAY_UNITY) - offset, 0), limits.DECAY_MAX)


def _bias(population: Population, scale: float) -> tuple[Array, int]:
    wanted = population.v_leak * scale
    for exponent in range(limits.BIAS_EXP_MAX + 1):
        mantissa = np.rint(wanted / 2**exponent)
        if mantissa.min() >= limits.BIAS_MIN and mantissa.max() <= limits.BIAS_MAX:
            return mantissa.astype(np.int16), exponent
    worst = float(np.abs(wanted).max())
    raise LimitError(
        f"population {population.name!r}: bias {worst:.0f} exceeds "
        f"{limits.BIAS_MAX << limits.BIAS_EXP_MAX}, the largest of 13 bits << 7; "
        f"lower v_leak or the scale."
    )


def _learned(connection: Connection, scale: float, bits: int) -> IntegerConnection:
    return IntegerConnection(
        connection.source,
        connection.target,
        connection.kind,
        to_grid(connection.weights, scale, bits),
        weight_bits=bits,
        weight_exp=0,
        sign_mode="mixed",
        delay=connection.delay,
    )


def _brake(connection: Connection, scale: float) -> IntegerConnection:
    """An inhibition of one value, rounded up to the next value that the grid holds."""
    wanted = math.ceil(-float(connection.weights.min()) * scale)
    exponent = 0
    while -(-wanted >> exponent) > BRAKE_MAX:
        exponent += 1
    mantissa = -(-wanted >> exponent)
    return IntegerConnection(
        connection.source,
        connection.target,
        connection.kind,
        np.full(connection.weights.shape, -mantissa),
        weight_bits=limits.WEIGHT_BITS_MAX,
        weight_exp=exponent,
        sign_mode="inhibitory",
        delay=connection.delay,
    )
