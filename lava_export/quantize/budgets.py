"""Counter and gate of ``spikeff.ir.circuits.spike_budget`` in integers.

The counter has du = 4095 and dv = 0: under Lava (``lava/proc/lif/models.py``) its current lasts one
step and its membrane does not leak, so v is 64 times the number of spikes, exactly.

The gate counts in u, which leaks 1/4096 of itself per step (Lava applies du + 1). With W for a
spike, a pulse that is subtracted again leaves less than W / 4096 + 2, at most once per step; a
counter's spike that is as old as the sample has lost ``W - W (4095 / 4096)^T``; v keeps 1/4096 of
the step before. As long as all of it stays below W / 2, the threshold there tells open from closed.
"""

from __future__ import annotations

import numpy as np

from lava_export.chips import limits
from lava_export.integers.network import IntegerPopulation
from lava_export.quantize.gates import KEPT, U_PER_WEIGHT, gate_population, uniform_synapses
from lava_export.quantize.request import Quantized, Request
from lava_export.quantize.scaling import INHIBITION_MAX
from spikeff.errors import LimitError

STRONGEST = INHIBITION_MAX << limits.WEIGHT_EXP_MAX


def quantize_counter(request: Request) -> Quantized:
    """The counter in integers, without what inhibits it.

    Raises:
        LimitError: Its threshold or its inhibition is too large for the registers.
        DescriptionError: Its synapses do not count whole spikes.
    """
    counter = request.population
    vth = round(counter.v_th - 0.5)  # v > 64 vth: one spike more than vth
    strongest = max((-float(c.weights.min()) for c in request.inhibition), default=0.0)
    if vth > limits.VTH_MAX or strongest > STRONGEST:
        raise LimitError(
            f"population {counter.name!r}: a budget of {vth + 1} spikes needs a threshold of {vth} "
            f"(at most {limits.VTH_MAX}) and an inhibition of {strongest:.0f} (at most {STRONGEST},"
            f" {limits.WEIGHT_BITS_MAX} bits << {limits.WEIGHT_EXP_MAX}), which grows with neurons "
            f"x steps; use fewer neurons, fewer steps or a spike limit."
        )
    population = IntegerPopulation(
        name=counter.name,
        size=counter.size,
        depth=counter.depth,
        du=limits.DECAY_MAX,
        dv=0,
        vth=vth,
        bias_mant=np.zeros(counter.size, np.int16),
        bias_exp=0,
        column_size=counter.column_size,
        current_scale=float(U_PER_WEIGHT),
        spike_limit=counter.spike_limit,
        role=counter.role,
    )
    return population, [uniform_synapses(c, 1, 0) for c in request.synapses]


def quantize_budget_gate(request: Request) -> Quantized:
    """The gate in integers, exact for samples of ``request.period`` steps.

    Raises:
        LimitError: The leak over so many steps could open a closed gate.
        DescriptionError: Its synapses do not count whole spikes.
    """
    gate, steps = request.population, request.period
    most = (limits.STATE_MAX - 1) // (U_PER_WEIGHT * (steps + 1))
    weight = min(limits.WEIGHT_RANGES["excitatory"][1], most)
    spike = U_PER_WEIGHT * weight
    leak = spike / limits.DECAY_UNITY
    drift = steps * (leak + 2) + spike * (1 - KEPT**steps) + leak + 1
    vth = weight // 2
    if not drift < (vth << limits.VTH_SHIFT) < spike - drift:
        raise LimitError(
            f"population {gate.name!r}: over {steps} steps a current that loses "
            f"1/{limits.DECAY_UNITY} per step may be off by {drift:.0f}, more than the half of a "
            f"spike's {spike}: use fewer steps, or no spike budget."
        )
    population = gate_population(gate, vth, spike)
    return population, [uniform_synapses(c, weight, 0) for c in request.synapses]
