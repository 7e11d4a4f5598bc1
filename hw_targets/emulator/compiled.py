"""The emulator compiled: populations one after the other, chunks of samples on all cores.

``hw_targets.emulator.witness`` is the readable witness of the same bits. It also runs what does not
pay the compilation, and the networks that are not taken here: those whose populations hear each
other in a loop, and those whose sums are not proven to fit 32 bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from hw_targets.emulator import tables
from hw_targets.emulator.stage import Stage, in_chunks
from hw_targets.emulator.tables import Tables
from hw_targets.target import Saturation
from lava_export.integers.network import IntegerNetwork
from spikeff.ir.arrays import Array
from spikeff.ir.network import BLANK, INPUT
from spikeff.ir.trace import SpikeTrace
from spikeff.parallel import over_cores

WORD = 8  # bytes of spikes that are compared at once
# Bytes of spikes of one chunk, so that one population's are in cache when the next reads them.
CHUNK_BYTES = 2 * 2**20
CHUNK_SAMPLES = (16, 512)


@dataclass(frozen=True, eq=False)
class Places:
    """Where the spikes of each source lie in a chunk's scratch memory, in words of 8.

    Attributes:
        low: First word of each source.
        high: Word behind its last.
        width: Words of all.
    """

    low: dict[str, int]
    high: dict[str, int]
    width: int


# Kept for the stages that are kept, since the chunks of a long run are as many calls.
_KEPT: WeakKeyDictionary[Stage, Tables | None] = WeakKeyDictionary()


def prepared(stages: list[Stage], network: IntegerNetwork) -> list[Tables] | None:
    """Tables of all populations; None for a network that is not run here."""
    known = {INPUT, BLANK}
    found = []
    for stage in stages:
        known.add(stage.name)
        if stage.neurons.overflows or any(s.source not in known for s in stage.synapses):
            return None
        if stage not in _KEPT:
            _KEPT[stage] = tables.prepare(stage.name, stage.synapses, network.sizes)
        table = _KEPT[stage]
        if table is None:
            return None
        found.append(table)
    return found


def run_samples(
    stages: list[Stage],
    prepared_tables: list[Tables],
    network: IntegerNetwork,
    spikes: dict[str, Array],
    trace: SpikeTrace,
    biases: dict[str, Array],
) -> list[dict[str, Saturation]]:
    """Run all samples, writing into ``spikes`` and ``trace``; counters of each chunk."""
    places = _places(network)
    samples = spikes[INPUT].shape[1]
    size = CHUNK_BYTES // (places.width * WORD * network.period)
    chunks = in_chunks(samples, int(np.clip(size, *CHUNK_SAMPLES)))
    work = list(zip(stages, prepared_tables, strict=True))
    return over_cores(lambda c: _run_chunk(work, places, c, spikes, trace, biases), chunks)


def _places(network: IntegerNetwork) -> Places:
    low, high, end = {}, {}, 0
    for name, size in network.sizes.items():
        low[name], end = end, end + -(-size // WORD)
        high[name] = end
    return Places(low, high, end)


def _run_chunk(
    work: list[tuple[Stage, Tables]],
    places: Places,
    chunk: slice,
    spikes: dict[str, Array],
    trace: SpikeTrace,
    biases: dict[str, Array],
) -> dict[str, Saturation]:
    period, samples = len(spikes[INPUT]), chunk.stop - chunk.start
    words = np.zeros((samples, period, places.width), np.uint64)
    scratch = words.view(np.uint8)
    for name in (INPUT, BLANK):
        low, given = places.low[name] * WORD, spikes[name][:, chunk]
        scratch[:, :, low : low + given.shape[2]] = given.transpose(1, 0, 2)
    counted = {}
    for stage, table in work:
        nothing = np.empty((0, 0, 0), np.int32)
        written = (
            spikes[stage.name].view(np.uint8),
            *(states.get(stage.name, nothing) for states in (trace.u, trace.v)),
        )
        bias = biases[stage.name][chunk] if stage.name in biases else stage.neurons.bias[np.newaxis]
        counted[stage.name] = _run_stage(
            stage, table, places, (scratch, words), chunk.start, written, bias
        )
    return counted


def _run_stage(
    stage: Stage,
    table: Tables,
    places: Places,
    memory: tuple[Array, Array],
    first_sample: int,
    written: tuple[Array, ...],
    bias: Array,
) -> Saturation:
    from hw_targets.emulator.compiled_kernels import run_population

    neurons, counted = stage.neurons, Saturation()
    connections, ways, starts, changed = _changes(stage.name, table, places, memory)
    for block in table.blocks:
        u_wraps, v_clips = run_population(
            *memory,
            places.low[stage.name] + block.low // WORD,
            connections,
            table.scales,
            *(ways, starts, changed),
            *(block.table, block.starts, block.posts, block.values),
            np.ascontiguousarray(bias[:, block.low : block.high]),
            *(neurons.keep_u, neurons.keep_v, neurons.threshold),
            *(first_sample, block.low),
            *written,
        )
        counted.add(u_wraps, v_clips)
    return counted


def _changes(
    name: str, table: Tables, places: Places, memory: tuple[Array, Array]
) -> tuple[Array, Array, Array, Array]:
    """What arrives at the population ``name``, as ``run_population`` takes it, of a chunk."""
    from hw_targets.emulator.spike_changes import choose_ways, list_changes

    scratch, words = memory
    shape = (len(table.sources), *words.shape[:2])
    ways, starts = np.zeros(shape, np.uint8), np.zeros((*shape, 3), np.int64)
    connections = np.zeros((len(table.sources), 5), np.int64)
    changed, end = [], 0
    for k, source in enumerate(table.sources):
        connections[k] = table.delays[k], table.most[k], source == name, table.firsts[k], end
        if source == name:
            continue
        low, high = places.low[source], places.high[source]
        count = choose_ways(words, low, high, ways[k])
        # One place more, which is written before it is known whether it counts.
        changed.append(np.empty(count + 1, np.int32))
        list_changes(*(scratch, words, low, high, ways[k]), table.firsts[k], starts[k], changed[-1])
        end += count + 1
    return connections, ways, starts, np.concatenate([np.empty(0, np.int32), *changed])
