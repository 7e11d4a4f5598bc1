"""Exact model of Lava's fixed point: bit for bit in u, v and spikes, batched over samples.

``hw_targets.emulator.witness`` runs the samples in NumPy, ``hw_targets.emulator.compiled`` in
compiled loops and ``hw_targets.emulator.torch_kernel`` in torch, all with the same bits.

Time is local (see ``spikeff.ir.network``): Lava's constant delay per population is taken out,
so every sample starts at rest and samples are independent. That holds as long as nothing lingers
in a delayed connection, from one sample to the next or from the steps that Lava and Loihi take
before the first; both are checked in every run.
"""

from __future__ import annotations

import time

import numpy as np

from hw_targets.emulator import choice, warm_up
from hw_targets.emulator.memory import MEMORY
from hw_targets.emulator.stage import RunSamples, stages_of
from hw_targets.target import Recorded, Saturation, TargetRun, recorded_names
from lava_export.integers.host_bias import written_biases
from lava_export.integers.network import IntegerNetwork
from lava_export.integers.timing import require_timing
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.inputs import require_input_spikes
from spikeff.ir.network import BLANK, INPUT
from spikeff.ir.trace import SpikeTrace


def run(
    network: IntegerNetwork,
    inputs: Array,
    record_states: Recorded = False,
    run_samples: RunSamples | None = None,
) -> TargetRun:
    """Run ``inputs`` through ``network``.

    Args:
        inputs: bool (steps, samples, input size).
        record_states: Record u and v, of all populations or of those named.
        run_samples: What runs the samples through the stages, all with the same bits; None is the
            faster of ``hw_targets.emulator.witness`` and ``hw_targets.emulator.compiled``.

    Returns:
        A trace of ``period`` steps: spikes, and with ``record_states`` u (after the input of the
        step) and v (after the reset), int32.

    Raises:
        DescriptionError: ``inputs`` do not fit, or a connection is faster than any on a chip.
        LimitError: A connection is slower than any on a chip, a population exceeded its spike
            limit, or spikes would linger into the next sample, so that a chip would answer
            otherwise than this emulator.
    """
    require_input_spikes(network, inputs)
    require_timing(network)
    stages = stages_of(network)
    samples = inputs.shape[1]
    biases = _biases(network, inputs)
    trace = _empty_trace(network, samples, record_states)
    spikes = trace.spikes | _sources(network, inputs)
    start = time.perf_counter()
    counted = (run_samples or choice.run_samples)(stages, network, spikes, trace, biases)
    seconds = time.perf_counter() - start
    _require_spike_limits(network, trace)
    _require_no_lingering(network, spikes)
    warm_up.require_silent(network, [(s.name, s.neurons, s.synapses) for s in stages])
    return TargetRun(trace, seconds, saturation=_summed(counted))


def _summed(parts: list[dict[str, Saturation]]) -> dict[str, Saturation]:
    total = {name: Saturation() for name in parts[0]}
    for part in parts:
        for name, counters in part.items():
            total[name].add(counters.u_wraps, counters.v_clips)
    return total


def _empty_trace(network: IntegerNetwork, samples: int, record_states: Recorded) -> SpikeTrace:
    shapes = {p.name: (network.period, samples, p.size) for p in network.populations}
    states = {name: shapes[name] for name in recorded_names(shapes, record_states)}
    return SpikeTrace(
        "emulator",
        {name: MEMORY.empty(shape, np.bool_) for name, shape in shapes.items()},
        {name: MEMORY.empty(shape, np.int32) for name, shape in states.items()},
        {name: MEMORY.empty(shape, np.int32) for name, shape in states.items()},
    )


def _biases(network: IntegerNetwork, inputs: Array) -> dict[str, Array]:
    """Biases that the host writes, shifted, float64 (samples, neurons), by population."""
    exponents = {p.name: p.bias_exp for p in network.populations}
    return {
        name: np.ldexp(mantissas.astype(np.float64), exponents[name])
        for name, mantissas in written_biases(network, inputs).items()
    }


def _sources(network: IntegerNetwork, inputs: Array) -> dict[str, Array]:
    """Spikes of the input and the blanking line over ``period`` steps."""
    samples = inputs.shape[1]
    padded = inputs
    if network.idle_steps:
        silence = np.zeros((network.idle_steps, samples, network.input_size), np.bool_)
        padded = np.concatenate([inputs, silence])
    blank = np.zeros((network.period, samples, 1), np.bool_)
    blank[network.steps :] = True
    return {INPUT: padded, BLANK: blank}


def _require_spike_limits(network: IntegerNetwork, trace: SpikeTrace) -> None:
    for population in network.populations:
        if population.spike_limit is None:
            continue
        spikes = trace.spikes[population.name]
        counts = spikes.view(np.uint8).sum(axis=0, dtype=np.min_scalar_type(len(spikes)))
        if counts.max() > population.spike_limit:
            sample, neuron = (int(x) for x in np.argwhere(counts > population.spike_limit)[0])
            raise LimitError(
                f"population {population.name!r}: neuron {neuron} spiked {counts[sample, neuron]} "
                f"times in sample {sample}; its limit is {population.spike_limit}. The integers "
                f"that keep it are too weak: quantise with another scale."
            )


def _require_no_lingering(network: IntegerNetwork, spikes: dict[str, Array]) -> None:
    """Raise LimitError where a spike would arrive in the next sample."""
    for c in network.connections:
        late = spikes[c.source][max(network.period - c.delay, 0) :]
        if late.any():
            _, sample, neuron = (int(x) for x in np.argwhere(late)[0])
            raise LimitError(
                f"connection {c.source}->{c.target}: neuron {neuron} of {c.source!r} spikes within "
                f"the last {c.delay} of {network.period} steps of sample {sample}, so the spike "
                f"would reach the next sample; blank the network "
                f"(lava_export.quantize.blanking.with_blanking) before quantising, or raise its "
                f"weights."
            )
