"""Compiled loops of the emulator: one population, sample after sample, with its states in cache.

Rows of weights are added for the spikes that began and subtracted for those that ended
(``hw_targets.emulator.spike_changes``). Sums are exact integers (``hw_targets.emulator.tables``),
so that the way to them does not matter. The neurons are those of ``hw_targets.emulator.lif``,
operation by operation.
"""

from __future__ import annotations

import numpy as np

from hw_targets.emulator.spike_changes import FROM_NOTHING, FROM_STEP, WORD, list_spikes
from hw_targets.loops import compiled
from lava_export.chips import limits
from spikeff.ir.arrays import Array

STATE_MAX = float(limits.STATE_MAX)
REGISTER = 2 * STATE_MAX


@compiled
def add_rows(
    total: Array, part: Array, table: Array, rows: Array, low: int, high: int, most: int, sign: int
) -> None:
    """Add ``sign`` times the rows of ``table`` that ``rows[low:high]`` names to ``total``.

    Args:
        total: int32 (targets,).
        part: Scratch for the sum of ``most`` rows, of the type of ``table``, which holds it.
        table: (sources, targets).
        most: How many rows are summed before they are widened.
    """
    width = len(total)
    k = low
    while k < high:
        for j in range(width):
            part[j] = 0
        end = min(high, k + most)
        # Four rows a pass: the sums are loaded and stored a quarter as often.
        while k + 4 <= end:
            a, b, c, d = table[rows[k]], table[rows[k + 1]], table[rows[k + 2]], table[rows[k + 3]]
            for j in range(width):
                part[j] += (a[j] + b[j]) + (c[j] + d[j])
            k += 4
        while k < end:
            a = table[rows[k]]
            for j in range(width):
                part[j] += a[j]
            k += 1
        for j in range(width):
            total[j] += np.int32(sign) * np.int32(part[j])


@compiled
def add_lists(
    total: Array,
    starts: Array,
    posts: Array,
    values: Array,
    sources: Array,
    low: int,
    high: int,
    sign: int,
) -> None:
    """Add ``sign`` times the synapses of ``sources[low:high]`` to ``total``, int32 (targets,).

    Args:
        starts: Where the synapses of each source begin.
        posts: Target of each synapse.
        values: Its weight.
    """
    for k in range(low, high):
        for place in range(starts[sources[k]], starts[sources[k] + 1]):
            total[posts[place]] += sign * values[place]


@compiled
def step_neurons(
    u: Array,
    v: Array,
    arriving: Array,
    bias: Array,
    keep_u: float,
    keep_v: float,
    threshold: float,
    spikes: Array,
) -> tuple[int, int]:
    """One step of LIF neurons; registers that cannot overflow are folded and clipped for nothing.

    Returns:
        How many neurons' u wrapped and how many neurons' v was clipped.
    """
    wrapped, clipped = 0, 0
    for j in range(len(u)):
        i = np.trunc(u[j] * keep_u) + arriving[j]
        high, low = i > STATE_MAX, i <= -STATE_MAX
        wrapped += high | low
        i = i - REGISTER if high else i
        i = i + REGISTER if low else i
        x = np.trunc(v[j] * keep_v) + i + bias[j]
        clipped += abs(x) >= STATE_MAX
        x = min(max(x, 1 - STATE_MAX), STATE_MAX - 1)
        fired = x > threshold
        u[j] = i
        v[j] = 0.0 if fired else x
        spikes[j] = fired
    return wrapped, clipped


@compiled
def step_unguarded(
    u: Array,
    v: Array,
    arriving: Array,
    bias: Array,
    keep_u: float,
    keep_v: float,
    threshold: float,
    spikes: Array,
    next_u: Array,
    next_v: Array,
) -> bool:
    """As :func:`step_neurons` into ``next_u`` and ``next_v``, where no register overflows.

    Returns:
        Whether one does: then what was written counts for nothing.
    """
    beyond = 0
    for j in range(len(u)):
        i = np.trunc(u[j] * keep_u) + arriving[j]
        x = np.trunc(v[j] * keep_v) + i + bias[j]
        beyond |= (abs(i) >= STATE_MAX) | (abs(x) >= STATE_MAX)
        fired = x > threshold
        next_u[j] = i
        next_v[j] = 0.0 if fired else x
        spikes[j] = fired
    return beyond > 0


