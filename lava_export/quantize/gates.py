"""The gate of ``spikeff.ir.circuits.spike_limit`` in integers: its count must survive Lava's leak.

Lava applies du + 1, so that even du = 0 takes 1/4096 of the current per step
(``lava/proc/lif/models.py``). In units of u, with E per spike counted and W = k E per spike that
arrives, the n-th spike of a sample finds at least ``W - (n - 1) (E + W / 4096)``, its forerunners
being recent, and at most ``W - (n - 1) (E + W / 4096) (4095 / 4096)^(T - 1)``, they being oldest;
truncation moves either by less than one per step. The threshold stands between the worst k-th and
the worst (k + 1)-th spike; where no value does, the gate is refused.
"""

from __future__ import annotations

import math

import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerConnection, IntegerPopulation
from lava_export.quantize.request import Quantized, Request
from spikeff.errors import DescriptionError, LimitError
from spikeff.ir.connectivity import Connection
from spikeff.ir.network import Population

U_PER_WEIGHT = 1 << limits.ACTIVATION_SHIFT
MANTISSA_MAX = limits.WEIGHT_RANGES["excitatory"][1]
# Weights that have passed through another file form may be off by its rounding.
WHOLE = 1e-6
KEPT = (limits.DECAY_UNITY - limits.DS_OFFSET) / limits.DECAY_UNITY


def quantize_gate(request: Request) -> Quantized:
    """The gate in integers, exact for samples of ``request.period`` steps.

    Raises:
        LimitError: The leak hides the difference between the last spike and the first surplus one.
        DescriptionError: The population is not a gate of ``spikeff.ir.circuits.spike_limit``.
    """
    gate, steps, limit = request.population, request.period, request.population.spike_limit
    if limit is None:
        raise DescriptionError(
            f"population {gate.name!r}: role = {gate.role!r} without a spike_limit; give it one."
        )
    vth = _threshold(limit, steps)
    if vth is None:
        raise LimitError(_too_many(gate.name, limit, steps))
    mantissa, exponent = _unit(limit, steps)
    population = gate_population(gate, vth, (U_PER_WEIGHT * mantissa) << exponent)
    return population, [uniform_synapses(c, mantissa, exponent) for c in request.synapses]


def gate_population(gate: Population, vth: int, spike: int) -> IntegerPopulation:
    """Neurons whose current decays as slowly as Lava allows, and whose membrane forgets at once.

    Args:
        spike: Units of u for one unit of the description's current.
    """
    return IntegerPopulation(
        name=gate.name,
        size=gate.size,
        depth=gate.depth,
        du=0,
        dv=limits.DECAY_MAX,
        vth=vth,
        bias_mant=np.zeros(gate.size, np.int16),
        bias_exp=0,
        column_size=gate.column_size,
        current_scale=float(spike),
        spike_limit=gate.spike_limit,
        constraint_columns=gate.constraint_columns,
        role=gate.role,
    )


def uniform_synapses(connection: Connection, mantissa: int, exponent: int) -> IntegerConnection:
    """Synapses that count: ``mantissa << exponent`` for each unit of weight.

    Raises:
        DescriptionError: The weights are not all one and the same whole number, not 0.
    """
    value = round(float(connection.weights.flat[0]))
    if value == 0 or not np.allclose(connection.weights, value, rtol=0, atol=WHOLE):
        raise DescriptionError(
            f"connection {connection.source}->{connection.target}: its weights must be one whole "
            f"number, not 0, to count for a gate or a counter; give "
            f"{connection.target!r} the role 'layer'."
        )
    return IntegerConnection(
        connection.source,
        connection.target,
        connection.connectivity,
        np.full(connection.weights.shape, value * mantissa),
        weight_bits=limits.WEIGHT_BITS_MAX,
        weight_exp=exponent,
        sign_mode="excitatory" if value > 0 else "inhibitory",
        delay=connection.delay,
        role=connection.role,
    )


def _unit(limit: int, steps: int) -> tuple[int, int]:
    """Mantissa and exponent of one counted spike, as large as 24 bits and 8-bit weights allow.

    Neither all excitation of a sample alone nor all inhibition leaves 24 bits.
    """
    most = (limits.STATE_MAX - 1) // (U_PER_WEIGHT * (steps + 1) * (limit + 1))
    options = [
        (min(MANTISSA_MAX // (limit + 1), most >> exponent), exponent)
        for exponent in range(limits.WEIGHT_EXP_MAX + 1)
    ]
    return max(options, key=lambda option: option[0] << option[1])


def _threshold(limit: int, steps: int) -> int | None:
    """vth halfway between the worst k-th and the worst surplus spike; None where none fits."""
    mantissa, exponent = _unit(limit, steps)
    counted = (U_PER_WEIGHT * mantissa) << exponent
    arriving = limit * counted
    left = counted + arriving / limits.DECAY_UNITY
    # What v keeps of the step before: at most 1/4096 of the threshold or of the lowest current.
    remainder = arriving / limits.DECAY_UNITY + 1
    last = arriving - (limit - 1) * (left + 1) - remainder
    surplus = arriving - limit * left * KEPT ** (steps - 1) + steps + remainder
    vth = math.floor((last + surplus) / 2) >> limits.VTH_SHIFT
    return vth if vth >= 1 and surplus <= vth << limits.VTH_SHIFT < last else None


def _too_many(name: str, limit: int, steps: int) -> str:
    most = next((k for k in range(limit - 1, 0, -1) if _threshold(k, steps) is not None), 0)
    return (
        f"population {name!r}: spike_limit = {limit} over {steps} steps; a current that loses "
        f"1/{limits.DECAY_UNITY} per step cannot tell spike {limit} from spike {limit + 1}: use at "
        f"most {most}, fewer steps, or no limit."
    )
