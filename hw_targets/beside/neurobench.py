"""NeuroBench's metrics by its names and definitions, from our own counts.

Source: J. Yik et al., The neurobench framework for benchmarking neuromorphic computing algorithms
and systems, Nature Communications 16, 2025; neurobench 2.3.0. A sample there is a presentation
here. Not part of NeuroBench's definitions, and so of none of these figures: the input's spikes as
activations, and biases as synaptic operations.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from hw_targets.cost.counts import Counts
from lava_export.integers.network import IntegerConnection, IntegerNetwork
from lava_export.integers.parts import place_of
from spikeff.ir.arrays import Array
from spikeff.ir.trace import SpikeTrace

# Bytes as stored: weights of up to 8 bits, bias mantissas, u and v.
WEIGHT_BYTES, BIAS_BYTES, STATE_BYTES = 1, 2, 4


@dataclass(frozen=True)
class NeuroBenchMetrics:
    """Named as NeuroBench names them, in its units.

    Attributes:
        footprint: Bytes of parameters and states.
        connection_sparsity: Share of weights that are zero.
        activation_sparsity: Share of neuron steps without a spike.
        effective_acs: Effective accumulates per presentation.
        effective_macs: Effective multiply-accumulates per presentation.
        dense: Synaptic operations per presentation of hardware that skips none.
        membrane_updates: Changes of a membrane potential per presentation; in the first step all
            neurons count.
    """

    footprint: int
    connection_sparsity: float
    activation_sparsity: float
    effective_acs: float
    effective_macs: float
    dense: float
    membrane_updates: float


def neurobench_metrics(
    network: IntegerNetwork, counts: Counts, trace: SpikeTrace
) -> NeuroBenchMetrics:
    """Metrics of a run: its counts, and its trace with states."""
    matrices = merged_weights(network)
    activations = sum(z.size for z in trace.spikes.values())
    spikes = sum(int(z.sum()) for z in trace.spikes.values())
    return NeuroBenchMetrics(
        footprint=footprint(network),
        connection_sparsity=sum(int((w == 0).sum()) for w in matrices)
        / max(sum(w.size for w in matrices), 1),
        activation_sparsity=(activations - spikes) / activations,
        effective_acs=counts.total_synops / counts.presentations,
        effective_macs=0.0,
        dense=sum(int(n.sum()) for n in counts.dense.values()) / counts.presentations,
        membrane_updates=membrane_updates(trace) / counts.presentations,
    )


def footprint(network: IntegerNetwork) -> int:
    """Bytes of weights, biases and states.

    A weight whose parts have several exponents is one weight, of one byte.
    """
    neurons = sum(p.size for p in network.populations)
    synapses = sum(w.size for w in merged_weights(network))
    return synapses * WEIGHT_BYTES + neurons * (BIAS_BYTES + 2 * STATE_BYTES)


def merged_weights(network: IntegerNetwork) -> list[Array]:
    """The weights of every matrix, its parts of several exponents and sign modes put together."""
    parts: dict[Hashable, list[IntegerConnection]] = {}
    for c in network.connections:
        parts.setdefault(place_of(c), []).append(c)
    return [
        np.sum([np.ldexp(c.weights.astype(np.float64), c.weight_exp) for c in same], axis=0)
        for same in parts.values()
    ]


def membrane_updates(trace: SpikeTrace) -> int:
    """Changes of v from one step to the next, and one for every neuron in the first step."""
    return sum(
        v[0].size + int(np.count_nonzero(np.diff(v.astype(np.int64), axis=0)))
        for v in trace.v.values()
    )
