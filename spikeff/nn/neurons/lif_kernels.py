"""Compiled loops over steps, neurons and spikes, for arrays in main memory.

One pass over the data where torch needs one per operation. Every float operation is that of
``spikeff.nn.neurons.lif`` in torch, in the same order and without fused multiply-add, so states and
spikes have the same bits; sums over spikes are in the order of the spikes.

Numba compiles each function when it is first called, once per process, and caches nothing on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np

from spikeff.ir.arrays import Array

Kernel = TypeVar("Kernel", bound=Callable[..., object])
# Neurons whose states, and targets whose sums, fit the level-1 cache.
BLOCK = 1024


def compiled(function: Kernel) -> Kernel:
    """``function``, compiled when it is first called; it lets other threads run."""
    return cast(Kernel, numba.njit(nogil=True, error_model="numpy")(function))


@compiled
def lif_steps(
    drive: Array,
    spikes: Array,
    psi: Array | None,
    du: float,
    dv: float,
    v_th: float,
    slope: float,
    limit: float,
) -> None:
    """All steps of LIF neurons from rest, every number of the float type of ``drive``.

    Args:
        drive: Input current, (steps, neurons).
        spikes: Written, (steps, neurons).
        psi: Written: the surrogate derivative, (steps, neurons). Not computed where None.
        du: Share of the synaptic current lost per step.
        dv: Share of the membrane potential lost per step.
        v_th: Threshold.
        slope: Of the surrogate derivative.
        limit: Most spikes of a neuron; the number of steps or more for none.
    """
    steps, neurons = drive.shape
    zero, one = drive.dtype.type(0), drive.dtype.type(1)
    current, potential = np.empty(BLOCK, drive.dtype), np.empty(BLOCK, drive.dtype)
    left = np.empty(BLOCK, drive.dtype)
    for low in range(0, neurons, BLOCK):
        width = min(BLOCK, neurons - low)
        current[:] = zero
        potential[:] = zero
        left[:] = limit
        for step in range(steps):
            arriving, out = drive[step, low : low + width], spikes[step, low : low + width]
            for k in range(width):
                i = current[k] + arriving[k]
                v = potential[k]
                v = v + (i - v) * dv
                current[k] = i - i * du
                fired = v > v_th
                may_fire = min(left[k], one)
                out[k] = may_fire if fired else zero
                left[k] -= out[k]
                potential[k] = zero if fired else v
                if psi is not None:
                    distance = abs(v - v_th) * slope + one
                    psi[step, low + k] = may_fire * (one / (distance * distance))


@compiled
def filter_backwards(error: Array, drive_error: Array, du: float, dv: float) -> None:
    """``synaptic_trace`` of ``error`` (steps, neurons), run from the last step to the first."""
    steps, neurons = error.shape
    current, potential = np.empty(BLOCK, error.dtype), np.empty(BLOCK, error.dtype)
    for low in range(0, neurons, BLOCK):
        width = min(BLOCK, neurons - low)
        current[:] = 0
        potential[:] = 0
        for step in range(steps - 1, -1, -1):
            arriving, out = error[step, low : low + width], drive_error[step, low : low + width]
            for k in range(width):
                i = current[k] + arriving[k]
                v = potential[k]
                v = v + (i - v) * dv
                current[k] = i - i * du
                potential[k] = v
                out[k] = v


@compiled
def index_rows(spikes: Array, starts: Array) -> Array:
    """Columns of the nonzeros of ``spikes`` row after row, int32, as in a CSR matrix.

    Args:
        spikes: (rows, columns).
        starts: int64 (rows + 1), written: where the columns of each row begin.
    """
    rows, columns = spikes.shape
    starts[0] = 0
    for row in range(rows):
        count = 0
        for column in range(columns):
            count += spikes[row, column] != 0
        starts[row + 1] = starts[row] + count
    indices = np.empty(starts[rows], np.int32)
    for row in range(rows):
        place = starts[row]
        for column in range(columns):
            if spikes[row, column] != 0:
                indices[place] = column
                place += 1
    return indices


@compiled
def transposed_index(starts: Array, indices: Array, columns: int) -> tuple[Array, Array]:
    """The CSC index from the CSR index: starts (columns + 1) and rows in ascending order."""
    by_column = np.zeros(columns + 1, np.int64)
    for column in indices:
        by_column[column + 1] += 1
    for column in range(columns):
        by_column[column + 1] += by_column[column]
    place, rows = by_column[:-1].copy(), np.empty(len(indices), np.int32)
    for row in range(len(starts) - 1):
        for k in range(starts[row], starts[row + 1]):
            rows[place[indices[k]]] = row
            place[indices[k]] += 1
    return by_column, rows


@compiled
def sum_rows(starts: Array, indices: Array, table: Array, sums: Array) -> None:
    """sums[r] = the sum of the rows of ``table`` (n, width) that the index lists for row r."""
    rows, width = sums.shape
    for low in range(0, width, BLOCK):
        high = min(low + BLOCK, width)
        for row in range(rows):
            total = sums[row, low:high]
            total[:] = 0
            k, end = starts[row], starts[row + 1]
            # Four rows a pass: the sums are loaded and stored a quarter as often.
            while k + 4 <= end:
                a, b = table[indices[k], low:high], table[indices[k + 1], low:high]
                c, d = table[indices[k + 2], low:high], table[indices[k + 3], low:high]
                for j in range(high - low):
                    total[j] += (a[j] + b[j]) + (c[j] + d[j])
                k += 4
            while k < end:
                a = table[indices[k], low:high]
                for j in range(high - low):
                    total[j] += a[j]
                k += 1
