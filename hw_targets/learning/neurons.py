"""The neurons of a plastic layer through one sample, with what their program sends.

LIF as in ``hw_targets.emulator.lif``, in floats that hold its integers exactly; the program is that
of ``lava_export.plastic.forward_forward``.
"""

from __future__ import annotations

import numpy as np

from hw_targets.loops import compiled
from lava_export.chips.limits import ACTIVATION_SHIFT, STATE_MAX
from lava_export.plastic.forward_forward import (
    AVERAGE_BITS,
    AVERAGE_SHIFT,
    LARGEST,
    PSI_ONE,
    PSI_SHIFT,
    SLOPE_SHIFT,
)
from spikeff.ir.arrays import Array

SCALE = float(1 << ACTIVATION_SHIFT)
HALF = 1 << (SLOPE_SHIFT - 1)


@compiled
def arrive(drive: Array, weights: Array, gain: Array, channels: Array, onsets: Array) -> None:
    """Add what spikes bring to every neuron.

    Args:
        drive: Changed, (steps, targets).
        weights: int16 (sources, targets).
        gain: Of every synapse, float32 of that shape, or of no elements where all are 1.
        channels: Sources that spike, one entry for each spike.
        onsets: Step of each of these spikes.
    """
    for place in range(len(channels)):
        here, row = drive[onsets[place]], weights[channels[place]]
        if gain.size:
            gains = gain[channels[place]]
            for j in range(len(here)):
                here[j] += np.rint(row[j] * SCALE * gains[j])
        else:
            for j in range(len(here)):
                here[j] += row[j] * SCALE


@compiled
def _decay(
    u: Array,
    v: Array,
    drive: Array,
    bias: Array,
    spikes: Array,
    keep: tuple[float, float],
    inhibition: float,
) -> None:
    """Take u and v one step on.   spikes : of the step before"""
    keep_u, keep_v = keep
    for j in range(len(u)):
        u[j] = np.trunc(u[j] * keep_u) + drive[j] - inhibition * spikes[j]
        v[j] = np.trunc(v[j] * keep_v) + u[j] + bias[j]


@compiled
def _tell(
    psi: Array, spikes: Array, mates: Array, column_size: int, average: Array, sent: Array
) -> None:
    """Write what neurons send about a step, and move on what is usual.

    Args:
        psi: Of every neuron, from 0 to ``PSI_ONE``.
        mates: Spikes of every column.
    """
    for c in range(len(mates)):
        for j in range(c * column_size, (c + 1) * column_size):
            others = mates[c] - spikes[j]
            beyond = (others << 8) - (average[j] >> (AVERAGE_BITS - 8))
            value = (psi[j] * beyond + HALF) >> SLOPE_SHIFT
            sent[j] = min(max(value, -LARGEST), LARGEST)
            average[j] += ((others << AVERAGE_BITS) - average[j]) >> AVERAGE_SHIFT


@compiled
def present(
    drive: Array,
    keep: tuple[float, float],
    bias: Array,
    thresholds: Array,
    inhibition: float,
    column_size: int,
    noise: Array,
    spikes: Array,
    psi: Array,
) -> int:
    """Run one sample on one device.

    Args:
        drive: What arrives at every neuron in every step, (steps, targets).
        keep: Factors of u and v per step.
        bias: Of every neuron, in units of v.
        thresholds: Of every neuron, in units of v; infinite for the dead.
        inhibition: What a neuron's own spike takes from its current one step later.
        column_size: Neurons of a column.
        noise: Added to v in every step, (steps, targets), or of no elements.
        spikes: Written, bool (steps, targets).
        psi: Written, how near each neuron was to its threshold, int64 (steps, targets).

    Returns:
        The coincidences of all columns beyond those of chance, a whole number.
    """
    steps, targets = spikes.shape
    u, v = np.zeros(targets), np.zeros(targets)
    before = np.zeros(targets, np.bool_)
    counted = np.zeros(targets // column_size, np.int64)
    together = 0
    for step in range(steps):
        _decay(u, v, drive[step], bias, before, keep, inhibition)
        if noise.size:
            v += noise[step]
        for j in range(targets):
            v[j] = min(max(v[j], -(STATE_MAX - 1.0)), STATE_MAX - 1.0)
            # The threshold of a dead neuron is infinite, and nothing is near it.
            near = np.int64(min(abs(v[j] - thresholds[j]), float(STATE_MAX))) >> PSI_SHIFT
            psi[step, j] = max(PSI_ONE - near, 0)
            spikes[step, j] = v[j] > thresholds[j]
            v[j] *= 1.0 - spikes[step, j]
        before = spikes[step]
        for c in range(len(counted)):
            count = before[c * column_size : (c + 1) * column_size].sum()
            together += steps * count * (count - 1)
            counted[c] += count
    for c in range(len(counted)):
        together -= counted[c] * (counted[c] - 1)
    return together


@compiled
def messages(spikes: Array, psi: Array, column_size: int, average: Array, sent: Array) -> None:
    """Write what the neurons of one device send about a sample, step by step.

    Args:
        spikes: bool (steps, targets).
        psi: As :func:`present` wrote it.
        column_size: Neurons of a column.
        average: Usual mates of every neuron, int64 in 2^16ths; moves on.
        sent: Written, int64 (steps, targets): psi (mates - average), -63 to 63.
    """
    steps, targets = spikes.shape
    mates = np.zeros(targets // column_size, np.int64)
    for step in range(steps):
        for c in range(len(mates)):
            mates[c] = spikes[step, c * column_size : (c + 1) * column_size].sum()
        _tell(psi[step], spikes[step], mates, column_size, average, sent[step])
