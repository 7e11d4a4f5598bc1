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
def present(
    weights: Array,
    gain: Array,
    channels: Array,
    onsets: Array,
    keep: tuple[float, float],
    thresholds: Array,
    inhibition: float,
    column_size: int,
    average: Array,
    noise: Array,
    spikes: Array,
    sent: Array,
) -> int:
    """Run one sample on one device.

    Args:
        weights: int16 (sources, targets).
        gain: Of every synapse, float32 of that shape, or of no elements where all are 1.
        channels: Sources that spike, one entry for each spike.
        onsets: Step of each of these spikes, in ascending order.
        keep: Factors of u and v per step.
        thresholds: Of every neuron, in units of v; infinite for the dead.
        inhibition: What a neuron's own spike takes from its current one step later.
        column_size: Neurons of a column.
        average: Usual mates of every neuron, int64 in 2^16ths; moves on.
        noise: Added to v in every step, (steps, targets), or of no elements.
        spikes: Written, bool (steps, targets).
        sent: Written, int64 (steps, targets): psi (mates - average), -63 to 63.

    Returns:
        The coincidences of all columns beyond those of chance, a whole number.
    """
    steps, targets = spikes.shape
    u, v = np.zeros(targets), np.zeros(targets)
    drive, psi = np.empty(targets), np.zeros(targets, np.int64)
    count = np.zeros(targets // column_size, np.int64)
    counted = np.zeros(len(count), np.int64)
    together, place = 0, 0
    for step in range(steps):
        drive[:] = 0.0
        while place < len(channels) and onsets[place] == step:
            row = weights[channels[place]]
            for j in range(targets):
                weight = row[j] * SCALE
                drive[j] += np.rint(weight * gain[channels[place], j]) if gain.size else weight
            place += 1
        count[:] = 0
        for j in range(targets):
            u[j] = np.trunc(u[j] * keep[0]) + drive[j]
            if step > 0 and spikes[step - 1, j]:
                u[j] -= inhibition
            v[j] = np.trunc(v[j] * keep[1]) + u[j]
            if noise.size:
                v[j] += noise[step, j]
            v[j] = min(max(v[j], -(STATE_MAX - 1.0)), STATE_MAX - 1.0)
            # The threshold of a dead neuron is infinite, and nothing is near it.
            near = np.int64(min(abs(v[j] - thresholds[j]), float(STATE_MAX))) >> PSI_SHIFT
            psi[j] = max(PSI_ONE - near, 0)
            spikes[step, j] = v[j] > thresholds[j]
            if spikes[step, j]:
                v[j] = 0.0
                count[j // column_size] += 1
        for j in range(targets):
            mates = count[j // column_size] - spikes[step, j]
            beyond = (mates << 8) - (average[j] >> (AVERAGE_BITS - 8))
            value = (psi[j] * beyond + HALF) >> SLOPE_SHIFT
            sent[step, j] = min(max(value, -LARGEST), LARGEST)
            average[j] += ((mates << AVERAGE_BITS) - average[j]) >> AVERAGE_SHIFT
        for c in range(len(count)):
            together += steps * count[c] * (count[c] - 1)
            counted[c] += count[c]
    for c in range(len(count)):
        together -= counted[c] * (counted[c] - 1)
    return together
