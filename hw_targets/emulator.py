"""Exact NumPy model of Lava's fixed point: bit for bit in u, v and spikes, batched over samples.

Time is local (see ``spikeff.description``): Lava's constant delay per population is taken out,
so every sample starts at rest and samples are independent. That holds as long as nothing lingers
in a delayed connection, from one sample to the next or from the steps that Lava and Loihi take
before the first; both are checked in every run.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from hw_targets import fixed_point_lif, prelude, synapses
from hw_targets.fixed_point_lif import FixedPointLIF
from hw_targets.synapses import Synapses
from hw_targets.target import Recorded, Saturation, TargetRun, recorded_names
from lava_export.integer_network import IntegerNetwork
from spikeff.description import BLANK, INPUT, Array
from spikeff.errors import LimitError
from spikeff.input_spikes import require_input_spikes
from spikeff.trace import SpikeTrace

# Bytes of states and inputs that one chunk of samples may touch, so that they stay in cache.
CHUNK_BYTES = 8 * 2**20
CHUNK_SAMPLES = (64, 512)


@dataclass(frozen=True, eq=False)
class _Stage:
    """One population with its incoming synapses, in the order of evaluation."""

    name: str
    size: int
    neurons: FixedPointLIF
    synapses: list[Synapses]


def run(network: IntegerNetwork, inputs: Array, record_states: Recorded = False) -> TargetRun:
    """Run ``inputs``, bool (steps, samples, input size), through ``network``.

    Returns a trace of ``period`` steps: spikes, and with ``record_states`` (of all populations, or
    of those named) u (after the input of the step) and v (after the reset), int32.

    Raises
    ------
    DescriptionError : ``inputs`` do not fit.
    LimitError : a population exceeded its spike limit, or spikes would linger into the next
        sample, so that a chip would answer otherwise than this emulator.
    """
    require_input_spikes(network, inputs)
    stages = [_prepare(network, k) for k in range(len(network.populations))]
    samples = inputs.shape[1]
    trace = _empty_trace(network, samples, record_states)
    spikes = trace.spikes | _sources(network, inputs)
    start = time.perf_counter()
    size = _chunk_samples(network)
    saturation = {s.name: Saturation() for s in stages}
    for low in range(0, samples, size):
        chunk = slice(low, min(low + size, samples))
        _run_chunk(stages, network.period, chunk, spikes, trace, saturation)
    seconds = time.perf_counter() - start
    _require_spike_limits(network, trace)
    _require_no_lingering(network, spikes)
    prelude.require_silent(network, [(s.name, s.neurons, s.synapses) for s in stages])
    return TargetRun(trace, seconds, saturation=saturation)


def _prepare(network: IntegerNetwork, index: int) -> _Stage:
    population = network.populations[index]
    incoming = [synapses.prepare(c) for c in network.incoming(population.name)]
    neurons = fixed_point_lif.prepare(population, incoming, prelude.longest_run(network))
    return _Stage(population.name, population.size, neurons, incoming)


def _empty_trace(network: IntegerNetwork, samples: int, record_states: Recorded) -> SpikeTrace:
    shapes = {p.name: (network.period, samples, p.size) for p in network.populations}
    states = {name: shapes[name] for name in recorded_names(shapes, record_states)}
    return SpikeTrace(
        "emulator",
        {name: np.empty(shape, np.bool_) for name, shape in shapes.items()},
        {name: np.empty(shape, np.int32) for name, shape in states.items()},
        {name: np.empty(shape, np.int32) for name, shape in states.items()},
    )


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


def _chunk_samples(network: IntegerNetwork) -> int:
    neurons = max(network.sizes.values())
    low, high = CHUNK_SAMPLES
    return int(np.clip(CHUNK_BYTES // (4 * 8 * neurons), low, high))


def _run_chunk(
    stages: list[_Stage],
    period: int,
    chunk: slice,
    spikes: dict[str, Array],
    trace: SpikeTrace,
    saturation: dict[str, Saturation],
) -> None:
    """Run the samples ``chunk`` from rest through all steps, writing into ``spikes``."""
    samples = chunk.stop - chunk.start
    states = [(np.zeros((samples, s.size)), np.zeros((samples, s.size))) for s in stages]
    for step in range(period):
        for stage, (u, v) in zip(stages, states, strict=True):
            stage.neurons.decay_current(u)
            for synapse in stage.synapses:
                if step >= synapse.delay:
                    synapse.add_to(u, spikes[synapse.source][step - synapse.delay, chunk])
            wrapped = stage.neurons.fold_current(u)
            clipped = stage.neurons.fire(u, v, spikes[stage.name][step, chunk])
            saturation[stage.name].add(wrapped, clipped)
            if stage.name in trace.u:
                trace.u[stage.name][step, chunk] = u
                trace.v[stage.name][step, chunk] = v


def _require_spike_limits(network: IntegerNetwork, trace: SpikeTrace) -> None:
    for population in network.populations:
        if population.spike_limit is None:
            continue
        counts = trace.spikes[population.name].sum(axis=0)
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
                f"(lava_export.streaming.with_blanking) before quantising, or raise its weights."
            )