@compiled
def run_population(
    scratch: Array,
    words: Array,
    own: int,
    connections: Array,
    scales: Array,
    ways: Array,
    starts: Array,
    places: Array,
    table: Array,
    list_starts: Array,
    list_posts: Array,
    list_values: Array,
    bias: Array,
    keep_u: float,
    keep_v: float,
    threshold: float,
    first_sample: int,
    first_neuron: int,
    out: Array,
    u_record: Array,
    v_record: Array,
) -> tuple[int, int]:
    """All steps of a block of neurons of one population, for the samples of a chunk from rest.

    Args:
        scratch: As for ``spike_changes.list_changes``; the population's own spikes are written.
        words: The same memory as uint64.
        own: First word of these.
        connections: int64 (connections, 5): delay, most rows summed before they are widened, or 0
            for listed synapses, whether the source is the population itself, its first row or
            list, and where its changes begin in ``places``.
        scales: Units of u per unit of each connection's weights, float64 (connections,).
        ways: Of ``spike_changes.choose_ways``, (connections, samples, steps).
        starts: Of ``spike_changes.list_changes``, (connections, samples, steps, 3).
        places: Of all connections, behind one another.
        table: Rows of weights.
        list_starts: Of listed synapses, see :func:`add_lists`.
        list_posts: The same.
        list_values: The same.
        bias: float64, one row for all samples or a row for each, (1 or samples, neurons).
        keep_u: Factor of u per step.
        keep_v: Factor of v per step.
        threshold: v above it spikes.
        first_sample: Number of the chunk's first sample in what is written.
        first_neuron: Number of the block's first neuron, a multiple of 8.
        out: Spikes of all samples, written, uint8 (steps, all samples, all neurons).
        u_record: u of every step, written, int32 like ``out``; nothing where it has no steps.
        v_record: The same of v.

    Returns:
        How often u wrapped and how often v was clipped.
    """
    samples, steps, _ = scratch.shape
    neurons = bias.shape[1]
    u, v, arriving = np.empty(neurons), np.empty(neurons), np.empty(neurons)
    next_u, next_v = np.empty(neurons), np.empty(neurons)
    drive = np.zeros((len(connections), steps, neurons), np.int32)
    part = np.empty(neurons, table.dtype)
    spiking = np.empty(neurons + 1, np.int32)
    end_own = own + (neurons + WORD - 1) // WORD
    first_own = own * WORD
    wrapped, clipped = 0, 0
    for sample in range(samples):
        own_bias = bias[min(sample, len(bias) - 1)]
        u[:] = 0.0
        v[:] = 0.0
        for step in range(steps):
            silent = True
            for k in range(len(connections)):
                then = step - connections[k, 0]
                if then < 0:
                    continue
                most, first, shift = connections[k, 1], connections[k, 3], connections[k, 4]
                total, changed = drive[k, then], places
                if connections[k, 2]:
                    low, changed = 0, spiking
                    middle = list_spikes(
                        scratch[sample, then, own * WORD : end_own * WORD],
                        words[sample, then, own:end_own],
                        first + first_neuron,
                        spiking,
                    )
                    high, way = middle, FROM_NOTHING
                else:
                    way = ways[k, sample, then]
                    low = starts[k, sample, then, 0] + shift
                    middle = starts[k, sample, then, 1] + shift
                    high = starts[k, sample, then, 2] + shift
                if way == FROM_NOTHING:
                    if high == low:
                        continue
                    for j in range(neurons):
                        total[j] = 0
                elif way == FROM_STEP:
                    for j in range(neurons):
                        total[j] = drive[k, then - 1, j]
                for sign in (1, -1):
                    if most > 0:
                        add_rows(total, part, table, changed, low, middle, most, sign)
                    else:
                        add_lists(
                            total, list_starts, list_posts, list_values, changed, low, middle, sign
                        )
                    low, middle = middle, high
                for j in range(neurons):
                    arriving[j] = (0.0 if silent else arriving[j]) + total[j] * scales[k]
                silent = False
            if silent:
                for j in range(neurons):
                    arriving[j] = 0.0
            spikes = scratch[sample, step, first_own : first_own + neurons]
            if step_unguarded(
                u, v, arriving, own_bias, keep_u, keep_v, threshold, spikes, next_u, next_v
            ):
                more = step_neurons(u, v, arriving, own_bias, keep_u, keep_v, threshold, spikes)
                wrapped, clipped = wrapped + more[0], clipped + more[1]
            else:
                u, next_u = next_u, u
                v, next_v = next_v, v
            here = first_sample + sample
            for j in range(neurons):
                out[step, here, first_neuron + j] = spikes[j]
            if len(u_record):
                for j in range(neurons):
                    u_record[step, here, first_neuron + j] = np.int32(u[j])
                    v_record[step, here, first_neuron + j] = np.int32(v[j])
    return wrapped, clipped
