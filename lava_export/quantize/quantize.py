"""From a NetworkDescription to an IntegerNetwork.

Lava's fixed-point LIF is the description's recurrence in other units (Lava 0.10.0,
``lava/proc/lif/models.py``): with the membrane potential divided by ``dv = dt / tau_mem``,

    u_int = 64 s i,    v_int = 64 s v / dv,    vth = s v_th / dv,    weights = s w,

for one scale ``s`` per population. A larger ``s`` resolves weights and threshold more finely and
clips the largest weights. Without data the scale with the least squared error on the weights is
taken; ``lava_export.quantize.calibration`` chooses scale, threshold and decays together from what
they do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np

from lava_export.chips import limits
from lava_export.integers.headroom import require_headroom
from lava_export.integers.network import IntegerConnection, IntegerNetwork, IntegerPopulation
from lava_export.quantize.blanking import with_blanking
from lava_export.quantize.budgets import quantize_budget_gate, quantize_counter
from lava_export.quantize.gates import quantize_gate
from lava_export.quantize.scaling import BRAKE_MAX, Scaling, default_scaling, exponents_of
from lava_export.quantize.weight_grid import to_grid, weight_grid
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.circuits.spike_budget import is_counter, is_gate
from spikeff.ir.circuits.spike_limit import gate_synapses
from spikeff.ir.connectivity import ONE_TO_ONE, Connection
from spikeff.ir.network import BLANK, NetworkDescription, Population


def quantize(
    description: NetworkDescription, bits: int = 8, scalings: Mapping[str, Scaling] | None = None
) -> IntegerNetwork:
    """Quantise all weights to ``bits`` (1 to 9) and every constant to Loihi's widths.

    scalings : population -> its scaling; :func:`default_scalings` where left out.

    Raises LimitError where a threshold, a bias or a weight cannot fit, or where the weights do
    not prove that no current wraps.
    """
    weight_grid(bits)
    streamed = with_blanking(description)
    chosen = default_scalings(description, bits) if scalings is None else scalings
    populations, connections = [], []
    for population in streamed.populations:
        scaling = chosen[population.name]
        learned, brakes = incoming_by_role(streamed, population)
        counting = _counting(streamed, population, learned, brakes)
        if counting is not None:
            neurons, synapses = counting
            scaling = replace(scaling, scale=neurons.current_scale / 64)
        else:
            neurons = _population(streamed, population, scaling)
            synapses = [made for c in learned for made in _learned(c, scaling, bits)]
        populations.append(neurons)
        connections += [*synapses, *(_brake(c, scaling.scale) for c in brakes)]
    network = IntegerNetwork(
        steps=streamed.steps,
        idle_steps=streamed.idle_steps,
        dt=streamed.dt,
        input=streamed.input,
        labels=streamed.labels,
        populations=tuple(populations),
        connections=tuple(connections),
        readout=streamed.readout,
        dataset=streamed.dataset,
        provenance=streamed.provenance
        | {"weight_bits": bits, "scalings": {name: asdict(s) for name, s in chosen.items()}},
    )
    require_headroom(network)
    return network


def _counting(
    description: NetworkDescription,
    population: Population,
    synapses: list[Connection],
    brakes: list[Connection],
) -> tuple[IntegerPopulation, list[IntegerConnection]] | None:
    """A population that counts spikes, exact by its own integers; None for any other."""
    gate = gate_synapses(description, population)
    if gate is not None:
        return quantize_gate(population, gate, description.period)
    if is_counter(description, population):
        return quantize_counter(population, synapses[0], brakes)
    if is_gate(description, population):
        return quantize_budget_gate(population, synapses, description.period)
    return None


def default_scalings(description: NetworkDescription, bits: int) -> dict[str, Scaling]:
    """Scaling of every population from its weights alone."""
    streamed = with_blanking(description)
    return {
        p.name: default_scaling(streamed, p, *incoming_by_role(streamed, p), bits)
        for p in streamed.populations
    }


def incoming_by_role(
    description: NetworkDescription, population: Population
) -> tuple[list[Connection], list[Connection]]:
    """What ends at a population: learned connections, and brakes.

    Brakes, that is blanking and spike limits, only have to be strong enough: they are rounded up,
    not to nearest.
    """
    incoming = description.incoming(population.name)
    brakes = [c for c in incoming if _is_brake(c, population)]
    return [c for c in incoming if not _is_brake(c, population)], brakes


def _is_brake(connection: Connection, population: Population) -> bool:
    limits_spikes = connection.kind == ONE_TO_ONE and population.spike_limit is not None
    return connection.source == BLANK or (connection.source == connection.target and limits_spikes)


def _population(
    description: NetworkDescription, population: Population, scaling: Scaling
) -> IntegerPopulation:
    scale = scaling.scale
    vth = round(scaling.threshold * scale * population.v_th * population.tau_mem / description.dt)
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
        du=scaling.du,
        dv=scaling.dv,
        vth=vth,
        bias_mant=mantissa,
        bias_exp=exponent,
        column_size=population.column_size,
        current_scale=64 * scale,
        spike_limit=population.spike_limit,
        constraint_columns=population.constraint_columns,
    )


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


def _learned(connection: Connection, scaling: Scaling, bits: int) -> list[IntegerConnection]:
    """One connection per exponent and sign mode that holds any weight, at least one."""
    exponents = exponents_of(connection, scaling.scale, bits, scaling.by_source)
    mantissas = to_grid(connection.weights, scaling.scale, bits, exponents)
    shifts = [0] if exponents is None else sorted({int(e) for e in exponents})
    made: list[IntegerConnection] = []
    for shift in shifts:
        here = mantissas if exponents is None else np.where(exponents == shift, mantissas, 0)
        for mode, stored in weight_grid(bits).parts:
            low, high = limits.weight_range(mode)
            part = np.clip(here, low, high)
            if part.any() or (not made and shift == shifts[-1]):
                made.append(
                    IntegerConnection(
                        connection.source,
                        connection.target,
                        connection.kind,
                        part,
                        weight_bits=stored,
                        weight_exp=shift,
                        sign_mode=mode,
                        delay=connection.delay,
                    )
                )
    return made


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
