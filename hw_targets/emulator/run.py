"""Exact NumPy model of Lava's fixed point: bit for bit in u, v and spikes, batched over samples.

Chunks of samples whose states stay in cache run on all cores. Where spikes are few their weights
are summed one by one (``hw_targets.emulator.spike_product``), and what several presentations share
of the input drives once (``hw_targets.emulator.input_drive``).

Time is local (see ``spikeff.ir.network``): Lava's constant delay per population is taken out,
so every sample starts at rest and samples are independent. That holds as long as nothing lingers
in a delayed connection, from one sample to the next or from the steps that Lava and Loihi take
before the first; both are checked in every run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hw_targets.emulator import lif as fixed_point_lif
from hw_targets.emulator import synapses, warm_up
from hw_targets.emulator.input_drive import InputDrive, distinct_trains
from hw_targets.emulator.lif import FixedPointLIF
from hw_targets.emulator.synapses import Synapses
from hw_targets.target import Recorded, Saturation, TargetRun, recorded_names
from lava_export.integers.network import IntegerNetwork
from lava_export.integers.timing import require_timing
from spikeff.errors import LimitError
from spikeff.ir.arrays import Array
from spikeff.ir.inputs import require_input_spikes
from spikeff.ir.network import BLANK, INPUT
from spikeff.ir.trace import SpikeTrace
from spikeff.parallel import over_cores

# Bytes of u and v of a population for one chunk of samples, so that they stay in cache.
CHUNK_BYTES = 2 * 2**20
CHUNK_SAMPLES = (64, 512)


@dataclass(frozen=True, eq=False)
class Stage:
    """One population with its incoming synapses, in the order of evaluation."""

    name: str
    size: int
    neurons: FixedPointLIF
    synapses: list[Synapses]


Drive = Callable[[Array, int], None]
# (stages, network, spikes of every source, trace) -> counters of each chunk; writes its spikes.
RunSamples = Callable[
    [list[Stage], IntegerNetwork, dict[str, Array], SpikeTrace], list[dict[str, Saturation]]
]


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
        run_samples: What runs the samples through the stages; None is NumPy on all cores, and
            ``hw_targets.emulator.torch_kernel`` has another, with the same bits.

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
    stages = [_prepare(network, k) for k in range(len(network.populations))]
    samples = inputs.shape[1]
    trace = _empty_trace(network, samples, record_states)
    spikes = trace.spikes | _sources(network, inputs)
    start = time.perf_counter()
    counted = (run_samples or _on_all_cores)(stages, network, spikes, trace)
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


def _prepare(network: IntegerNetwork, index: int) -> Stage:
    population = network.populations[index]
    incoming = synapses.prepare(network.incoming(population.name))
    neurons = fixed_point_lif.prepare(population, incoming, warm_up.longest_run(network))
    return Stage(population.name, population.size, neurons, incoming)


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


def _on_all_cores(
    stages: list[Stage], network: IntegerNetwork, spikes: dict[str, Array], trace: SpikeTrace
) -> list[dict[str, Saturation]]:
    chunks = in_chunks(spikes[INPUT].shape[1], _chunk_samples(network))
    return over_cores(lambda c: _run_chunk(stages, network, c, spikes, trace), chunks)


def in_chunks(samples: int, size: int) -> list[slice]:
    """Consecutive slices of at most ``size`` samples."""
    return [slice(low, min(low + size, samples)) for low in range(0, samples, size)]


def _chunk_samples(network: IntegerNetwork) -> int:
    neurons = max(network.sizes.values())
    low, high = CHUNK_SAMPLES
    return int(np.clip(CHUNK_BYTES // (2 * 8 * neurons), low, high))


def _run_chunk(
    stages: list[Stage],
    network: IntegerNetwork,
    chunk: slice,
    spikes: dict[str, Array],
    trace: SpikeTrace,
) -> dict[str, Saturation]:
    """Run the samples ``chunk`` from rest through all steps, writing into ``spikes``."""
    samples = chunk.stop - chunk.start
    saturation = {s.name: Saturation() for s in stages}
    drives = _drives(stages, network, chunk, spikes)
    states = [(np.zeros((samples, s.size)), np.zeros((samples, s.size))) for s in stages]
    for step in range(network.period):
        for stage, (u, v), driven in zip(stages, states, drives, strict=True):
            stage.neurons.decay_current(u)
            for synapse, drive in zip(stage.synapses, driven, strict=True):
                if step >= synapse.delay:
                    drive(u, step - synapse.delay)
            wrapped = stage.neurons.fold_current(u)
            clipped = stage.neurons.fire(u, v, spikes[stage.name][step, chunk])
            saturation[stage.name].add(wrapped, clipped)
            if stage.name in trace.u:
                trace.u[stage.name][step, chunk] = u
                trace.v[stage.name][step, chunk] = v
    return saturation


def _drives(
    stages: list[Stage], network: IntegerNetwork, chunk: slice, spikes: dict[str, Array]
) -> list[list[Drive]]:
    """For every synapse of every stage: what adds its input of a step to u."""
    trains = distinct_trains(spikes[INPUT][:, chunk], network.input.pixels)

    def drive(synapse: Synapses) -> Drive:
        if synapse.source == INPUT and synapse.dense is not None:
            return InputDrive(synapse, trains).add_to
        source = spikes[synapse.source]
        return lambda u, step: synapse.add_to(u, source[step, chunk])

    return [[drive(synapse) for synapse in stage.synapses] for stage in stages]


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
