"""The emulator in NumPy: the readable witness of every other way to the same bits.

Chunks of samples whose states stay in cache run on all cores. Where spikes are few their weights
are summed one by one (``hw_targets.emulator.spike_product``), and what several presentations share
of the input drives once (``hw_targets.emulator.input_drive``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hw_targets.emulator.input_drive import InputDrive, distinct_trains
from hw_targets.emulator.stage import Stage, in_chunks
from hw_targets.emulator.synapses import Synapses
from hw_targets.target import Saturation
from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.network import INPUT
from spikeff.ir.trace import SpikeTrace
from spikeff.parallel import over_cores

# Bytes of u and v of a population for one chunk of samples, so that they stay in cache.
CHUNK_BYTES = 2 * 2**20
CHUNK_SAMPLES = (64, 512)

Drive = Callable[[Array, int], None]
Counters = dict[str, Saturation]
Spread = Callable[[Callable[[slice], Counters], Sequence[slice]], list[Counters]]


def run_samples(
    stages: list[Stage],
    network: IntegerNetwork,
    spikes: dict[str, Array],
    trace: SpikeTrace,
    biases: dict[str, Array],
    spread: Spread = over_cores,
) -> list[Counters]:
    """Run all samples, writing into ``spikes`` and ``trace``; counters of each chunk.

    Args:
        biases: Those that differ between samples, float64 (samples, neurons), by population.
        spread: Runs the chunks.
    """
    chunks = in_chunks(spikes[INPUT].shape[1], _chunk_samples(network))
    return spread(lambda c: _run_chunk(stages, network, c, spikes, trace, biases), chunks)


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
    biases: dict[str, Array],
) -> Counters:
    """Run the samples ``chunk`` from rest through all steps, writing into ``spikes``."""
    samples = chunk.stop - chunk.start
    saturation = {s.name: Saturation() for s in stages}
    drives = _drives(stages, network, chunk, spikes)
    written = {name: bias[chunk] for name, bias in biases.items()}
    states = [(np.zeros((samples, s.size)), np.zeros((samples, s.size))) for s in stages]
    for step in range(network.period):
        for stage, (u, v), driven in zip(stages, states, drives, strict=True):
            stage.neurons.decay_current(u)
            for synapse, drive in zip(stage.synapses, driven, strict=True):
                if step >= synapse.delay:
                    drive(u, step - synapse.delay)
            wrapped = stage.neurons.fold_current(u)
            fired = spikes[stage.name][step, chunk]
            clipped = stage.neurons.fire(u, v, fired, written.get(stage.name))
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
