"""Networks as Lava processes and connections, ready to run but not run here.

Floats and integers share the wiring. With ``du = dt / tau_syn``, ``dv = dt / tau_mem`` and
``vth = v_th / dv``, Lava's floating-point ``LIFReset`` (``lava/proc/lif/models.py``) is the
recurrence of ``spikeff.description`` with ``v`` in units of ``dv``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lava_export import lava_compat

lava_compat.ensure()

from lava.proc.dense.process import DelayDense, Dense  # noqa: E402
from lava.proc.io.source import RingBuffer  # noqa: E402
from lava.proc.lif.process import LIFReset  # noqa: E402
from lava.proc.sparse.process import DelaySparse, Sparse  # noqa: E402
from lava.utils.weightutils import SignMode  # noqa: E402
from scipy.sparse import csr_matrix  # noqa: E402

from lava_export.integer_network import (  # noqa: E402
    IntegerConnection,
    IntegerNetwork,
    IntegerPopulation,
)
from lava_export.lava_timing import Timing, timing_of  # noqa: E402
from spikeff.description import (  # noqa: E402
    BLANK,
    DENSE,
    INPUT,
    Array,
    Connection,
    NetworkDescription,
    Population,
)

FIXED, FLOATING = "fixed_pt", "floating_pt"


@dataclass(frozen=True, eq=False)
class LavaGraph:
    """Connected processes.

    tag : selects Lava's process models.   timing : when what happens.
    populations : name -> neurons.   processes : all of them, the sources and synapses included.
    units_of_v : population -> units of the network's v per unit of Lava's.
    """

    tag: str
    timing: Timing
    populations: dict[str, Any]
    processes: tuple[Any, ...]
    units_of_v: dict[str, float]


def float_graph(description: NetworkDescription, inputs: Array) -> LavaGraph:
    """Build the floating-point graph of a (blanked) description.

    inputs : bool (steps, samples, input size).
    """
    timing = timing_of(description, inputs.shape[1])
    neurons = {
        p.name: _float_neurons(p, description.dt, _reset(timing, p.name))
        for p in description.populations
    }
    units = {p.name: description.dt / p.tau_mem for p in description.populations}
    return _wire(FLOATING, timing, description.connections, neurons, inputs, units)


def integer_graph(network: IntegerNetwork, inputs: Array) -> LavaGraph:
    """Build the fixed-point graph of a network; ``inputs`` as in :func:`float_graph`."""
    timing = timing_of(network, inputs.shape[1])
    neurons = {p.name: _integer_neurons(p, _reset(timing, p.name)) for p in network.populations}
    units = {p.name: 1.0 for p in network.populations}
    return _wire(FIXED, timing, network.connections, neurons, inputs, units)


def _reset(timing: Timing, name: str) -> dict[str, int]:
    """Clear u and v in every local step 0, before it integrates."""
    return {"reset_interval": timing.period, "reset_offset": timing.start(name) % timing.period}


def _float_neurons(population: Population, dt: float, reset: dict[str, int]) -> Any:
    dv = dt / population.tau_mem
    return LIFReset(
        shape=(population.size,),
        du=dt / population.tau_syn,
        dv=dv,
        vth=population.v_th / dv,
        bias_mant=population.v_leak,
        name=population.name,
        **reset,
    )


def _integer_neurons(population: IntegerPopulation, reset: dict[str, int]) -> Any:
    return LIFReset(
        shape=(population.size,),
        du=population.du,
        dv=population.dv,
        vth=population.vth,
        bias_mant=population.bias_mant.astype(np.int32),
        bias_exp=population.bias_exp,
        name=population.name,
        **reset,
    )


def _wire(
    tag: str,
    timing: Timing,
    connections: tuple[Connection | IntegerConnection, ...],
    neurons: dict[str, Any],
    inputs: Array,
    units_of_v: dict[str, float],
) -> LavaGraph:
    dtype = np.int32 if tag == FIXED else np.float64
    source = RingBuffer(data=timing.input_columns(inputs).astype(dtype))
    processes = [source, *neurons.values()]
    for connection in connections:
        if connection.source == BLANK:
            line = RingBuffer(data=timing.blanking_columns(connection.target)[None].astype(dtype))
            processes.append(line)
        else:
            line = source if connection.source == INPUT else neurons[connection.source]
        synapses = _synapses(connection, timing.extra_delay(connection))
        line.s_out.connect(synapses.s_in)
        synapses.a_out.connect(neurons[connection.target].a_in)
        processes.append(synapses)
    return LavaGraph(tag, timing, neurons, tuple(processes), units_of_v)


def _synapses(connection: Connection | IntegerConnection, extra_delay: int) -> Any:
    """One process per connection: Sparse for a diagonal, else Dense; both can delay."""
    weights = connection.weights
    options = _options(connection)
    if isinstance(connection, IntegerConnection):
        weights = weights.astype(np.int32)
    if connection.kind == DENSE:
        if extra_delay:
            return DelayDense(weights=weights, delays=extra_delay, **options)
        return Dense(weights=weights, **options)
    every = np.arange(len(weights))
    diagonal = csr_matrix((weights, (every, every)))
    if extra_delay:
        delays = csr_matrix((np.full(len(weights), extra_delay), (every, every)))
        return DelaySparse(weights=diagonal, delays=delays, **options)
    return Sparse(weights=diagonal, **options)


def _options(connection: Connection | IntegerConnection) -> dict[str, Any]:
    """Format of integer weights. Lava guesses the sign mode, and with it the grid, if not told."""
    if isinstance(connection, Connection):
        return {}
    return {
        "num_weight_bits": connection.weight_bits,
        "weight_exp": connection.weight_exp,
        "sign_mode": SignMode[connection.sign_mode.upper()],
    }
