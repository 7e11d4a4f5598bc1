"""Compiled sums of local fields over spikes, for arrays in main memory.

A spike adds the weights of each field that sees it, of all fields on a patch at once. Sums are in
the order of the spikes.
"""

from __future__ import annotations

from spikeff.ir.arrays import Array
from spikeff.nn.neurons.lif_kernels import compiled


@compiled
def field_sums(
    starts: Array, rows: Array, seen: Array, place: Array, row: Array, table: Array, sums: Array
) -> None:
    """Sums of the weights of all fields over the spikes that they see.

    Args:
        starts: Where the spikes of each channel begin, (channels + 1,).
        rows: Row of ``sums`` of every spike, channel after channel.
        seen: Where the patches that see a channel begin, (channels + 1,).
        place: Of each of these patches.
        row: Of ``table``: the weights of the channel in that patch.
        table: Weights, (patches x places of a patch, fields on a patch).
        sums: Added to, (rows, patches, fields on a patch).
    """
    width = table.shape[1]
    for channel in range(len(starts) - 1):
        for q in range(seen[channel], seen[channel + 1]):
            weights, where = table[row[q]], place[q]
            for spike in range(starts[channel], starts[channel + 1]):
                total = sums[rows[spike], where]
                for j in range(width):
                    total[j] += weights[j]


@compiled
def field_changes(
    starts: Array, rows: Array, seen: Array, place: Array, row: Array, error: Array, table: Array
) -> None:
    """Sums of the errors of the fields over the spikes that they saw.

    Args:
        starts: As in :func:`field_sums`.
        rows: As in :func:`field_sums`, of ``error``.
        seen: As in :func:`field_sums`.
        place: As in :func:`field_sums`.
        row: As in :func:`field_sums`.
        error: (rows, patches, fields on a patch).
        table: Written where a patch sees a channel, as in :func:`field_sums`.
    """
    width = table.shape[1]
    for channel in range(len(starts) - 1):
        for q in range(seen[channel], seen[channel + 1]):
            total, where = table[row[q]], place[q]
            total[:] = 0
            for spike in range(starts[channel], starts[channel + 1]):
                errors = error[rows[spike], where]
                for j in range(width):
                    total[j] += errors[j]
